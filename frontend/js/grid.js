// A table of inputs as a sheet: <form data-grid>, each input data-cell="column". A pasted column or block fills downwards,
// Enter goes to the next row, Shift+Enter back. Nothing is saved before the form is sent.
const rowsOf = (form) => [...form.querySelectorAll("tbody tr")];
const cellOf = (row, column) => row?.querySelector(`[data-cell="${column}"]`);

function paste(event, cell, form) {
  const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n+$/, "");
  const block = text.split("\n").map((line) => line.split("\t"));
  if (block.length === 1 && block[0].length === 1) return;
  event.preventDefault();
  const rows = rowsOf(form);
  const top = rows.indexOf(cell.closest("tr"));
  const left = Number(cell.dataset.cell);
  let last = cell;
  block.slice(0, rows.length - top).forEach((line, down) => line.forEach((value, right) => {
    const target = cellOf(rows[top + down], left + right);
    if (!target) return;
    target.value = value.trim();
    last = target;
  }));
  cell.dispatchEvent(new Event("input", { bubbles: true }));
  last.focus();
  const over = block.length - (rows.length - top);
  const said = form.querySelector("[data-grid-said]");
  if (said) said.textContent = `已粘贴 ${Math.min(block.length, rows.length - top)} 行，尚未保存${over > 0 ? `；多出的 ${over} 行没有填` : ""}`;
}

export function grid() {
  addEventListener("paste", (event) => {
    const cell = event.target.closest?.("[data-grid] [data-cell]");
    if (cell) paste(event, cell, cell.form);
  });
  addEventListener("keydown", (event) => {
    const cell = event.key === "Enter" && !event.isComposing && event.target.closest?.("[data-grid] [data-cell]");
    if (!cell) return;
    event.preventDefault(); // a choice from the list is taken by the same key; the form is sent by its button
    const rows = rowsOf(cell.form);
    const next = cellOf(rows[rows.indexOf(cell.closest("tr")) + (event.shiftKey ? -1 : 1)], cell.dataset.cell);
    if (next) { next.focus(); next.select(); } else if (!event.shiftKey) cell.form.querySelector("[type=submit]").focus();
  });
}
