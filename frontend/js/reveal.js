// Rows that scroll sideways on a phone begin where the current tab or step stands.
export function reveal(root) {
  for (const row of root.querySelectorAll?.(".g-tabs, .g-stages") ?? []) {
    const here = row.querySelector("[aria-current]");
    if (here && row.scrollWidth > row.clientWidth) {
      row.scrollLeft += here.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - here.offsetWidth) / 2;
    }
  }
}
