// Native controls, legend and scale bar around the canvas.

import { gradient } from "./colours";
import { Header, Mode } from "./scene";

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

export function choice(label: string, options: [string, string][], chosen: string, act: (key: string) => void): HTMLElement {
  const select = document.createElement("select");
  for (const [key, text] of options) select.add(new Option(text, key, key === chosen, key === chosen));
  select.addEventListener("change", () => act(select.value));
  return element("label", "ev-field", label, select);
}

export function tick(label: string, on: boolean, act: (on: boolean) => void, colour?: string): HTMLElement {
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = on;
  box.addEventListener("change", () => act(box.checked));
  const swatch = element("span", "ev-swatch");
  if (colour) swatch.style.background = colour;
  return element("label", "ev-tick", box, ...(colour ? [swatch] : []), label);
}

export function slider(
  label: string,
  [low, high, start]: [number, number, number],
  act: (value: number) => void,
): HTMLElement {
  const range = document.createElement("input");
  Object.assign(range, { type: "range", min: `${low}`, max: `${high}`, step: "any", value: `${start}` });
  range.addEventListener("input", () => act(range.valueAsNumber));
  return element("label", "ev-field", label, range);
}

export function button(label: string, act: () => void): HTMLButtonElement {
  const made = element("button", "ev-button", label);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

export function fillLegend(legend: HTMLElement, mode: Mode): void {
  if (mode.categories) {
    legend.replaceChildren(
      ...mode.categories.map((category) => {
        const swatch = element("span", "ev-swatch");
        swatch.style.background = category.colour;
        return element("span", "ev-entry", swatch, category.name);
      }),
    );
    return;
  }
  const bar = element("span", "ev-bar");
  bar.style.background = gradient(mode.ramp ?? []);
  const ends = element("span", "ev-ends", ...[mode.low, mode.middle, mode.high].map((text) => element("span", "", text ?? "")));
  legend.replaceChildren(element("span", "ev-ramp", mode.label, bar, ends));
}

/** Length of a scale bar: 1, 2 or 5 times a power of ten, at most a quarter of the width. */
export function barLength(nmPerPixel: number, width: number): number {
  const most = 0.25 * width * nmPerPixel;
  const decade = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((digit) => digit * decade).find((length) => length <= most) ?? decade;
}

export function describe(header: Header, atom: number, values: (name: string) => number): string {
  const categories = header.modes.filter((mode) => mode.categories);
  const words = categories.map((mode) => mode.categories?.[values(mode.array)]?.name ?? "");
  return `Atom ${atom + 1}: ${[...words, header.names[values("segment")]].join(", ")}`;
}
