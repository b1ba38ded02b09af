// Copy, print, close a notice, submit a select at once, fold filters with Enter as with the space bar.
export function small() {
  addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      try {
        await navigator.clipboard.writeText(copy.dataset.copy);
        copy.setAttribute("title", "已复制");
        copy.setAttribute("aria-label", "已复制");
      } catch { copy.setAttribute("title", "浏览器不允许复制"); }
    }
    if (event.target.closest("[data-print]")) print();
    event.target.closest("[data-close]")?.closest("[data-notice]")?.remove();
  });
  addEventListener("change", (event) => { if (event.target.matches?.("[data-auto]")) event.target.form.requestSubmit(); });
  addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.matches?.(".g-fold-box")) event.target.click(); });
}
