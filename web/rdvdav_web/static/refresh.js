// A region kept fresh: each minute, when the tab is seen and nothing inside has focus or is being moved, it is replaced by its new self.
// With data-tag the server answers 304 as long as nothing would change, and says the time of its clocks in X-Now: [data-updated] says it.

import { hourWords } from "./hours.js";

const MINUTE = 60_000;

for (const region of document.querySelectorAll("[data-refresh]")) {
  const busy = () =>
    document.hidden || region.contains(document.activeElement) || document.querySelector("dialog[open], .moving");

  const stamp = (time) => {
    const line = region.querySelector("[data-updated]");
    if (line && time) line.textContent = line.dataset.updated.replace("{time}", hourWords(region, ...time.split(":").map(Number)));
  };

  const refresh = async () => {
    if (busy()) return;
    const known = region.dataset.tag ? { "If-None-Match": `"${region.dataset.tag}"` } : {};
    try {
      const answer = await fetch(region.dataset.refresh, { headers: known });
      if (answer.status === 304) stamp(answer.headers.get("X-Now"));
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(region.id);
      // Focus may have come in while the answer was on its way.
      if (!fresh || busy()) return;
      region.replaceChildren(...fresh.childNodes);
      if (fresh.dataset.tag) region.dataset.tag = fresh.dataset.tag;
    } catch (error) {
      // No network: what is shown stays, the next minute tries again.
      if (error.name !== "TypeError") throw error;
    }
  };
  setInterval(refresh, MINUTE);
}
