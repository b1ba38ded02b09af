// A form with data-draft saves what was typed to the server, two seconds after the last key.
const token = () => document.querySelector('meta[name="csrf-token"]').content;
export function draft(root) {
  const forms = [...root.querySelectorAll("form[data-draft]")];
  if (root.matches?.("form[data-draft]")) forms.push(root);
  for (const form of forms) {
    if (form.dataset.drafting) continue;
    form.dataset.drafting = "1";
    const said = form.querySelector("[data-saved]");
    let timer = 0;
    let sending = null;
    async function save() {
      sending?.abort();
      sending = new AbortController();
      try {
        const answer = await fetch(form.dataset.draft, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "X-CSRFToken": token(), "X-Requested-With": "draft" }, signal: sending.signal });
        if (said) said.textContent = answer.ok ? `草稿已保存 ${(await answer.json()).at}` : "草稿未能保存，请尽快提交";
      } catch (error) {
        if (said && error.name !== "AbortError") said.textContent = "网络不通，草稿未保存";
      }
    }
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(save, 2000);
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      sending?.abort();
    });
  }
}
