// What the verifier shows: the verdict, the stated fields with how far each is proven, and the three lists.
import { verdict } from "./check.js";
import { words } from "./words.js";

const FIRST = ["文书", "文号", "名称", "项目名称", "项目代码", "出具单位"];
const MARKS = { good: "M4 12.5l5 5 11-11", bad: "M6 6l12 12M18 6L6 18", open: "M9 9a3 3 0 1 1 4 2.8c-.8.4-1 1-1 2.2M12 17.6v.4" };

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function mark(tone) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `mark ${tone}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", MARKS[tone]);
  svg.append(path);
  return svg;
}

function banner(tone, title, text) {
  return make("div", { class: `banner ${tone}`, id: "verdict", role: "status" }, mark(tone), make("div", {}, make("h2", {}, title), make("p", {}, text)));
}

function list(title, id, tone, lines) {
  const items = lines.map((line) => make("li", {}, mark(tone), make("span", {}, line)));
  return make("section", { class: "card" }, make("h3", {}, `${title} `, make("small", {}, `${lines.length} 项`)), make("ul", { id, class: "found" }, ...items));
}

const say = (value) => (value === null ? "—" : typeof value === "string" ? value : JSON.stringify(value));
const grouped = (code) => (/^[0-9A-Z]{12}$/.test(code) ? code.replace(/(.{4})(?=.)/g, "$1-") : code);

function rows(receipt) {
  const facts = receipt.public !== null && typeof receipt.public === "object" ? receipt.public : {};
  const names = [...FIRST.filter((name) => Object.hasOwn(facts, name)), ...Object.keys(facts).filter((name) => !FIRST.includes(name))];
  return [
    ...names.map((name) => [name, say(facts[name])]),
    ["回执编号", grouped(say(receipt.receipt ?? null))],
    ["发生日", say(receipt.occurred_on ?? null)],
    ["录入时间", say(receipt.recorded_at ?? null).slice(0, 19).replace("T", " ")],
    ...(receipt.clock === "SYSTEM" ? [] : [["时钟", "模拟时钟：演示数据，不作办理依据"]]),
  ];
}

const TONES = { holds: "good", wrong: "bad", key_unchecked: "open", incomplete: "open" };

// Fields that agree with a leaf are worth something only if that leaf stands under a head known to be the platform's.
function standing(report) {
  if (report.fields === "wrong") return ["bad", words("page", "changed")];
  if (report.fields === "declared") return ["open", words("page", "declared")];
  const said = verdict(report);
  return said === "holds" ? ["good", words("page", "bound")] : ["open", words("page", said === "key_unchecked" ? said : "unproven")];
}

function paper(receipt, report) {
  const [tone, said] = standing(report);
  const facts = rows(receipt).map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  return make("section", { class: `card paper ${tone}` }, make("div", { class: "paper-head" }, make("h3", {}, say(receipt.kind_label ?? receipt.kind ?? null)), make("span", { class: `badge ${tone}`, id: "fields-said" }, mark(tone), said)), make("dl", { id: "fields" }, ...facts));
}

function details(receipt) {
  const proof = receipt.proof, head = proof.head ?? {};
  const facts = [
    ["叶子摘要", proof.leaf_hash], ["内层摘要", receipt.entry_hash], ["验证路径", Array.isArray(proof.path) ? `${proof.path.length} 步` : undefined],
    ["树根", head.root], ["摘要算法", proof.algorithm], ["签名公钥", head.key_id], ["公钥", head.public_key], ["签名时间", head.signed_at],
  ].filter(([, value]) => value !== undefined);
  return make("details", { class: "card" }, make("summary", {}, "摘要、路径与签名"), make("dl", { class: "code" }, ...facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, say(value))))));
}

export function showReport(out, receipt, report) {
  const said = verdict(report);
  const lists = make("div", { class: "lists" },
    ...(report.wrong.length ? [list(words("verdict", "wrong_list"), "wrong", "bad", report.wrong)] : []),
    ...(report.proven.length ? [list(words("verdict", "proven"), "proven", said === "holds" ? "good" : "open", report.proven)] : []),
    list(words("verdict", "open"), "open", "open", report.open));
  out.replaceChildren(banner(TONES[said], words("verdict", said), words("next", said)), make("div", { class: "result" }, make("div", {}, paper(receipt, report), details(receipt)), lists));
}

export function showRefusal(out, message) {
  out.replaceChildren(banner("open", words("verdict", "unreadable"), `${message}。`));
}
