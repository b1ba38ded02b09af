// A file field as our own button and drop zone. <div class="g-upload g-pick" data-pick><input type="file"><label>…</label><p data-picked>…</p></div>
// The input itself stays in the tab order (only unseen): Tab reaches it, Enter or Space opens the choice.
const size = (n) => (n < 1048576 ? `${Math.max(1, Math.round(n / 1024))} KB` : `${(n / 1048576).toFixed(1)} MB`);

export function pick(root) {
  for (const box of root.querySelectorAll?.("[data-pick]") || []) {
    if (box.dataset.picking) continue;
    box.dataset.picking = "1";
    const input = box.querySelector('input[type="file"]');
    const said = box.querySelector("[data-picked]");
    const none = said.textContent;
    const tell = () => {
      const file = input.files[0];
      said.textContent = file ? `已选择：${file.name}（${size(file.size)}）` : none;
      box.toggleAttribute("data-chosen", !!file);
    };
    let depth = 0;
    input.addEventListener("change", tell);
    box.addEventListener("dragenter", (e) => { e.preventDefault(); depth += 1; box.setAttribute("data-over", ""); });
    box.addEventListener("dragover", (e) => e.preventDefault());
    box.addEventListener("dragleave", () => { depth -= 1; if (depth <= 0) { depth = 0; box.removeAttribute("data-over"); } });
    box.addEventListener("drop", (e) => {
      e.preventDefault();
      depth = 0;
      box.removeAttribute("data-over");
      if (!e.dataTransfer.files.length) return;
      const one = new DataTransfer();
      one.items.add(e.dataTransfer.files[0]);
      input.files = one.files;
      tell();
    });
    tell();
  }
}
