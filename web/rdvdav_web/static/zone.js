// A second line under the zone of the page when the device keeps another time: « Sur votre appareil : 7 h ».

const own = Intl.DateTimeFormat().resolvedOptions().timeZone;

const shown = (instant, zone) =>
  new Intl.DateTimeFormat("en-GB", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(instant);

for (const line of document.querySelectorAll("[data-zone]")) {
  const instant = new Date(line.dataset.instant);
  // Compared by what clocks show: two names may well be one time.
  if (shown(instant, own) === shown(instant, line.dataset.zone)) continue;
  const parts = new Intl.DateTimeFormat("en-GB", { hour: "numeric", minute: "2-digit", hour12: false }).formatToParts(instant);
  const part = (type) => parts.find((each) => each.type === type).value;
  const hour = Number(part("hour"));
  const pattern = part("minute") === "00" ? line.dataset.hour : line.dataset.hourAndMinutes;
  const time = pattern.replace("{hour}", hour).replace("{minutes}", part("minute"));
  line.append(document.createElement("br"), line.dataset.words.replace("{time}", time));
}
