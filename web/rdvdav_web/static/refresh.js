// A region kept fresh: each minute, when the tab is seen and nothing inside has focus, it is replaced by its new self.

const MINUTE = 60_000;

for (const region of document.querySelectorAll("[data-refresh]")) {
  const refresh = async () => {
    if (document.hidden || region.contains(document.activeElement)) return;
    try {
      const answer = await fetch(region.dataset.refresh);
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(region.id);
      // Focus may have come in while the answer was on its way.
      if (fresh && !region.contains(document.activeElement)) region.replaceChildren(...fresh.childNodes);
    } catch (error) {
      // No network: what is shown stays, the next minute tries again.
      if (error.name !== "TypeError") throw error;
    }
  };
  setInterval(refresh, MINUTE);
}
