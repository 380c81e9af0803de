// A click on free time of the agenda offers what may begin then: the links of the day's « + », with the hour.

import { hourWords } from "./hours.js";

const QUARTER = 15;
const sheet = document.getElementById("sheet");
const dialog = document.getElementById("free-dialog");

sheet.addEventListener("click", (event) => {
  const column = event.target.closest(".column[data-day]");
  if (!column || event.defaultPrevented || event.target.closest(".block") || getComputedStyle(column).display !== "grid") return;
  const { first, last } = column.closest(".agenda").dataset;
  const { top, height } = column.getBoundingClientRect();
  const minute = Number(first) * 60 + ((event.clientY - top) / height) * (last - first) * 60;
  const at = Math.floor(minute / QUARTER) * QUARTER;
  offer(column, Math.floor(at / 60), at % 60);
});

function offer(column, hour, minutes) {
  const time = hourWords(sheet, hour, minutes);
  dialog.querySelector("h2").textContent = sheet.dataset.step.replace("{day}", column.dataset.label).replace("{time}", time);
  const links = [...column.closest(".agenda-day").querySelectorAll(".add a")].map((link) => {
    const item = document.createElement("li");
    const copy = item.appendChild(document.createElement("a"));
    const url = new URL(link.href);
    url.searchParams.set("heure", `${String(hour).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`);
    copy.href = url;
    copy.textContent = sheet.dataset.at.replace("{what}", link.textContent).replace("{time}", time);
    return item;
  });
  dialog.querySelector("ul").replaceChildren(...links);
  dialog.showModal();
}

dialog.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest("button")) dialog.close();
});
