// Builds the front end: one stylesheet, one script, one icon sprite, with hashed names and a manifest.
// Usage: node build.mjs [--check]   (--check: build, then fail on classes or icons that templates use but do not exist)
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { PurgeCSS } from "purgecss";
import { transform } from "lightningcss";
import { KEEP } from "./css/keep.mjs";
import { verifier } from "./verifier.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(HERE);
const OUT = join(ROOT, "gongbu/ground/registers/static/dist");
const ICONS = join(HERE, "node_modules/@tabler/icons/icons");
const TARGETS = { chrome: 109 << 16, firefox: 115 << 16, safari: 16 << 16 };
// Bytes before compression: on the wire they are a quarter. htmx is 50 KB of app.js.
const BUDGET = { "app.css": 120 * 1024, "app.js": 80 * 1024, "upload.js": 72 * 1024, "verifier.html": 64 * 1024 };
// Not in Chromium 109, or not dependable there; the built CSS must be free of them.
const ABOVE_FLOOR = [/color-mix\(/, /light-dark\(/, /oklch\(/, /oklab\(/, /:has\(/, /@scope\b/, /@starting-style\b/, /:popover-open/, /\btext-wrap:/, /@property\b/];

function* files(dir, keep) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (["node_modules", "dist", "__pycache__", "tests", "migrations"].includes(entry.name)) continue;
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* files(path, keep);
    else if (keep.test(entry.name)) yield path;
  }
}

const sources = [...files(join(ROOT, "gongbu"), /\.(html|py)$/)].sort();
const texts = sources.map((path) => ({ path, text: readFileSync(path, "utf8") }));

async function css() {
  const tabler = readFileSync(join(HERE, "node_modules/@tabler/core/dist/css/tabler.min.css"), "utf8");
  // Only what stands in class attributes counts: in running text every English word would look like a class.
  const classes = texts.flatMap(({ text }) => [...text.matchAll(/\bclass(?:es)?=\\?["']((?:[^"'{]|\{[{%].*?[%}]\})*)/g)].map((m) => m[1]));
  const content = [{ raw: [...classes, ...KEEP].join(" "), extension: "html" }];
  const [{ css: used }] = await new PurgeCSS().purge({
    content,
    css: [{ raw: tabler.replace(/@import[^;]+;/g, "") }],
    safelist: ["data-bs-theme", "show", "visually-hidden"],
    blocklist: [/^(btn|bg|text|badge)-(facebook|twitter|linkedin|google|youtube|vimeo|dribbble|github|instagram|pinterest|vk|rss|flickr|bitbucket|tabler|x)/],
    fontFace: true,
    keyframes: true,
    variables: true,
    rejected: false,
  });
  // Tabler's own :has() rules are decoration; the floor browsers would drop them anyway.
  const floor = used.replace(/[^{}]*:has\([^{}]*\{[^{}]*\}/g, "");
  // There is no dark theme.
  const isDark = (rule) => rule.slice(0, rule.indexOf("{")).split(",").every((one) => one.includes("data-bs-theme=dark"));
  const day = floor.replace(/[^{}]*data-bs-theme=dark[^{}]*\{[^{}]*\}/g, (rule) => (isDark(rule) ? "" : rule));
  const own = ["tokens", "shell", "parts", "table", "forms", "calendar", "inbox", "print"].map((n) => readFileSync(join(HERE, "css", `${n}.css`), "utf8")).join("\n");
  // A room may bring a style.css of its own beside its templates/.
  const rooms = [...files(join(ROOT, "gongbu"), /^style\.css$/)].sort().map((path) => readFileSync(path, "utf8")).join("\n");
  // Columns are cut at whole ems (registers/columns.py WIDTHS): classes, because the content policy forbids style attributes.
  // The name of a row is that wide where there is room, and down to 13em where there is not.
  const ems = Array.from({ length: 37 }, (_, i) => i + 4);
  const names = ems.map((n) => `.g-reg td.g-n-${n} { width: ${n}em; min-width: ${Math.min(n, 13)}em; }`).join("\n");
  const widths = `${ems.map((n) => `.g-w-${n} { max-width: ${n}em; }`).join("\n")}\n@media screen and (min-width: 861px) { ${names} }`;
  const { code, warnings } = transform({ filename: "app.css", code: Buffer.from(`${day}\n${own}\n${widths}\n${rooms}`), minify: true, targets: TARGETS, errorRecovery: true });
  for (const w of warnings) if (!/Unexpected token|pseudo/.test(w.message)) console.warn("css:", w.message);
  return Buffer.from(code);
}

function sprite() {
  const names = new Set(readFileSync(join(HERE, "icons.txt"), "utf8").split("\n").filter((l) => !l.startsWith("#")).join(" ").split(/\s+/).filter(Boolean));
  const used = new Map();
  for (const { path, text } of texts) {
    for (const m of text.matchAll(/\bicon\(\s*"([a-z0-9-]+)"|\b(?:icon|ico)="([a-z0-9-]+)"/g)) used.set(m[1] ?? m[2], path);
    for (const m of text.matchAll(/icon\(\{([^}]*)\}/g)) for (const n of m[1].matchAll(/:\s*"([a-z0-9-]+)"/g)) used.set(n[1], path);
  }
  const missing = [];
  for (const [name, path] of used) {
    if (exists(join(ICONS, "outline", `${name}.svg`))) names.add(name);
    else missing.push(`${path}: no icon "${name}"`);
  }
  const symbols = [...names].sort().map((name) => {
    const svg = readFileSync(join(ICONS, "outline", `${name}.svg`), "utf8").replace(/<!--[\s\S]*?-->/g, "");
    const inner = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/\s*\n\s*/g, "").replace(/ ?\/>/g, "/>");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${inner.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none"/>', "")}</symbol>`;
  });
  return { body: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`), missing };
}

function exists(path) {
  try { return statSync(path).isFile(); } catch { return false; }
}

function unknownClasses(built) {
  const known = new Set([...built.toString().matchAll(/\.((?:[\w-]|\\.)+)/g)].map((m) => m[1].replaceAll("\\", "")));
  const found = [];
  for (const { path, text } of texts.filter((t) => t.path.endsWith(".html"))) {
    for (const m of text.matchAll(/\bclass="([^"{]*)"/g))
      for (const name of m[1].split(/\s+/).filter(Boolean)) if (!known.has(name)) found.push(`${path}: class "${name}" has no style`);
  }
  return found;
}

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const manifest = {};
const report = [];
function put(name, body) {
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 8);
  const dot = name.lastIndexOf(".");
  const file = `${name.slice(0, dot)}.${hash}${name.slice(dot)}`;
  writeFileSync(join(OUT, file), body);
  const zipped = gzipSync(body, { level: 9 });
  writeFileSync(join(OUT, `${file}.gz`), zipped);
  writeFileSync(join(OUT, `${file}.br`), brotliCompressSync(body));
  manifest[name] = file;
  report.push(`${name.padEnd(12)} ${String(body.length).padStart(7)} B  gzip ${String(zipped.length).padStart(6)} B`);
  if (BUDGET[name] && body.length > BUDGET[name]) throw new Error(`${name}: ${body.length} bytes is over the budget of ${BUDGET[name]}`);
}

const { body: icons, missing } = sprite();
const styles = await css();
const bundles = await build({
  entryPoints: { app: join(HERE, "js/app.js"), upload: join(HERE, "js/upload.js") },
  bundle: true, minify: true, format: "esm", target: ["chrome109", "firefox115", "safari16"], write: false, outdir: OUT, legalComments: "none", charset: "utf8",
});
put("icons.svg", icons);
put("app.css", styles);
put("plain.css", transform({ filename: "plain.css", code: readFileSync(join(HERE, "css/plain.css")), minify: true }).code);
for (const f of bundles.outputFiles) put(f.path.split("/").pop(), Buffer.from(f.contents));
put("verifier.html", await verifier(HERE, TARGETS));
put("mark.svg", readFileSync(join(HERE, "mark.svg")));
writeFileSync(join(OUT, "manifest.json"), JSON.stringify(manifest, null, 1));
const problems = [...missing, ...ABOVE_FLOOR.filter((r) => r.test(styles.toString())).map((r) => `app.css needs a browser above the floor: ${r}`)];
if (process.argv.includes("--check")) problems.push(...unknownClasses(styles));
console.log(report.join("\n"));
for (const p of problems) console.error(p);
if (problems.length) process.exitCode = 1;
