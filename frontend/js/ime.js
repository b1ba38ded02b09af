// Half-typed pinyin must not search: hold `input` back while composing, send one when the word is there.
addEventListener("input", (event) => {
  if (event.isComposing) event.stopImmediatePropagation();
}, true);
addEventListener("compositionend", (event) => {
  event.target.dispatchEvent(new Event("input", { bubbles: true }));
}, true);
// Enter that only confirms a candidate word must not submit the form (Safari says isComposing=false with key code 229).
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.stopImmediatePropagation();
}, true);
