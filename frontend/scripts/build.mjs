// Builds the replay: one ES module with its style sheet inside, written where the wheel ships it from.
// usage: node scripts/build.mjs [OUT.js]
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const out = resolve(process.argv[2] ?? `${here}/../statesim/views/replay/stage.js`);
const targets = ["chrome112", "firefox117", "safari16.5"];

/** The licence of what is built in, as it asks for. */
function notices() {
  const texts = ["preact", "@preact/signals", "@preact/signals-core"].map((name) => {
    const text = readFileSync(`${here}/node_modules/${name}/LICENSE`, "utf8").trim();
    return `${name}:\n${text}`;
  });
  return `/*!\nThe replay of statesim, Apache-2.0. Built from frontend/. It holds parts of:\n\n${texts.join("\n\n")}\n*/`;
}

/** A style sheet, with what it imports, as a string. */
const styles = {
  name: "styles",
  setup(it) {
    it.onLoad({ filter: /stage\.css$/ }, async ({ path }) => {
      const built = await build({ entryPoints: [path], bundle: true, minify: true, write: false, target: targets });
      return { contents: built.outputFiles[0].text.trim(), loader: "text" };
    });
  },
};

await build({
  entryPoints: [`${here}/src/main.tsx`],
  outfile: out,
  bundle: true,
  format: "esm",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  target: targets,
  jsx: "automatic",
  jsxImportSource: "preact",
  banner: { js: notices() },
  plugins: [styles],
});
