// Bonds as flat ribbons that face the viewer and are shaded as cylinders.

import * as THREE from "three";
import { Payload } from "./scene";

const VERTEX = `
in vec3 other;
in vec2 side;
uniform float width;
uniform vec4 cut;
out float across;
void main() {
  vec3 start = (viewMatrix * vec4(position, 1.0)).xyz;
  vec3 end = (viewMatrix * vec4(other, 1.0)).xyz;
  vec2 along = end.xy - start.xy;
  vec2 normal = length(along) > 1e-4 ? normalize(vec2(-along.y, along.x)) : vec2(0.0);
  across = side.x;
  bool unseen = dot(position, cut.xyz) > cut.w || dot(other, cut.xyz) > cut.w;
  gl_Position = unseen ? vec4(0.0, 0.0, 2.0, 1.0)
    : projectionMatrix * vec4(start.xy + normal * width * side.x * side.y, start.z, 1.0);
}`;

const FRAGMENT = `
in float across;
uniform vec3 tone;
out vec4 pixel;
void main() {
  pixel = vec4(tone * (0.55 + 0.45 * sqrt(1.0 - across * across)), 1.0);
}`;

// [end of the bond, side of the ribbon] of the six vertices of its two triangles
const CORNERS = [[0, -1], [1, -1], [1, 1], [0, -1], [1, 1], [0, 1]];

export function bonds(payload: Payload): THREE.Mesh<THREE.BufferGeometry, THREE.ShaderMaterial> {
  const points = payload.points("positions");
  const pairs = payload.array("bonds");
  const count = pairs.length / 2;
  const near = new Float32Array(18 * count);
  const far = new Float32Array(18 * count);
  const side = new Float32Array(12 * count);
  for (let bond = 0; bond < count; bond++) {
    CORNERS.forEach(([end, edge], corner) => {
      const vertex = 6 * bond + corner;
      const here = 3 * pairs[2 * bond + end];
      const there = 3 * pairs[2 * bond + 1 - end];
      near.set(points.subarray(here, here + 3), 3 * vertex);
      far.set(points.subarray(there, there + 3), 3 * vertex);
      // the direction turns round at the far end, and the side with it
      side.set([edge, end ? -1 : 1], 2 * vertex);
    });
  }
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.BufferAttribute(near, 3));
  geometry.setAttribute("other", new THREE.BufferAttribute(far, 3));
  geometry.setAttribute("side", new THREE.BufferAttribute(side, 2));
  const material = new THREE.ShaderMaterial({
    glslVersion: THREE.GLSL3,
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    side: THREE.DoubleSide,
    uniforms: {
      width: { value: 0.28 },
      tone: { value: new THREE.Vector3(0.55, 0.57, 0.6) },
      cut: { value: new THREE.Vector4(0, 0, 0, 1e9) },
    },
  });
  const mesh = new THREE.Mesh(geometry, material);
  mesh.frustumCulled = false;
  return mesh;
}
