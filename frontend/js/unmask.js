// A password may be looked at before it is sent (ASVS 2.1.12). It is covered again when the form goes, so that a
// browser does not keep it as an ordinary text.
export function unmask(root) {
  for (const field of root.querySelectorAll?.("input[type=password]") ?? []) {
    if (field.closest(".g-secret")) continue;
    const box = Object.assign(document.createElement("span"), { className: "g-secret" });
    const button = Object.assign(document.createElement("button"), { type: "button", className: "g-secret-btn" });
    const cover = (covered) => {
      field.type = covered ? "password" : "text";
      button.textContent = covered ? "显示" : "隐藏";
      button.setAttribute("aria-label", button.textContent + name);
    };
    const name = field.labels?.[0]?.textContent.trim() ?? "密码";
    const begun = document.activeElement === field;
    field.replaceWith(box);
    box.append(field, button);
    if (begun) field.focus();
    cover(true);
    button.addEventListener("click", () => cover(field.type === "text"));
    field.form?.addEventListener("submit", () => cover(true));
  }
}
