// Ticked rows: the bar shows their number, the head box ticks all, shift-click ticks a stretch.
export function batch() {
  let last = null;
  const boxes = (list) => [...list.querySelectorAll("tbody .g-tick input")];
  function refresh(list) {
    const all = boxes(list);
    const on = all.filter((b) => b.checked);
    for (const b of all) b.closest("tr").setAttribute("aria-selected", String(b.checked));
    const bar = list.querySelector(".g-batch");
    if (bar) {
      bar.toggleAttribute("data-on", on.length > 0);
      bar.querySelector("[data-batch-count]").textContent = on.length;
    }
    const head = list.querySelector("thead .g-tick input");
    if (head) {
      head.checked = on.length > 0 && on.length === all.length;
      head.indeterminate = on.length > 0 && on.length < all.length;
    }
  }
  addEventListener("click", (event) => {
    const clear = event.target.closest("[data-batch-clear]");
    const list = event.target.closest(".g-list");
    if (clear) {
      for (const b of boxes(list)) b.checked = false;
      return refresh(list);
    }
    if (!event.target.matches?.(".g-tick input")) return;
    const all = boxes(list);
    if (event.target.closest("thead")) for (const b of all) b.checked = event.target.checked;
    else {
      if (event.shiftKey && last && all.includes(last)) {
        const [a, z] = [all.indexOf(last), all.indexOf(event.target)].sort((x, y) => x - y);
        for (const b of all.slice(a, z + 1)) b.checked = event.target.checked;
      }
      last = event.target;
    }
    refresh(list);
  });
}
