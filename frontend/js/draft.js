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
        // A refusal says in ``why`` what to do; an answer that is no JSON (signed out, too large for the server) does not.
        const { at, why } = await answer.json().catch(() => ({}));
        // Only an answer that names the minute has kept it: a page that was sent instead has not.
        say(at ? `草稿已保存 ${at}` : why || "草稿未能保存，请尽快提交", !at);
      } catch (error) {
        if (error.name !== "AbortError") say("网络不通，草稿未保存", true);
      }
    }
    function say(text, failed) {
      if (!said) return;
      said.textContent = text;
      said.toggleAttribute("data-failed", failed);
      said.toggleAttribute("data-kept", !failed);
      said.parentElement.toggleAttribute("data-stays", failed); // in sight, however long the form is
    }
    form.addEventListener("input", () => {
      said?.removeAttribute("data-kept");
      clearTimeout(timer);
      timer = setTimeout(save, 2000);
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      sending?.abort();
    });
  }
}
