// Keying paper sheets faster. Everything works without this: Tab leads on, Enter saves.
const form = document.querySelector("#keying");
const groups = [...form.querySelectorAll(".digits")];

// The cursor goes on when a group is full, and back from an empty one.
const lead = (from, step) => {
  const next = groups[groups.indexOf(from) + step];
  if (next) {
    next.focus();
    next.select();
  }
};
form.addEventListener("input", event => {
  const size = Number(event.target.dataset.size);
  if (size && event.inputType !== "deleteContentBackward" && event.target.value.length === size) lead(event.target, 1);
});
form.addEventListener("keydown", event => {
  if (event.key === "Backspace" && event.target.value === "" && groups.includes(event.target)) {
    event.preventDefault();
    lead(event.target, -1);
  }
});
