// Live preview of a form: what is typed is posted to data-preview after a pause, the answer fills #data-preview-into.

const PAUSE = 400;

for (const form of document.querySelectorAll("form[data-preview]")) {
  const region = document.getElementById(form.dataset.previewInto);
  let waiting;
  let asked;

  const refresh = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(form.dataset.preview, {
        method: "POST",
        body: new FormData(form),
        signal: asked.signal,
      });
      if (answer.ok && !answer.redirected) region.innerHTML = await answer.text();
    } catch (error) {
      // Cut off by a newer question, or no network: the last preview stays, the button still works.
      if (!["AbortError", "TypeError"].includes(error.name)) throw error;
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, PAUSE);
  });
}
