// Shows a group of fields only while the radio « another » of the named choice is ticked. Without script it is always there.
for (const group of document.querySelectorAll("[data-another]")) {
  const radios = [...document.querySelectorAll(`input[name="${group.dataset.another}"]`)];
  const follow = () => { group.hidden = !radios.some((radio) => radio.checked && radio.value === "autre"); };
  for (const radio of radios) radio.addEventListener("change", follow);
  follow();
}
