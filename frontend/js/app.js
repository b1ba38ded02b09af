// The shell's script. Every part works on the page as the server sent it; without it pages still work.
import "./ime.js";
import htmx from "htmx.org/dist/htmx.esm.js";
import { batch } from "./batch.js";
import { cascader } from "./cascader.js";
import { confirmSubmit } from "./confirm.js";
import { dateField } from "./date.js";
import { dirty } from "./dirty.js";
import { draft } from "./draft.js";
import { drawer } from "./drawer.js";
import { freeze } from "./freeze.js";
import { grid } from "./grid.js";
import { here } from "./here.js";
import { jump } from "./jump.js";
import { modes } from "./modes.js";
import { pick } from "./pick.js";
import { popover } from "./popover.js";
import { reveal } from "./reveal.js";
import { small } from "./small.js";
import { unmask } from "./unmask.js";

window.htmx = htmx;
document.documentElement.dataset.js = "1";

for (const start of [modes, popover, jump, small, confirmSubmit, grid, dirty]) start();
drawer(htmx);
batch();

function furnish(root) {
  for (const part of [dateField, cascader, draft, freeze, here, pick, reveal, unmask]) part(root);
  root.querySelector?.("[data-focus]")?.focus();
}
furnish(document);
htmx.onLoad((node) => furnish(node));

document.addEventListener("htmx:beforeRequest", (e) => e.detail.target?.classList?.add("g-loading"));
document.addEventListener("htmx:afterRequest", (e) => e.detail.target?.classList?.remove("g-loading"));
document.addEventListener("htmx:sendError", () => {
  const place = document.getElementById("notice");
  place.textContent = "";
  const note = Object.assign(document.createElement("div"), { className: "g-note g-bad", textContent: "网络不通，内容没有提交。请检查网络后再试。" });
  note.setAttribute("role", "alert");
  place.append(note);
});
