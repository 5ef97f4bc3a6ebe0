// Per-atom colours of a mode, three bytes per atom.

import { Mode, Numbers, Stop } from "./scene";

function channels(colour: string): Stop {
  const value = parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function table(mode: Mode): Stop[] {
  if (mode.categories) return mode.categories.map((category) => channels(category.colour));
  const ramp = mode.ramp as Stop[];
  return Array.from({ length: 256 }, (_, level) => {
    const along = (level / 255) * (ramp.length - 1);
    const start = Math.min(Math.floor(along), ramp.length - 2);
    const part = along - start;
    return ramp[start].map((from, channel) => from + (ramp[start + 1][channel] - from) * part) as Stop;
  });
}

export function colours(mode: Mode, values: Numbers): Uint8Array {
  const entries = table(mode);
  const result = new Uint8Array(3 * values.length);
  for (let atom = 0; atom < values.length; atom++) result.set(entries[values[atom]], 3 * atom);
  return result;
}

export function gradient(ramp: Stop[]): string {
  return `linear-gradient(to right, ${ramp.map((stop) => `rgb(${stop.join(" ")})`).join(", ")})`;
}
