// « 9 h », « 9 h 30 »: hours as sentences say them, by the patterns that *element* carries in data-hour and data-hour-and-minutes.

export function hourWords(element, hour, minutes) {
  const pattern = minutes ? element.dataset.hourAndMinutes : element.dataset.hour;
  return (pattern ?? "{hour}:{minutes}").replace("{hour}", hour).replace("{minutes}", String(minutes).padStart(2, "0"));
}
