// Frozen columns: each .g-fix cell sticks at the summed width of the frozen columns before it.
function place(table) {
  const heads = [...table.querySelectorAll("thead .g-fix")];
  let left = 0;
  const offsets = heads.map((th) => {
    const at = left;
    left += th.getBoundingClientRect().width;
    return at;
  });
  heads.forEach((th, i) => table.style.setProperty(`--left-${i}`, `${Math.round(offsets[i])}px`));
}
const watcher = new ResizeObserver((entries) => entries.forEach((e) => place(e.target)));
export function freeze(root) {
  for (const table of root.querySelectorAll("table[data-freeze]")) {
    place(table);
    watcher.observe(table);
  }
}
