// Live preview of a form, or of a part of it: what is typed there is posted to data-preview after a pause, with the whole form, and
// the answer fills #data-preview-into. What is ticked inside that answer asks nothing.

const PAUSE = 400;

for (const part of document.querySelectorAll("[data-preview]")) {
  const region = document.getElementById(part.dataset.previewInto);
  let waiting;
  let asked;
  let shown;

  const refresh = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(part.dataset.preview, {
        method: "POST",
        body: new FormData(part.closest("form")),
        signal: asked.signal,
      });
      const text = answer.ok && !answer.redirected ? await answer.text() : shown;
      if (text !== shown) region.innerHTML = shown = text; // what has the focus there keeps it when nothing is new
    } catch (error) {
      // Cut off by a newer question, or no network: the last preview stays, the button still works.
      if (!["AbortError", "TypeError"].includes(error.name)) throw error;
    }
  };

  part.addEventListener("input", (event) => {
    if (region.contains(event.target)) return;
    clearTimeout(waiting);
    waiting = setTimeout(refresh, PAUSE);
  });
}
