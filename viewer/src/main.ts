// Finds the places for a viewer in the page and fills them.

import { barLength, button, choice, describe, element, fillLegend, slider, tick } from "./panel";
import { decode, Header, Payload } from "./scene";
import { Show, Viewer } from "./viewer";

const SHOWS: [string, string][] = [
  ["whole", "whole particle"],
  ["cut", "cut open"],
  ["x-ray", "x-ray"],
];
const SMALL = 0.42;

function paperOf(place: HTMLElement): [number, number, number] {
  const numbers = getComputedStyle(place).backgroundColor.match(/[\d.]+/g)?.map(Number) ?? [255, 255, 255];
  return [numbers[0] / 255, numbers[1] / 255, numbers[2] / 255];
}

function savePicture(viewer: Viewer, bar: { length: number; pixels: number }, paper: string): void {
  viewer.draw(2);
  const { canvas } = viewer;
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [canvas.width, canvas.height];
  const pen = sheet.getContext("2d") as CanvasRenderingContext2D;
  const ratio = canvas.width / canvas.clientWidth;
  pen.fillStyle = paper;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.drawImage(canvas, 0, 0);
  pen.scale(ratio, ratio);
  const [left, base] = [16, canvas.clientHeight - 16];
  pen.fillStyle = getComputedStyle(canvas).color;
  pen.fillRect(left, base - 4, bar.pixels, 4);
  pen.font = "13px sans-serif";
  pen.fillText(`${bar.length} nm`, left, base - 9);
  sheet.toBlob((blob) => {
    if (!blob) return;
    const link = element("a", "");
    link.href = URL.createObjectURL(blob);
    link.download = "particle.png";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

/** Fill `place` with a viewer of the payload; without WebGL the static picture inside it stays. */
export function mount(place: HTMLElement, header: Header, bytes: ArrayBuffer): Viewer | undefined {
  const canvas = element("canvas", "ev-canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Model of ${header.atoms} atoms. Arrow keys turn it, plus and minus zoom, 0 resets.`);
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  const legend = element("div", "ev-legend");
  const scale = element("div", "ev-scale");
  const note = element("output", "ev-note");
  const stage = element("div", "ev-stage", canvas, legend, scale, note);
  const bar = { length: 1, pixels: 1 };
  place.append(stage);

  const stale = (): void => {
    place.dataset.fine = "false";
  };
  const drawn = (fine: boolean): void => {
    const nmPerPixel = viewer.turntable.scale / 10;
    bar.length = Number(barLength(nmPerPixel, canvas.clientWidth).toPrecision(1));
    bar.pixels = bar.length / nmPerPixel;
    scale.style.width = `${bar.pixels}px`;
    scale.textContent = `${bar.length} nm`;
    place.dataset.natoms = String(viewer.drawn);
    place.dataset.iso = [...viewer.surfaces].filter(([, mesh]) => mesh.visible).map(([key]) => key).join(" ");
    place.dataset.ready = "true";
    place.dataset.fine = String(fine);
  };
  let viewer: Viewer;
  try {
    viewer = new Viewer(new Payload(header, bytes), canvas, { stale, drawn });
  } catch {
    stage.remove();
    place.dataset.webgl = "missing";
    place.append(element("p", "ev-message", "This browser cannot draw in three dimensions (WebGL 2 is missing or switched off); a still picture is shown instead."));
    return undefined;
  }
  place.append(controls(place, viewer, { legend, bar }));
  viewer.colour(header.modes[0].key);
  watch(place, viewer, note);
  return viewer;
}

function watch(place: HTMLElement, viewer: Viewer, note: HTMLElement): void {
  const { canvas } = viewer;
  const repaint = (): void => viewer.setPaper(paperOf(place));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  new ResizeObserver(() => viewer.request()).observe(canvas);
  canvas.addEventListener("webglcontextlost", (event) => {
    event.preventDefault();
    place.dataset.webgl = "lost";
  });
  canvas.addEventListener("webglcontextrestored", () => {
    delete place.dataset.webgl;
    viewer.request();
  });
  let pressed = [0, 0];
  canvas.addEventListener("pointerdown", (event) => (pressed = [event.clientX, event.clientY]));
  canvas.addEventListener("pointerup", (event) => {
    if (Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) > 3) return;
    const atom = viewer.atomAt(Math.round(event.offsetX), Math.round(event.offsetY));
    const { header } = viewer.payload;
    note.textContent = atom < 0 ? "" : describe(header, atom, (name) => viewer.payload.array(name)[atom]);
  });
  repaint();
}

function controls(
  place: HTMLElement,
  viewer: Viewer,
  { legend, bar }: { legend: HTMLElement; bar: { length: number; pixels: number } },
): HTMLElement {
  const { header } = viewer.payload;
  const modes = header.modes.map((mode): [string, string] => [mode.key, mode.label]);
  const colour = (key: string): void => {
    viewer.colour(key);
    place.dataset.colour = key;
    const mode = header.modes.find((entry) => entry.key === key);
    if (mode) fillLegend(legend, mode);
  };
  const cutting = element(
    "span",
    "ev-group",
    slider("Cut at", [-1, 1, 0], (value) => viewer.setCut(value)),
    button("Cut towards me", () => viewer.face()),
  );
  const size = slider("Atom size", [0.25, 1, header.show === "x-ray" ? SMALL : 1], (value) => viewer.setSize(value));
  const show = (key: string): void => {
    viewer.setShow(key as Show);
    cutting.hidden = key !== "cut";
    const start = key === "x-ray" ? SMALL : 1;
    (size.querySelector("input") as HTMLInputElement).value = String(start);
    viewer.setSize(start);
    place.dataset.show = key;
  };
  const surfaces = header.surfaces.map((surface) =>
    tick(surface.label, true, (on) => {
      (viewer.surfaces.get(surface.key) as { visible: boolean }).visible = on;
      viewer.request();
    }, surface.colour),
  );
  const bonds = header.bonds > 0 ? [tick("Bonds", false, (on) => viewer.setBonds(on))] : [];
  show(header.show);
  colour(header.modes[0].key);
  return element(
    "div",
    "ev-controls",
    choice("Colour by", modes, header.modes[0].key, colour),
    choice("Show", SHOWS, header.show, show),
    cutting,
    ...surfaces,
    ...bonds,
    size,
    button("Reset view", () => viewer.turntable.reset()),
    button("Save picture", () => savePicture(viewer, bar, getComputedStyle(place).backgroundColor)),
  );
}

declare global {
  interface HTMLElement {
    epidotViewer?: Viewer;
  }
}

function start(): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-epidot-viewer]")) {
    const header = JSON.parse(document.getElementById(`${place.id}-header`)?.textContent ?? "null") as Header;
    const text = document.getElementById(`${place.id}-bytes`)?.textContent ?? "";
    place.epidotViewer = mount(place, header, decode(text));
  }
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
