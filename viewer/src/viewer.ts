// Draws one payload on one canvas; draws only when something changed.

import * as THREE from "three";
import { Atoms } from "./atoms";
import { bonds } from "./bonds";
import { colours } from "./colours";
import { isosurface } from "./isosurface";
import { Payload } from "./scene";
import { Turntable } from "./turntable";

export type Show = "whole" | "cut" | "x-ray";

/** How long the view must rest before it is drawn again with finer pixels (ms). */
const REST = 180;

export class Viewer {
  readonly turntable: Turntable;
  readonly surfaces = new Map<string, THREE.Mesh>();
  drawn = 0;
  private readonly renderer: THREE.WebGLRenderer;
  private readonly solid = new THREE.Scene();
  private readonly clear = new THREE.Scene();
  private readonly atoms: Atoms;
  private bonds?: THREE.Mesh<THREE.BufferGeometry, THREE.ShaderMaterial>;
  private show: Show = "whole";
  private readonly cut = new THREE.Vector4(0, 0, 1, 0);
  private readonly reach: number;
  /** Where the plane cuts before it is shifted: through the axis, or the middle of the box (Å). */
  private centre: number;
  private pending = 0;
  private rest = 0;

  constructor(
    readonly payload: Payload,
    readonly canvas: HTMLCanvasElement,
    private readonly tell: { stale: () => void; drawn: (fine: boolean) => void },
  ) {
    this.renderer = new THREE.WebGLRenderer({ canvas, alpha: true, antialias: false, preserveDrawingBuffer: true });
    this.renderer.outputColorSpace = THREE.LinearSRGBColorSpace;
    this.renderer.autoClear = false;
    this.renderer.setClearColor(0, 0);
    const { header } = payload;
    const extent = extents(payload);
    this.reach = extent.radius;
    this.atoms = new Atoms(payload, this.reach);
    this.solid.add(this.atoms.mesh);
    for (const surface of header.surfaces) {
      const mesh = isosurface(payload, surface);
      this.surfaces.set(surface.key, mesh);
      this.clear.add(mesh);
    }
    this.turntable = new Turntable(header, extent, canvas, () => this.request());
    this.cut.set(...header.cut);
    this.centre = header.cut[3];
    this.request();
  }

  colour(key: string): void {
    const mode = this.payload.header.modes.find((entry) => entry.key === key);
    if (!mode) return;
    this.atoms.paint(colours(mode, this.payload.array(mode.array)));
    this.request();
  }

  setShow(show: Show): void {
    this.show = show;
    this.request();
  }

  /** Fraction −1..1 of the particle's reach by which the cutting plane is shifted. */
  setCut(fraction: number): void {
    this.cut.w = this.centre + fraction * this.reach;
    this.request();
  }

  /** Turn the cutting plane to face the viewer. */
  face(): void {
    const toward = this.turntable.toward;
    this.cut.set(toward.x, toward.y, toward.z, this.cut.w - this.centre);
    this.centre = 0;
    this.request();
  }

  setBonds(on: boolean): void {
    if (on && !this.bonds) {
      this.bonds = bonds(this.payload);
      this.solid.add(this.bonds);
    }
    if (this.bonds) this.bonds.visible = on;
    this.request();
  }

  setSize(size: number): void {
    this.atoms.mesh.material.uniforms.size.value = size;
    this.request();
  }

  setPaper(colour: [number, number, number]): void {
    this.atoms.mesh.material.uniforms.paper.value.set(...colour);
    this.request();
  }

  request(): void {
    this.tell.stale();
    clearTimeout(this.rest);
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      this.draw(1);
      this.rest = window.setTimeout(() => this.draw(2), REST);
    });
  }

  draw(fineness: number): void {
    const { clientWidth, clientHeight } = this.canvas;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.renderer.setPixelRatio(Math.max(window.devicePixelRatio * (fineness === 1 ? 0.75 : 1), fineness));
    this.renderer.setSize(clientWidth, clientHeight, false);
    this.prepare();
    this.renderer.clear();
    this.renderer.render(this.solid, this.turntable.camera);
    const bondTriangles = this.bonds?.visible ? 2 * this.payload.header.bonds : 0;
    this.drawn = this.renderer.info.render.triangles - bondTriangles;
    if (this.show === "x-ray") this.renderer.clearDepth();
    this.renderer.render(this.clear, this.turntable.camera);
    this.tell.drawn(fineness > 1);
  }

  /** Index of each atom that owns a pixel of a `width` × `height` picture; −1 where there is none. */
  owners(width: number, height: number, cull = true): Int32Array {
    const target = new THREE.WebGLRenderTarget(width, height);
    const { uniforms } = this.atoms.mesh.material;
    this.prepare();
    uniforms.picking.value = true;
    if (!cull) uniforms.hiddenBelow.value = 1e9;
    const ribbons = this.bonds?.visible;
    if (this.bonds) this.bonds.visible = false;
    this.renderer.setRenderTarget(target);
    this.renderer.clear();
    this.renderer.render(this.solid, this.turntable.camera);
    const bytes = new Uint8Array(4 * width * height);
    this.renderer.readRenderTargetPixels(target, 0, 0, width, height, bytes);
    this.renderer.setRenderTarget(null);
    target.dispose();
    uniforms.picking.value = false;
    if (this.bonds) this.bonds.visible = ribbons ?? false;
    return Int32Array.from({ length: width * height }, (_, pixel) => {
      const place = 4 * pixel;
      return bytes[place] + 256 * bytes[place + 1] + 65536 * bytes[place + 2] - 1;
    });
  }

  /** The atom under a point of the canvas (CSS pixels), or −1. */
  atomAt(x: number, y: number): number {
    const { clientWidth, clientHeight } = this.canvas;
    return this.owners(clientWidth, clientHeight)[(clientHeight - 1 - y) * clientWidth + x] ?? -1;
  }

  private prepare(): void {
    this.turntable.place();
    const { uniforms } = this.atoms.mesh.material;
    const cutting = this.show === "cut";
    const solid = this.show === "whole" && uniforms.size.value >= 1;
    uniforms.hiddenBelow.value = solid ? this.payload.header.hiddenBelow : 1e9;
    uniforms.cut.value.copy(cutting ? this.cut : new THREE.Vector4(0, 0, 0, 1e9));
    this.bonds?.material.uniforms.cut.value.copy(uniforms.cut.value);
    uniforms.fade.value = this.show === "x-ray" ? 0.3 : 0;
  }
}

/** Reach of the particle from the middle, and its width and height as first seen (Å). */
function extents(payload: Payload): { radius: number; width: number; height: number } {
  const points = payload.points("positions");
  const [right, up] = payload.header.orientation;
  let radius = 0;
  let width = 0;
  let height = 0;
  for (let place = 0; place < points.length; place += 3) {
    const [x, y, z] = points.subarray(place, place + 3);
    radius = Math.max(radius, Math.hypot(x, y, z));
    width = Math.max(width, Math.abs(x * right[0] + y * right[1] + z * right[2]));
    height = Math.max(height, Math.abs(x * up[0] + y * up[1] + z * up[2]));
  }
  return { radius: radius + 3, width: 2 * width + 6, height: 2 * height + 6 };
}
