// Bundles src/ into the one file that the wheel ships, stamped with the hash of its sources
// (tests/reporting compares the stamp, so a stale bundle is found without Node).
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { build } from "esbuild";

const digest = createHash("sha256");
for (const name of readdirSync("src").sort()) {
  digest.update(name + "\n").update(readFileSync(`src/${name}`));
}

await build({
  entryPoints: ["src/main.ts"],
  outfile: "../src/epidot/reporting/assets/viewer.js",
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "EpidotViewer",
  target: "es2022",
  charset: "ascii",
  legalComments: "inline",
  banner: { js: `/* epidot viewer, sources sha256:${digest.digest("hex")} */` },
});
