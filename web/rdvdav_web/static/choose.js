// Several slots in one go: how many are chosen, and no more than one may. Without script the server says it.

for (const form of document.querySelectorAll("[data-choose]")) {
  const most = Number(form.dataset.choose);
  const said = form.querySelector(".choice-bar [role=status]");

  const count = () => {
    const boxes = [...form.querySelectorAll("input[name=creneau]")];
    const chosen = boxes.filter((box) => box.checked).length;
    const { none, one, many } = said.dataset;
    said.textContent = chosen === 0 ? none : chosen === 1 ? one : many.replace("{chosen}", chosen);
    for (const box of boxes) box.disabled = !box.checked && chosen >= most;
  };
  form.addEventListener("change", count);
  count();
}
