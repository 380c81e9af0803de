// Minutes left of a hold: shown each minute, spoken at five and at one, the form that prolongs from five on.

const MINUTE = 60_000;

for (const notice of document.querySelectorAll("[data-countdown]")) {
  const until = Date.now() + 1000 * notice.dataset.countdown;
  const left = notice.querySelector(".hold-left");
  const speech = notice.querySelector("[role=status]");
  const form = notice.querySelector("form");
  let spoken = Infinity;

  const words = (minutes, over) => {
    if (over) return notice.dataset.over;
    return minutes < 1 ? notice.dataset.last : notice.dataset.left.replace("{minutes}", minutes);
  };

  const tick = () => {
    const remaining = until - Date.now();
    const over = remaining <= 0;
    // Rounded up, so that the whole last minute still says one.
    const minutes = Math.max(0, Math.ceil(remaining / MINUTE));
    left.textContent = words(minutes, over);
    if (form) form.hidden = over || minutes > 5;
    const threshold = over ? 0 : minutes <= 1 ? 1 : minutes <= 5 ? 5 : Infinity;
    if (threshold < spoken) {
      spoken = threshold;
      speech.textContent = words(minutes, over);
    }
    if (!over) setTimeout(tick, remaining % MINUTE || MINUTE);
  };
  tick();
}
