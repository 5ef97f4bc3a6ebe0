// Where the viewer stands: an orthographic camera turned, shifted and zoomed by pointer and keys.

import * as THREE from "three";
import { Header } from "./scene";

const TURN = 0.007;
const STEP = 0.12;

export class Turntable {
  readonly camera = new THREE.OrthographicCamera();
  private readonly home: THREE.Quaternion;
  private readonly target = new THREE.Vector3();
  private turn: THREE.Quaternion;
  private zoom = 1;
  private readonly pointers = new Map<number, { x: number; y: number }>();

  constructor(
    header: Header,
    private readonly reach: { radius: number; width: number; height: number },
    private readonly canvas: HTMLCanvasElement,
    private readonly changed: () => void,
  ) {
    const [right, up, toward] = header.orientation.map((row) => new THREE.Vector3(...row));
    this.home = new THREE.Quaternion().setFromRotationMatrix(new THREE.Matrix4().makeBasis(right, up, toward));
    this.turn = this.home.clone();
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const kind of ["pointerup", "pointercancel"] as const)
      canvas.addEventListener(kind, (event) => this.pointers.delete(event.pointerId));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  reset(): void {
    this.turn = this.home.clone();
    this.target.set(0, 0, 0);
    this.zoom = 1;
    this.changed();
  }

  /** Look along `direction` (towards the viewer), as the tests do. */
  look(direction: [number, number, number]): void {
    const toward = new THREE.Vector3(...direction).normalize();
    this.turn = new THREE.Quaternion().setFromUnitVectors(new THREE.Vector3(0, 0, 1), toward);
    this.changed();
  }

  get toward(): THREE.Vector3 {
    return new THREE.Vector3(0, 0, 1).applyQuaternion(this.turn);
  }

  /** Å per CSS pixel. */
  get scale(): number {
    const { clientWidth, clientHeight } = this.canvas;
    const fit = Math.max(this.reach.width / clientWidth, this.reach.height / clientHeight);
    return (1.1 * fit) / this.zoom;
  }

  place(): void {
    const { camera, reach } = this;
    const across = (this.scale * this.canvas.clientWidth) / 2;
    const upward = (this.scale * this.canvas.clientHeight) / 2;
    Object.assign(camera, { left: -across, right: across, top: upward, bottom: -upward });
    Object.assign(camera, { near: 0, far: 6 * reach.radius });
    camera.quaternion.copy(this.turn);
    camera.position.copy(this.target).addScaledVector(this.toward, 3 * reach.radius);
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
  }

  private rotate(across: number, upward: number): void {
    const swing = new THREE.Quaternion().setFromEuler(new THREE.Euler(-upward, -across, 0));
    this.turn.multiply(swing).normalize();
    this.changed();
  }

  private shift(across: number, upward: number): void {
    this.target.add(new THREE.Vector3(-across, upward, 0).multiplyScalar(this.scale).applyQuaternion(this.turn));
    this.changed();
  }

  private enlarge(factor: number): void {
    this.zoom = Math.min(Math.max(this.zoom * factor, 0.3), 40);
    this.changed();
  }

  private press(event: PointerEvent): void {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  private move(event: PointerEvent): void {
    const last = this.pointers.get(event.pointerId);
    if (!last) return;
    const across = event.clientX - last.x;
    const upward = event.clientY - last.y;
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, spot]) => spot);
    if (others.length > 0) {
      const before = Math.hypot(last.x - others[0].x, last.y - others[0].y);
      const after = Math.hypot(event.clientX - others[0].x, event.clientY - others[0].y);
      if (before > 0) this.enlarge(after / before);
      this.shift(across / 2, upward / 2);
    } else if (event.shiftKey || event.buttons === 2 || event.buttons === 4) this.shift(across, upward);
    else this.rotate(across * TURN, upward * TURN);
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  private wheel(event: WheelEvent): void {
    // an unfocused canvas lets the page scroll past it
    if (document.activeElement !== this.canvas && !event.ctrlKey) return;
    event.preventDefault();
    this.enlarge(Math.exp(-event.deltaY * 0.0015));
  }

  private key(event: KeyboardEvent): void {
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const move = moves[event.key];
    if (move && event.shiftKey) this.shift(24 * move[0], 24 * move[1]);
    else if (move) this.rotate(STEP * move[0], STEP * move[1]);
    else if (event.key === "+" || event.key === "=") this.enlarge(1.15);
    else if (event.key === "-") this.enlarge(1 / 1.15);
    else if (event.key === "Home" || event.key === "0") this.reset();
    else return;
    event.preventDefault();
  }
}
