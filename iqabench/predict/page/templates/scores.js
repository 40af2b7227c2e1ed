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

/* One pair, large: a click or the space bar turns between restored and degraded. */
const dialog = byId("large");
const stage = byId("stage");
const sides = [byId("after"), byId("before")];
function turnTo(before) {
  dialog.classList.toggle("before", before);
  sides.forEach((button, i) => button.setAttribute("aria-pressed", String(Boolean(i) === before)));
  stage.setAttribute("aria-label", `Shown: ${before ? "degraded" : "restored"} image. Turn to the other`);
}
list.addEventListener("click", (event) => {
  const opener = event.target.closest(".flip");
  if (!opener) return;
  const card = opener.closest(".card");
  const views = Array.from(card.querySelectorAll(".view")).reverse().map((view) => view.cloneNode(true));
  stage.replaceChildren(...views);
  const image = Array.from(card.querySelectorAll(".view img")).find((one) => one.offsetWidth > 0);
  stage.style.setProperty("--ratio", image ? image.naturalWidth / image.naturalHeight : 1.5);
  byId("large-title").textContent = card.dataset.name;
  byId("turning").hidden = views.length < 2;
  turnTo(false);
  dialog.showModal();
  stage.focus();
});
stage.addEventListener("click", () => {
  if (stage.children.length > 1) turnTo(!dialog.classList.contains("before"));
});
sides.forEach((button, i) => button.addEventListener("click", () => turnTo(Boolean(i))));
byId("close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

/* A browser may bring back what was chosen before a reload. */
arrange();
filter();
