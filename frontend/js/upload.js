// Resumable upload (tus). <div class="g-upload" data-upload data-endpoint="…" data-meta='{"k":"v"}' data-name="documents">
import { Upload } from "tus-js-client";

const token = () => document.querySelector('meta[name="csrf-token"]').content;
const size = (n) => (n < 1048576 ? `${(n / 1024).toFixed(0)} KB` : `${(n / 1048576).toFixed(1)} MB`);
function start(box, file, list) {
  const line = document.createElement("li");
  line.innerHTML = '<span></span><span></span><svg class="g-bar-track" aria-hidden="true"><rect width="0" height="100%"/></svg><button type="button" class="btn btn-sm">暂停</button>';
  const [name, state, track, button] = line.children;
  name.textContent = `${file.name}（${size(file.size)}）`;
  list.append(line);
  const upload = new Upload(file, {
    endpoint: box.dataset.endpoint,
    chunkSize: 4 * 1024 * 1024,
    retryDelays: [0, 1000, 3000, 5000, 10000, 30000],
    removeFingerprintOnSuccess: true,
    metadata: { filename: file.name, filetype: file.type, ...JSON.parse(box.dataset.meta || "{}") },
    onBeforeRequest: (request) => request.setHeader("X-CSRFToken", token()),
    onProgress: (sent, total) => {
      track.firstElementChild.setAttribute("width", `${((sent / total) * 100).toFixed(1)}%`);
      state.textContent = `${size(sent)} / ${size(total)}`;
    },
    onError: (error) => {
      state.textContent = error.originalResponse?.getHeader("X-Message") ? decodeURIComponent(error.originalResponse.getHeader("X-Message")) : "没有传完，可以继续";
      button.textContent = "继续";
      paused = true;
    },
    onSuccess: () => {
      state.textContent = "已上传";
      button.remove();
      const input = Object.assign(document.createElement("input"), { type: "hidden", name: box.dataset.name || "documents", value: upload.url.split("/").filter(Boolean).pop() });
      line.append(input);
      box.dispatchEvent(new CustomEvent("uploaded", { bubbles: true, detail: { url: upload.url, name: file.name } }));
    },
  });
  let paused = false;
  button.onclick = () => {
    paused = !paused;
    button.textContent = paused ? "继续" : "暂停";
    paused ? upload.abort() : upload.start();
  };
  upload.findPreviousUploads().then((previous) => {
    if (previous.length) upload.resumeFromPreviousUpload(previous[0]);
    upload.start();
  });
}
for (const box of document.querySelectorAll("[data-upload]")) {
  const input = box.querySelector('input[type="file"]');
  const list = box.querySelector(".g-upload-list");
  const take = (files) => [...files].forEach((f) => start(box, f, list));
  input.addEventListener("change", () => { take(input.files); input.value = ""; });
  box.addEventListener("dragover", (e) => { e.preventDefault(); box.setAttribute("data-over", ""); });
  box.addEventListener("dragleave", () => box.removeAttribute("data-over"));
  box.addEventListener("drop", (e) => { e.preventDefault(); box.removeAttribute("data-over"); take(e.dataTransfer.files); });
}
