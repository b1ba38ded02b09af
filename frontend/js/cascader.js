// Region cascader: province → city → county → township, one select per level; the server's select keeps the value.
export function cascader(root) {
  for (const box of root.querySelectorAll("[data-cascader]")) {
    if (box.dataset.ready || !box.dataset.source) continue;
    box.dataset.ready = "1";
    const kept = box.querySelector("select");
    const row = document.createElement("div");
    row.className = "g-cascade";
    const ask = async (query) => (await fetch(`${box.dataset.source}?${query}`, { headers: { Accept: "application/json" } })).json();
    const keep = (id, name) => {
      if (id && ![...kept.options].some((o) => o.value === String(id))) kept.add(new Option(name, id));
      kept.value = id ?? "";
      kept.dispatchEvent(new Event("input", { bubbles: true }));
      kept.dispatchEvent(new Event("change", { bubbles: true }));
    };
    function level(children, chosen, parent) {
      if (!children.length) return null;
      const select = document.createElement("select");
      select.className = "form-select";
      select.setAttribute("aria-label", `${box.dataset.label || "所在地"}（${children[0].level}）`);
      select.add(new Option(parent ? `全部` : "请选择", ""));
      for (const c of children) select.add(new Option(c.name, c.id, false, c.id === chosen));
      select.addEventListener("change", async () => {
        while (select.nextElementSibling) select.nextElementSibling.remove();
        const here = children.find((c) => String(c.id) === select.value);
        keep(here ? here.id : parent?.id, here ? here.name : parent?.name);
        if (here?.has_children) {
          const next = level((await ask(`parent=${here.id}`)).levels.at(-1).children, null, here);
          if (next) row.append(next);
        }
      });
      return select;
    }
    ask(kept.value ? `at=${kept.value}` : "").then(({ levels }) => {
      let parent = null;
      for (const { children, chosen } of levels) {
        const select = level(children, chosen, parent);
        if (select) row.append(select);
        parent = children.find((c) => c.id === chosen) || parent;
      }
      if (!row.childElementCount) return;
      kept.hidden = true;
      if (kept.required) row.firstElementChild.required = true;
      box.append(row);
    }).catch(() => {});
  }
}
