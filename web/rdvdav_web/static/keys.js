// Keys that act alone on every page of the agents: « / » searches for a person, « ? » lists the keys.
// Not for who types, nor for who switched single keys off (WCAG 2.1.4).

const dialog = document.getElementById("keys-dialog");

addEventListener("keydown", (event) => {
  const busy = event.target.closest?.("input, select, textarea, [contenteditable]") || document.querySelector("dialog[open]");
  if (busy || event.ctrlKey || event.altKey || event.metaKey || document.body.dataset.keys === "off") return;
  const search = document.getElementById("find-person");
  if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
    search.select();
  }
  if (event.key === "?") dialog.showModal();
});

dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
