// data-here="lon lat crs": a button that fills in where the phone is now; without a position service it stays hidden.
export function here(root) {
  for (const box of root.querySelectorAll?.("[data-here]") ?? []) {
    if (!navigator.geolocation || !isSecureContext || box.dataset.ready) continue;
    box.dataset.ready = "1";
    box.hidden = false;
    const [button, said] = [box.querySelector("button"), box.querySelector("[role=status]")];
    const put = (name, value) => {
      const field = box.closest("form").elements[name];
      if (!field) return;
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    };
    button.addEventListener("click", () => {
      said.textContent = "正在取位置";
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          const [lon, lat, crs] = box.dataset.here.split(" ");
          put(lon, coords.longitude.toFixed(6));
          put(lat, coords.latitude.toFixed(6));
          put(crs, "WGS84");
          said.textContent = `已填入，误差约 ${Math.round(coords.accuracy)} 米`;
        },
        (error) => { said.textContent = error.code === 1 ? "没有取得定位许可，请在浏览器设置中允许，或手工填写。" : "没有取到位置，请到开阔处再试，或手工填写。"; },
        { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
      );
    });
  }
}
