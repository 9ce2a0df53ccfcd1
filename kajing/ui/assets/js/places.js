// A form marked data-locate takes the position along when the person allows it; without it the words they write count.
import { all, find, words } from "./page.js";

export function locate() {
  for (const form of all("form[data-locate]")) {
    if (form.dataset.asked || !navigator.geolocation || !isSecureContext) continue;
    form.dataset.asked = "1";
    const status = find("[data-locate-status] span", form);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.latitude.value = coords.latitude.toFixed(6);
        form.elements.longitude.value = coords.longitude.toFixed(6);
        form.elements.accuracy.value = Math.round(coords.accuracy);
        status.textContent = words.located.replace("%(metres)s", Math.round(coords.accuracy));
      },
      () => {
        status.textContent = words.notLocated;
      },
      { enableHighAccuracy: true, maximumAge: 30_000, timeout: 10_000 },
    );
  }
}
