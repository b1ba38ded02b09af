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
  box.addEventListener("close", () => {
    document.getElementById("drawer-body").textContent = "";
    opener?.querySelector?.("a")?.focus() ?? opener?.focus?.();
  });
  document.addEventListener("drawer-close", () => box.close());
}
