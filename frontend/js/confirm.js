// data-confirm on a form or button, and hx-confirm: one dialog in Chinese instead of the browser's own.
let box = null;
function ask(text) {
  if (!box) {
    box = document.createElement("dialog");
    box.className = "g-ask";
    box.innerHTML = '<form method="dialog"><p></p><div><button class="btn" value="no">取消</button><button class="btn btn-primary" value="yes">确定</button></div></form>';
    document.body.append(box);
  }
  box.querySelector("p").textContent = text;
  box.returnValue = "";
  box.showModal();
  return new Promise((done) => box.addEventListener("close", () => done(box.returnValue === "yes"), { once: true }));
}
export function confirmSubmit() {
  addEventListener("submit", async (event) => {
    const text = event.submitter?.dataset.confirm || event.target.dataset?.confirm;
    if (!text || event.target.dataset.sure) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { target, submitter } = event;
    if (!(await ask(text))) return;
    target.dataset.sure = "1";
    target.requestSubmit(submitter);
    delete target.dataset.sure;
  }, true);
  document.addEventListener("htmx:confirm", async (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    if (await ask(event.detail.question)) event.detail.issueRequest(true);
  });
}
