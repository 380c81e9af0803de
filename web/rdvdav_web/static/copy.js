// Copy buttons: shown only where the browser can copy, and they say « Copié » in sight and in speech.

for (const field of document.querySelectorAll("[data-copy]")) {
  const input = field.querySelector("input");
  const button = field.querySelector("button");
  const speech = field.querySelector("[role=status]");
  const label = button.firstChild.textContent;

  input.addEventListener("focus", () => input.select());
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(input.value);
    button.firstChild.textContent = speech.textContent = field.dataset.copied;
    setTimeout(() => {
      button.firstChild.textContent = label;
      speech.textContent = "";
    }, 3000);
  });
}
