// Narrow menu and larger type, kept in cookies so that the server draws the page right at once; the phone menu.
function keep(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
}
export function modes() {
  const html = document.documentElement;
  const menu = document.getElementById("menu");
  menu?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" }); // a long menu opens where the page stands
  const show = (on) => {
    menu?.toggleAttribute("data-open", on);
    if (on) menu.querySelector("a[aria-current], .g-side-link")?.focus();
  };
  addEventListener("click", (event) => {
    const fold = event.target.closest("[data-fold]");
    if (fold) {
      const narrow = html.dataset.side !== "narrow";
      narrow ? (html.dataset.side = "narrow") : delete html.dataset.side;
      fold.setAttribute("aria-pressed", String(narrow));
      keep("g_side", narrow ? "narrow" : "wide");
    }
    const type = event.target.closest("[data-large-type]");
    if (type) {
      const large = html.dataset.type !== "large";
      large ? (html.dataset.type = "large") : delete html.dataset.type;
      type.setAttribute("aria-pressed", String(large));
      keep("g_type", large ? "large" : "normal");
    }
    if (event.target.closest("[data-menu-open]")) {
      event.preventDefault();
      show(true);
    } else if (event.target.closest(".g-side-veil, .g-side-close")) {
      event.preventDefault();
      show(false);
      if (location.hash === "#menu") location.hash = "main";
    }
  });
  addEventListener("keydown", (event) => { if (event.key === "Escape") show(false); });
}
