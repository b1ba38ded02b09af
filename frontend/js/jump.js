// Links of an error summary put the cursor into the field, not only on the screen.
export function jump() {
  addEventListener("click", (event) => {
    const link = event.target.closest("a[data-jump]");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    const target = field.hidden ? field.closest(".g-field").querySelector("select,input:not([hidden])") : field;
    field.closest(".g-field")?.scrollIntoView({ block: "center" });
    target.focus({ preventScroll: true });
  });
}
