// Own date field: native ones follow the browser's language. Typing stays possible; the picker is a help.
const pad = (n) => String(n).padStart(2, "0");
const iso = (y, m, d) => `${y}-${pad(m)}-${pad(d)}`;
export function tidy(text, kind) {
  const t = text.trim().replace(/[年月./／。．]/g, "-").replace(/[日号\s]/g, "").replace(/-+$/, "");
  let m = t.match(/^(\d{4})(\d{2})(\d{2})$/) || t.match(/^(\d{4})-(\d{1,2})-(\d{1,2})$/);
  if (kind === "date" && m) {
    const d = new Date(Date.UTC(+m[1], m[2] - 1, +m[3]));
    return d.getUTCMonth() === m[2] - 1 && d.getUTCDate() === +m[3] ? iso(m[1], +m[2], +m[3]) : text;
  }
  m = t.match(/^(\d{4})-?(\d{1,2})$/);
  if (kind === "month" && m && m[2] >= 1 && m[2] <= 12) return `${m[1]}-${pad(+m[2])}`;
  return text;
}
function el(tag, props, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
}
function picker(input, kind, close) {
  const now = new Date();
  const today = [now.getFullYear(), now.getMonth() + 1, now.getDate()];
  const [y0, m0, d0] = (input.value.match(/\d+/g) || []).map(Number);
  let [year, month] = y0 ? [y0, m0 || 1] : today;
  const box = el("div", { className: "g-cal" });
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", "选择日期");
  const put = (value) => {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    close();
  };
  const step = (label, text, by) => {
    const b = el("button", { type: "button", textContent: text });
    b.setAttribute("aria-label", label);
    b.onclick = () => { month += by; while (month < 1) { month += 12; year -= 1; } while (month > 12) { month -= 12; year += 1; } draw(); };
    return b;
  };
  const cell = (text, value, pressed, current, out) => {
    const b = el("button", { type: "button", textContent: text, className: out ? "g-cal-out" : "" });
    b.setAttribute("aria-pressed", String(pressed));
    b.setAttribute("aria-label", value);
    if (current) b.setAttribute("aria-current", "date");
    b.onclick = () => put(value);
    return b;
  };
  function draw() {
    box.textContent = "";
    if (kind === "year") {
      const from = year - (year % 12);
      const turn = (by) => { const b = step(by < 0 ? "前十二年" : "后十二年", by < 0 ? "«" : "»", 0); b.onclick = () => { year += by; draw(); }; return b; };
      box.append(el("div", { className: "g-cal-head" }, turn(-12), el("b", { textContent: `${from}–${from + 11}` }), turn(12)));
      box.append(el("div", { className: "g-cal-months" }, ...Array.from({ length: 12 }, (_, i) => cell(from + i, String(from + i), y0 === from + i, today[0] === from + i))));
      return;
    }
    const head = kind === "date" ? [step("上一年", "«", -12), step("上一月", "‹", -1), el("b", { textContent: `${year}年${month}月` }), step("下一月", "›", 1), step("下一年", "»", 12)] : [step("上一年", "«", -12), el("b", { textContent: `${year}年` }), step("下一年", "»", 12)];
    box.append(el("div", { className: "g-cal-head" }, ...head));
    if (kind === "month") {
      box.append(el("div", { className: "g-cal-months" }, ...Array.from({ length: 12 }, (_, i) => cell(`${i + 1}月`, `${year}-${pad(i + 1)}`, y0 === year && m0 === i + 1, today[0] === year && today[1] === i + 1))));
      return;
    }
    const first = (new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 6) % 7;
    const cells = [..."一二三四五六日"].map((d) => el("span", { textContent: d }));
    for (let i = 0; i < 42; i++) {
      const d = new Date(Date.UTC(year, month - 1, 1 - first + i));
      const [y, m, n] = [d.getUTCFullYear(), d.getUTCMonth() + 1, d.getUTCDate()];
      cells.push(cell(n, iso(y, m, n), y === y0 && m === m0 && n === d0, y === today[0] && m === today[1] && n === today[2], m !== month));
    }
    box.append(el("div", { className: "g-cal-grid" }, ...cells));
    const clear = el("button", { type: "button", textContent: "清空" });
    clear.onclick = () => put("");
    const t = el("button", { type: "button", textContent: "今天" });
    t.onclick = () => put(iso(...today));
    box.append(el("div", { className: "g-cal-foot" }, clear, t));
  }
  draw();
  box.addEventListener("keydown", (e) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: kind === "date" ? -7 : -4, ArrowDown: kind === "date" ? 7 : 4 }[e.key];
    const cells = [...box.querySelectorAll(".g-cal-grid button, .g-cal-months button")];
    const at = cells.indexOf(document.activeElement);
    if (by && at >= 0) { e.preventDefault(); cells[at + by]?.focus(); }
    if (e.key === "Escape") { e.stopPropagation(); close(); }
  });
  return box;
}
export function dateField(root) {
  for (const field of root.querySelectorAll("[data-date]")) {
    if (field.querySelector(".g-date-btn")) continue;
    const input = field.querySelector("input");
    const kind = field.dataset.date;
    const button = el("button", { type: "button", className: "g-date-btn" });
    button.setAttribute("aria-label", "打开日历");
    button.innerHTML = '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" aria-hidden="true"><path d="M5 5h14a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM16 3v4M8 3v4M4 10h16"/></svg>';
    let box = null;
    const away = (e) => { if (!field.contains(e.target)) close(false); };
    const close = (focus = true) => {
      box?.remove();
      box = null;
      document.removeEventListener("click", away);
      if (focus) button.focus();
    };
    button.onclick = () => {
      if (box) return close();
      box = picker(input, kind, close);
      field.append(box);
      if (box.getBoundingClientRect().right > document.documentElement.clientWidth) Object.assign(box.style, { left: "auto", right: "0" });
      (box.querySelector('[aria-pressed="true"]') || box.querySelector("[aria-current]") || box.querySelector("button")).focus();
      setTimeout(() => document.addEventListener("click", away), 0);
    };
    input.addEventListener("blur", () => { input.value = tidy(input.value, kind); });
    field.append(button);
  }
}
