// The verifier for receipts as one file: program and style inside it, and a content policy that lets nothing else run or load.
import { build } from "esbuild";
import { transform } from "lightningcss";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const hashOf = (text) => `sha256-${createHash("sha256").update(text).digest("base64")}`;

export async function verifier(here, targets) {
  const { outputFiles } = await build({
    entryPoints: [join(here, "js/verifier/page.js")], bundle: true, minify: true, format: "iife", legalComments: "none",
    target: ["chrome109", "firefox115", "safari16"], write: false, charset: "utf8",
  });
  const script = outputFiles[0].text.trim().replaceAll("</script", "<\\/script");
  const css = transform({ filename: "verifier.css", code: readFileSync(join(here, "verifier/verifier.css")), minify: true, targets });
  const style = css.code.toString();
  const icon = encodeURIComponent(readFileSync(join(here, "mark.svg"), "utf8").trim());
  const parts = { script, style, icon, "script-hash": hashOf(script), "style-hash": hashOf(style) };
  return Buffer.from(readFileSync(join(here, "verifier/verifier.html"), "utf8").replace(/\{\{([\w-]+)\}\}/g, (_, name) => parts[name]));
}
