"use strict";
document.documentElement.classList.add("js");
const byId = (name) => document.getElementById(name);
const list = byId("cards");
const cards = Array.from(list.children).map((element, place) => ({
  element, place,
  values: JSON.parse(element.dataset.values),
  words: element.dataset.words.toLowerCase(),
  content: element.dataset.content,
  algorithm: element.dataset.algorithm,
}));

/* Sorting: values are turned so that higher is better; what is missing always comes last. */
const sort = byId("sort");
const worst = byId("worst");
const compareWords = (a, b) => a.localeCompare(b, undefined, { numeric: true });
function arrange() {
  const grouped = "within" in sort.selectedOptions[0].dataset;
  const chosen = Number(sort.value);
  const turn = worst.getAttribute("aria-pressed") === "true" ? -1 : 1;
  const byScore = (a, b) => {
    const [x, y] = [a.values[chosen], b.values[chosen]];
    if (x === null || y === null) return (x === null) - (y === null) || a.place - b.place;
    return turn * (y - x) || a.place - b.place;
  };
  cards.sort((a, b) => (grouped ? compareWords(a.content, b.content) : 0) || byScore(a, b));
  list.append(...cards.map((card) => card.element));
  for (const { element } of cards) {
    element.querySelectorAll(".scores tbody tr").forEach((row, i) => row.classList.toggle("chosen", i === chosen));
  }
}
sort.addEventListener("change", arrange);
worst.addEventListener("click", () => {
  worst.setAttribute("aria-pressed", String(worst.getAttribute("aria-pressed") !== "true"));
  arrange();
});

/* Filters. */
const content = byId("content");
const algorithm = byId("algorithm");
const find = byId("find");
function filter() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const card of cards) {
    const wanted = (!content?.value || card.content === content.value.slice(1))
      && (!algorithm?.value || card.algorithm === algorithm.value.slice(1))
      && words.every((word) => card.words.includes(word));
    card.element.hidden = !wanted;
    shown += wanted;
  }
  byId("shown").textContent = `${shown} of ${cards.length} images`;
  byId("none").hidden = shown > 0;
}
content?.addEventListener("change", filter);
algorithm?.addEventListener("change", filter);
find.addEventListener("input", filter);

/* The whole image or a cut-out at full resolution. */
const closer = document.querySelectorAll("#far, #near");
closer.forEach((button) => button.addEventListener("click", () => {
  closer.forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
  document.body.classList.toggle("closer", button.id === "near");
}));

/* A browser may bring back what was chosen before a reload. */
arrange();
filter();
