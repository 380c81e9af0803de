// Moving a block of the agenda: by mouse or pen on steps of five minutes, or with M and the arrows; a finger scrolls.
// Nothing is moved here: the page « Déplacer » is asked, and its check opens as a dialog. Refused or given up, the block goes back.

import { hourWords } from "./hours.js";

const STEP = 5;
const THRESHOLD = 5; // pixels: less is a click
const sheet = document.getElementById("sheet");
const live = document.getElementById("agenda-live");
const dialog = document.getElementById("agenda-dialog");
let move; // the block under way: where it came from, where it is

const say = (text) => {
  live.textContent = text;
};
const number = (block, name) => Number(block.className.match(new RegExp(`\\b${name}(\\d+)`))[1]);
const startOf = (block) => number(block, "from-h") * 60 + number(block, "from-m");
const lengthOf = (block) => number(block, "for-h") * 60 + number(block, "for-m");
const hoursOf = (column) => {
  const { first, last } = column.closest(".agenda").dataset;
  return [Number(first) * 60, Number(last) * 60];
};
const isGrid = (column) => getComputedStyle(column).display === "grid";
const pageOf = (block) => `${block.href}/${block.dataset.move}`; // where its moving is asked for
const timeText = (block) => block.querySelector(".block-time").firstChild;
const timeOf = (minute) => hourWords(sheet, Math.floor(minute / 60), minute % 60);

function begin(block) {
  const column = block.closest(".column");
  const home = { column, next: block.nextSibling, classes: block.className, minute: startOf(block), time: timeText(block).data };
  move = { block, home, column, minute: home.minute };
  block.classList.add("moving");
}

function put(column, minute) {
  const { block } = move;
  const [first, last] = hoursOf(column);
  const at = Math.max(first, Math.min(Math.round(minute / STEP) * STEP, last - lengthOf(block)));
  block.className = block.className
    .replace(/from-h\d+ from-m\d+/, `from-h${Math.floor(at / 60)} from-m${at % 60}`)
    .replace(/lane-\d+ of-\d+/, "lane-1 of-1");
  if (block.parentNode !== column) {
    move.carried = true; // leaving the document takes the focus away, which gives nothing up
    column.append(block);
    move.carried = false;
  }
  timeText(block).data = `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
  Object.assign(move, { column, minute: at });
}

function back(words) {
  const { block, home, keyboard } = move;
  put(home.column, home.minute);
  block.className = home.classes;
  timeText(block).data = home.time;
  move.carried = true;
  home.column.insertBefore(block, home.next);
  move = undefined;
  if (keyboard) block.focus();
  say(words ?? sheet.dataset.back);
}

async function ask() {
  const { block, home, column, minute } = move;
  if (column === home.column && minute === home.minute) return back();
  move.asking = true;
  const url = new URL(pageOf(block));
  url.search = new URLSearchParams({
    jour: column.dataset.day,
    heure: `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`,
    de: home.column.dataset.agenda,
    agenda: column.dataset.agenda,
    retour: location.pathname + location.search,
  });
  try {
    const answer = await fetch(url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const check = answer.ok && page.getElementById("check");
    if (answer.redirected) return location.assign(url); // signed out meanwhile
    if (!check) return back(page.querySelector("h1")?.textContent.trim());
    const title = page.createElement("h2"); // the page keeps the one h1 it has
    title.id = "check-title";
    title.append(...check.querySelector("h1").childNodes);
    check.querySelector("h1").replaceWith(title);
    dialog.replaceChildren(check);
    dialog.showModal();
  } catch (error) {
    if (error.name !== "TypeError") throw error;
    back(sheet.dataset.offline);
  }
}

dialog.addEventListener("close", () => move && back());
dialog.addEventListener("click", (event) => {
  if (!event.target.closest("[data-keep]")) return;
  event.preventDefault();
  dialog.close();
});

// --- keyboard

function step(event) {
  const days = [...sheet.querySelectorAll(".column[data-day]")].filter((each) => each.closest(".agenda") === move.column.closest(".agenda"));
  const far = event.shiftKey ? 6 * STEP : STEP;
  const sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const down = { ArrowUp: -far, ArrowDown: far }[event.key];
  const column = sideways ? days[days.indexOf(move.column) + sideways] : move.column;
  if (!column) return say(sheet.dataset.edge);
  put(column, move.minute + (down ?? 0));
  move.block.focus();
  say(sheet.dataset.step.replace("{day}", column.dataset.label).replace("{time}", timeOf(move.minute)));
}

sheet.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || move?.asking) return;
  const block = event.target.closest(".block[data-move]");
  if (!move && block && event.key.toLowerCase() === "m" && document.body.dataset.keys !== "off") {
    event.preventDefault();
    if (!isGrid(block.closest(".column"))) return location.assign(pageOf(block));
    begin(block);
    move.keyboard = true;
    say(sheet.dataset.begin);
  } else if (move?.keyboard && event.key.startsWith("Arrow")) {
    event.preventDefault();
    step(event);
  } else if (move?.keyboard && event.key === "Enter") {
    event.preventDefault();
    ask();
  }
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && move && !move.asking) back();
});
sheet.addEventListener("focusout", () => {
  if (move?.keyboard && !move.carried && !move.asking) back();
});

// --- mouse and pen

let pressed;

sheet.addEventListener("pointerdown", (event) => {
  const block = event.target.closest(".block[data-move]");
  if (move || !block || event.button !== 0 || event.pointerType === "touch" || !isGrid(block.closest(".column"))) return;
  pressed = { block, x: event.clientX, y: event.clientY, under: minuteAt(block.closest(".column"), event.clientY) - startOf(block) };
});
sheet.addEventListener("dragstart", (event) => event.target.closest?.(".block") && event.preventDefault());

addEventListener("pointermove", (event) => {
  if (!pressed) return;
  if (!move && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < THRESHOLD) return;
  if (!move) begin(pressed.block);
  const under = document.elementsFromPoint(event.clientX, event.clientY).find((each) => each.matches(".column[data-day]"));
  const column = under ?? move.column;
  put(column, minuteAt(column, event.clientY) - pressed.under);
});
addEventListener("pointerup", () => {
  if (pressed && move) {
    // What a release over a block would open must not open.
    const stop = (event) => event.preventDefault();
    addEventListener("click", stop, true);
    setTimeout(() => {
      removeEventListener("click", stop, true);
      ask();
    });
  }
  pressed = undefined;
});
addEventListener("pointercancel", () => {
  pressed = undefined;
  if (move && !move.asking) back();
});

function minuteAt(column, y) {
  const { top, height } = column.getBoundingClientRect();
  const [first, last] = hoursOf(column);
  return first + ((y - top) / height) * (last - first);
}
