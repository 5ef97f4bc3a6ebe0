// Atoms as ray-cast spheres: one plain triangle per atom, true depth written per fragment.
// Triangles are not instanced: instancing made software rendering six times slower.

import * as THREE from "three";
import { Payload } from "./scene";

const VERTEX = `
in vec3 tint;
in vec2 look;
uniform float size;
uniform float hiddenBelow;
uniform vec4 cut;
uniform bool picking;
out vec2 corner;
out vec3 colour;
out float middle;
out float radius;
void main() {
  radius = look.x * size;
  middle = (viewMatrix * vec4(position, 1.0)).z;
  int place = gl_VertexID % 3;
  corner = place == 0 ? vec2(-1.7320508, -1.0) : place == 1 ? vec2(1.7320508, -1.0) : vec2(0.0, 2.0);
  int atom = gl_VertexID / 3 + 1;
  colour = picking ? vec3(atom & 255, (atom >> 8) & 255, atom >> 16) / 255.0 : tint;
  bool unseen = look.y > hiddenBelow || dot(position, cut.xyz) > cut.w;
  vec4 centre = viewMatrix * vec4(position, 1.0);
  gl_Position = unseen ? vec4(0.0, 0.0, 2.0, 1.0)
    : projectionMatrix * vec4(centre.xy + corner * radius, centre.z, 1.0);
}`;

const FRAGMENT = `
in vec2 corner;
in vec3 colour;
in float middle;
in float radius;
uniform mat4 projectionMatrix;
uniform bool picking;
uniform vec3 paper;
uniform float fade;
uniform vec2 haze;
out vec4 pixel;
void main() {
  float square = dot(corner, corner);
  if (square > 1.0) discard;
  float height = sqrt(1.0 - square);
  float z = middle + radius * height;
  gl_FragDepth = 0.5 * (projectionMatrix[2][2] * z + projectionMatrix[3][2]) + 0.5;
  float light = 0.42 + 0.66 * max(dot(vec3(corner, height), vec3(-0.35, 0.52, 0.78)), 0.0);
  float rim = mix(0.62, 1.0, smoothstep(0.0, 0.55, height));
  float far = fade + (1.0 - fade) * haze.y * clamp(0.5 - z / haze.x, 0.0, 1.0);
  vec3 seen = mix(min(colour * light * rim, 1.0), paper, far);
  pixel = vec4(picking ? colour : seen, 1.0);
}`;

export class Atoms {
  readonly mesh: THREE.Mesh<THREE.BufferGeometry, THREE.ShaderMaterial>;
  private readonly tints: THREE.BufferAttribute;

  constructor(payload: Payload, reach: number) {
    const { atoms, radiusStep, depthStep } = payload.header;
    const points = payload.points("positions");
    const radii = payload.array("radius");
    const depths = payload.array("depth");
    const positions = new Float32Array(9 * atoms);
    const looks = new Float32Array(6 * atoms);
    for (let vertex = 0; vertex < 3 * atoms; vertex++) {
      const atom = (vertex / 3) | 0;
      positions.set(points.subarray(3 * atom, 3 * atom + 3), 3 * vertex);
      looks[2 * vertex] = radii[atom] * radiusStep;
      looks[2 * vertex + 1] = depths[atom] * depthStep;
    }
    this.tints = new THREE.BufferAttribute(new Uint8Array(9 * atoms), 3, true);
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute("position", new THREE.BufferAttribute(positions, 3));
    geometry.setAttribute("look", new THREE.BufferAttribute(looks, 2));
    geometry.setAttribute("tint", this.tints);
    this.mesh = new THREE.Mesh(geometry, material(reach));
    this.mesh.frustumCulled = false;
  }

  paint(colours: Uint8Array): void {
    const target = this.tints.array as Uint8Array;
    for (let vertex = 0; vertex < target.length / 3; vertex++) {
      const atom = (vertex / 3) | 0;
      for (let channel = 0; channel < 3; channel++) target[3 * vertex + channel] = colours[3 * atom + channel];
    }
    this.tints.needsUpdate = true;
  }
}

function material(reach: number): THREE.ShaderMaterial {
  return new THREE.ShaderMaterial({
    glslVersion: THREE.GLSL3,
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    uniforms: {
      size: { value: 1 },
      hiddenBelow: { value: 1e9 },
      cut: { value: new THREE.Vector4(0, 0, 0, 1e9) },
      picking: { value: false },
      paper: { value: new THREE.Vector3(1, 1, 1) },
      fade: { value: 0 },
      haze: { value: new THREE.Vector2(2 * reach, 0.45) },
    },
  });
}
