// The right drawer: [data-drawer] on a link or on a table row (then its value is the address).
export function drawer(htmx) {
  const box = document.getElementById("drawer");
  if (!box?.showModal) return;
  let opener = null;
  async function open(url, from) {
    opener = from;
    await htmx.ajax("GET", url, { target: "#drawer-body", swap: "innerHTML", headers: { "X-Drawer": "1" } });
    if (!document.getElementById("drawer-body").childElementCount) return;
    if (!box.open) box.showModal();
    box.scrollTop = 0;
    box.setAttribute("aria-label", box.querySelector("h2")?.textContent.trim() || "详情");
  }
  addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a[data-drawer]");
    if (link) {
      event.preventDefault();
      open(link.href, link);
      return;
    }
    if (event.target.closest("[data-drawer-close]") || event.target === box) return box.close();
    const row = event.target.closest("tr[data-drawer]");
    if (!row || event.target.closest("a,button,input,label,select,summary,details") || String(getSelection())) return;
    open(row.dataset.drawer, row);
  });
  // Without a mouse: on the link of a row the space bar opens what a click on the row opens; up and down change the row.
  addEventListener("keydown", (event) => {
    const link = event.target.closest?.("tr[data-drawer] a");
    if (!link || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const row = link.closest("tr");
    if (event.key === " ") {
      event.preventDefault();
      open(row.dataset.drawer, row);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
      const to = next?.querySelector("a");
      if (!to) return;
      event.preventDefault();
      to.focus();
    }
  });
  box.addEventListener("close", () => {
    document.getElementById("drawer-body").textContent = "";
    opener?.querySelector?.("a")?.focus() ?? opener?.focus?.();
  });
  document.addEventListener("drawer-close", () => box.close());
}
