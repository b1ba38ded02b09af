// Enter from field to field, copy, print, close a notice, submit a select at once, fold filters with Enter as with the space bar.
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
  // Enter in a field of a form that must be sent by its button alone goes to the next field, or stays.
  addEventListener("keydown", (event) => {
    const form = event.key === "Enter" && !event.isComposing && event.target.matches?.("input:not([type=hidden])") && event.target.closest("form[data-enter]");
    if (!form) return;
    event.preventDefault();
    if (form.dataset.enter !== "next") return;
    const fields = [...form.elements].filter((one) => one.matches("input:not([type=hidden]), select, textarea") && !one.disabled);
    fields[fields.indexOf(event.target) + 1]?.focus();
  });
  // A form that is judged as it is typed: mark the fields that a fault names, and tie each to its words.
  addEventListener("htmx:afterSettle", (event) => {
    const form = event.target.matches?.("[data-judges]") && event.target.closest("form");
    if (!form) return;
    form.querySelectorAll(".sb-error").forEach((one) => one.remove());
    form.querySelectorAll("[aria-invalid]").forEach((one) => ["aria-invalid", "aria-describedby"].forEach((name) => one.removeAttribute(name)));
    event.target.querySelectorAll("[data-fields]").forEach((wrong) => wrong.dataset.fields.split(" ").forEach((name) => {
      const field = form.elements[name];
      field?.setAttribute?.("aria-invalid", "true");
      field?.setAttribute?.("aria-describedby", wrong.id);
    }));
  });
  addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.matches?.(".g-fold-box")) event.target.click(); });
}
