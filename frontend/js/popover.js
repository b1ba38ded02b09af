// <details data-popover>: closes on Escape and on a click elsewhere, and stays inside the window.
export function popover() {
  const open = () => document.querySelectorAll("details[data-popover][open]");
  addEventListener("click", (event) => open().forEach((d) => { if (!d.contains(event.target)) d.open = false; }));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") open().forEach((d) => { d.open = false; d.querySelector("summary").focus(); });
  });
  addEventListener("toggle", (event) => {
    const box = event.target.matches?.("details[data-popover]") && event.target.querySelector(".g-pop");
    if (!box || !event.target.open) return;
    Object.assign(box.style, { position: "", left: "", right: "", top: "", transform: "" });
    if (getComputedStyle(box).position === "fixed") return; // a sheet at the foot of a phone stands where it should
    const wide = document.documentElement.clientWidth; // innerWidth grows with what sticks out of a phone's page
    const r = box.getBoundingClientRect();
    // A scrolling table would cut the box off: fix it to the window instead.
    if (event.target.closest(".g-table-wrap, .g-tabs, .g-facts")) {
      const at = event.target.querySelector("summary").getBoundingClientRect();
      const top = at.bottom + r.height + 8 > innerHeight ? Math.max(8, at.top - r.height - 4) : at.bottom + 4;
      Object.assign(box.style, { position: "fixed", left: `${Math.max(8, Math.min(at.left, wide - r.width - 16))}px`, right: "auto", top: `${top}px` });
      return;
    }
    if (r.right > wide - 8) box.style.transform = `translateX(${wide - 8 - r.right}px)`;
    else if (r.left < 8) box.style.transform = `translateX(${8 - r.left}px)`;
  }, true);
  addEventListener("scroll", () => open().forEach((d) => { if (d.querySelector(".g-pop")?.style.position === "fixed") d.open = false; }), { passive: true });
}
