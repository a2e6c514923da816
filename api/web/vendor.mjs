// Copies what the pages use of Det Fælles Designsystem and htmx into static/vendor, which is not kept in git.
// Run it with `npm run build` at the root of the repository, after `npm ci`.
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "..", "node_modules");
const target = join(here, "static", "vendor");

const design = join(modules, "dkfds", "dist");
const styles = readFileSync(join(design, "css", "dkfds.min.css"), "utf8");
// A browser takes the first format of a cut that it reads, and all of today read the woff formats.
const cuts = styles
  .match(/@font-face\{[^}]*\}/g)
  .flatMap((rule) => rule.match(/\bfonts\/[^)]*\.woff2?\b/) ?? [])
  .concat(join("fonts", "IBMPlexSans", "complete", "woff", "license.txt"));

const files = [
  [design, "LICENSE.md", "dkfds"],
  [design, join("css", "dkfds.min.css"), "dkfds"],
  [design, join("js", "dkfds.min.js"), "dkfds"],
  [design, join("img", "all-svg-icons.svg"), "dkfds"],
  [design, join("img", "svg-icons"), "dkfds"],
  ...cuts.map((name) => [design, name, "dkfds"]),
  [join(modules, "htmx.org"), "LICENSE", "htmx"],
  [join(modules, "htmx.org", "dist"), "htmx.min.js", "htmx"],
  [join(modules, "htmx.org", "dist", "ext"), "hx-sse.min.js", "htmx"],
];

rmSync(target, { recursive: true, force: true });
for (const [from, name, folder] of files) {
  const to = join(target, folder, name);
  mkdirSync(dirname(to), { recursive: true });
  cpSync(join(from, name), to, { recursive: true });
}
console.log(`${files.length} entries copied to api/web/static/vendor`);
