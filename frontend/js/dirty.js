// Leaving a changed form asks first; a form is sent once.
export function dirty() {
  let changed = false;
  addEventListener("input", (e) => { if (e.target.closest?.("form[data-dirty]")) changed = true; });
  addEventListener("submit", (e) => {
    if (e.defaultPrevented) return;
    changed = false;
    const button = e.submitter;
    if (button && e.target.method === "post") {
      // After the browser has collected the form, so that the button's own value is sent.
      setTimeout(() => button.setAttribute("data-waiting", ""), 0);
      setTimeout(() => button.removeAttribute("data-waiting"), 8000);
    }
  });
  addEventListener("pageshow", () => document.querySelectorAll("[data-waiting]").forEach((b) => b.removeAttribute("data-waiting")));
  addEventListener("beforeunload", (e) => {
    if (!changed || document.querySelector("form[data-draft] [data-kept]")) return;
    e.preventDefault();
    e.returnValue = "";
  });
}
