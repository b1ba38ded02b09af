// The page of the verifier: takes files or pasted text, shows the verdict. Everything goes in as text, never as markup.
import { check, isReceipt, verdict } from "./check.js";
import { isObject, parse } from "./read.js";
import { Unreadable, words } from "./words.js";
import { showReport, showRefusal } from "./show.js";

const byId = (id) => document.getElementById(id);
const state = { receipt: null, kept: [] }; // { name, bytes }

// Files are read one choice after the other, so that a slow one never overtakes a later one.
let turn = Promise.resolve();
const inTurn = (work) => (turn = turn.then(work));

const read = async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
const pasted = (id, name) => ({ name, bytes: new TextEncoder().encode(byId(id).value.trim()) });

function verify() {
  const out = byId("out");
  listFiles();
  if (!state.receipt) { out.replaceChildren(); document.body.dataset.verdict = ""; return; }
  try {
    const receipt = parse(state.receipt.bytes, state.receipt.name);
    const report = check(receipt, state.kept.map((one) => parse(one.bytes, one.name)), byId("trusted-key").value);
    document.body.dataset.verdict = verdict(report);
    showReport(out, receipt, report);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    document.body.dataset.verdict = "unreadable";
    showRefusal(out, error.message);
  }
}

function listFiles() {
  byId("receipt-name").textContent = state.receipt ? state.receipt.name : "";
  byId("kept-name").textContent = state.kept.map((one) => one.name).join("、");
  byId("receipt-zone").classList.toggle("is-full", Boolean(state.receipt));
  byId("kept-zone").classList.toggle("is-full", state.kept.length > 0);
  byId("clear").hidden = !state.receipt && !state.kept.length && !byId("trusted-key").value;
}

// Dropped together, files find their place by what they are: true a receipt, false something else, null unreadable.
function looksLikeReceipt(file) {
  try { return isReceipt(parse(file.bytes, file.name)); } catch { return null; }
}

async function take(all, zone) {
  const found = await Promise.all(all.map(read));
  const kinds = found.map(looksLikeReceipt);
  let receipt = kinds.indexOf(true);
  if (receipt < 0 && zone === "receipt") receipt = found.length === 1 ? 0 : kinds.indexOf(null);
  if (zone === "kept" && state.receipt) receipt = -1; // an older receipt may serve as a kept head
  if (receipt >= 0) state.receipt = found[receipt];
  state.kept.push(...found.filter((_, at) => at !== receipt));
  verify();
}

function wire(zone) {
  const box = byId(`${zone}-zone`), input = byId(`${zone}-file`);
  input.addEventListener("change", () => inTurn(async () => {
    const files = await Promise.all([...input.files].map(read));
    if (zone === "receipt") state.receipt = files[0] ?? null;
    else state.kept = files;
    verify();
  }));
  box.addEventListener("dragover", (event) => { event.preventDefault(); box.classList.add("is-over"); });
  box.addEventListener("dragleave", () => box.classList.remove("is-over"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    box.classList.remove("is-over");
    const files = [...event.dataTransfer.files];
    inTurn(() => take(files, zone));
  });
}

wire("receipt");
wire("kept");
// A file dropped beside the zones must not replace the page.
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const files = [...event.dataTransfer.files];
  inTurn(() => take(files, "receipt"));
});
byId("paste-form").addEventListener("submit", (event) => {
  event.preventDefault();
  state.receipt = byId("paste-receipt").value.trim() ? pasted("paste-receipt", "粘贴的凭证") : null;
  state.kept = byId("paste-kept").value.trim() ? pastedHeads() : [];
  verify();
});
byId("clear").addEventListener("click", () => {
  Object.assign(state, { receipt: null, kept: [] });
  for (const id of ["receipt-file", "kept-file", "paste-receipt", "paste-kept", "trusted-key"]) byId(id).value = "";
  verify();
});
byId("trusted-key").addEventListener("change", () => inTurn(verify));
byId("print").addEventListener("click", () => print());

// One object, or one on each line as in heads.log.
function pastedHeads() {
  const whole = pasted("paste-kept", "粘贴的树头");
  try { if (isObject(parse(whole.bytes, whole.name))) return [whole]; } catch { /* perhaps lines */ }
  const lines = byId("paste-kept").value.split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.map((line, i) => ({ name: `粘贴的第 ${i + 1} 行`, bytes: new TextEncoder().encode(line) }));
}

document.title = words("page", "title");
