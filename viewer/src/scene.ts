// What Python sends: a JSON header and one block of bytes (see report/scene.py).

export type Stop = [number, number, number];

export interface Category {
  name: string;
  colour: string;
}

export interface Mode {
  key: string;
  label: string;
  /** Array that holds the values: indices into `categories`, or 0..255 along `ramp`. */
  array: string;
  categories?: Category[];
  ramp?: Stop[];
  low?: string;
  middle?: string;
  high?: string;
}

export interface Surface {
  key: string;
  label: string;
  colour: string;
  vertices: number;
  triangles: number;
}

interface Slot {
  kind: "u1" | "u2" | "u4";
  start: number;
  length: number;
}

export interface Header {
  atoms: number;
  /** Corner and edge lengths of the box that positions are fractions of (Å). */
  corner: [number, number, number];
  edges: [number, number, number];
  /** Å per step of the radius array, and of the depth array. */
  radiusStep: number;
  depthStep: number;
  /** Atoms deeper than this below the surface cannot be seen from outside (Å). */
  hiddenBelow: number;
  /** Rows: right, up, towards the viewer. */
  orientation: [number, number, number][];
  /** Normal of the cutting plane and its distance from the middle of the box (Å). */
  cut: [number, number, number, number];
  show: "whole" | "cut" | "x-ray";
  modes: Mode[];
  surfaces: Surface[];
  bonds: number;
  names: string[];
  arrays: Record<string, Slot>;
}

export type Numbers = Uint8Array | Uint16Array | Uint32Array;

export class Payload {
  constructor(
    readonly header: Header,
    private readonly bytes: ArrayBuffer,
  ) {}

  array(name: string): Numbers {
    const { kind, start, length } = this.header.arrays[name];
    if (kind === "u1") return new Uint8Array(this.bytes, start, length);
    if (kind === "u2") return new Uint16Array(this.bytes, start, length);
    return new Uint32Array(this.bytes, start, length);
  }

  /** Positions in Å, relative to the middle of the box, of an array of fractions of the box. */
  points(name: string): Float32Array {
    const { corner, edges } = this.header;
    const fractions = this.array(name);
    const points = new Float32Array(fractions.length);
    for (let place = 0; place < fractions.length; place++) {
      const axis = place % 3;
      points[place] = corner[axis] + (edges[axis] * fractions[place]) / 65535;
    }
    return points;
  }
}

export function decode(text: string): ArrayBuffer {
  const characters = atob(text.trim());
  const bytes = new Uint8Array(characters.length);
  for (let place = 0; place < characters.length; place++) bytes[place] = characters.charCodeAt(place);
  return bytes.buffer;
}
