// Translucent isosurfaces: clear where they face the viewer, denser at the rim.

import * as THREE from "three";
import { Payload, Surface } from "./scene";

const VERTEX = `
out vec3 facing;
void main() {
  facing = normalMatrix * normal;
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
}`;

const FRAGMENT = `
in vec3 facing;
uniform vec3 colour;
out vec4 pixel;
void main() {
  vec3 normal = normalize(facing);
  float light = 0.62 + 0.45 * max(dot(normal, vec3(-0.35, 0.52, 0.78)), 0.0);
  float shine = pow(max(dot(normal, vec3(-0.18, 0.28, 0.94)), 0.0), 40.0);
  float dense = mix(0.30, 0.90, pow(1.0 - abs(normal.z), 1.6));
  pixel = vec4(min(colour * light + 0.35 * shine, 1.0), dense);
}`;

export function isosurface(
  payload: Payload,
  surface: Surface,
): THREE.Mesh<THREE.BufferGeometry, THREE.ShaderMaterial> {
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.BufferAttribute(payload.points(`${surface.key}.vertices`), 3));
  geometry.setIndex(new THREE.BufferAttribute(payload.array(`${surface.key}.triangles`), 1));
  geometry.computeVertexNormals();
  const colour = new THREE.Color(surface.colour).convertLinearToSRGB();
  const material = new THREE.ShaderMaterial({
    glslVersion: THREE.GLSL3,
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    uniforms: { colour: { value: new THREE.Vector3(colour.r, colour.g, colour.b) } },
    transparent: true,
    depthWrite: false,
  });
  const mesh = new THREE.Mesh(geometry, material);
  mesh.frustumCulled = false;
  return mesh;
}
