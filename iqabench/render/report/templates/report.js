"use strict";
document.documentElement.classList.add("js");
const byId = (name) => document.getElementById(name);
const data = JSON.parse(byId("data").textContent);

/* Leaderboard: sorting. Numbers by value, words by the reader's language, what is missing always last. */
const board = byId("board");
const rowsOf = () => Array.from(board.tBodies[0].rows);
const original = new Map(rowsOf().map((row, place) => [row, place]));

function sortBy(heading, descending) {
  const name = heading.dataset.name;
  const numeric = heading.classList.contains("number");
  const valueOf = (row) => {
    const text = row.querySelector(`[data-name="${name}"]`).dataset.value;
    return text === "" ? null : numeric ? Number(text) : text;
  };
  const keyed = rowsOf().map((row) => [valueOf(row), row]);
  keyed.sort(([a, rowA], [b, rowB]) => {
    if (a === null || b === null) return (a === null) - (b === null) || original.get(rowA) - original.get(rowB);
    const order = numeric ? a - b : a.localeCompare(b, undefined, { numeric: true });
    return (descending ? -order : order) || original.get(rowA) - original.get(rowB);
  });
  board.tBodies[0].append(...keyed.map(([, row]) => row));
  board.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
}

board.tHead.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const heading = button.closest("th");
  const now = heading.getAttribute("aria-sort");
  sortBy(heading, now ? now === "ascending" : button.dataset.descending === "true");
});

/* Leaderboard: filters. */
const boxes = Array.from(document.querySelectorAll('input[name="paradigm"]'));
function filter() {
  const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  const words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rowsOf()) {
    const name = row.querySelector('[data-name="method"]').dataset.value.toLowerCase();
    row.hidden = !(wanted.has(row.dataset.paradigm) && words.every((word) => name.includes(word)));
    shown += !row.hidden;
  }
  byId("shown").textContent = `${shown} of ${original.size} runs`;
}
boxes.forEach((box) => box.addEventListener("change", filter));
byId("find").addEventListener("input", filter);
const columns = byId("columns");
columns?.addEventListener("click", () => {
  const all = columns.getAttribute("aria-pressed") !== "true";
  columns.setAttribute("aria-pressed", String(all));
  board.classList.toggle("all", all);
});
filter(); /* a browser may bring back what was typed before a reload */

/* Scatter: one panel at a time, and the name of the image under the pointer. */
const panel = byId("panel");
const panels = Array.from(document.querySelectorAll(".panel"));
function choosePanel() {
  panels.forEach((one) => { one.hidden = one.dataset.run !== panel.value; });
}
if (panel) {
  panel.addEventListener("change", choosePanel);
  choosePanel();
}
const REACH = 14;
for (const figure of panels) {
  const svg = figure.querySelector("svg");
  const mark = figure.querySelector(".pointed");
  const readout = figure.querySelector(".readout");
  const idle = readout.textContent;
  const run = data.runs[figure.dataset.run];
  const mosSign = Number(figure.dataset.mosSign);
  let places = null;
  const place = (numbers) => {
    const [low, high, start, end] = numbers.split(" ").map(Number);
    return (value) => start + ((value - low) / (high - low)) * (end - start);
  };
  const located = () => {
    const x = place(figure.dataset.x);
    const y = place(figure.dataset.y);
    return data.images.map((_, i) => run.scores[i] === null || data.labels[i] === null
      ? null : [x(run.sign * run.scores[i]), y(mosSign * data.labels[i])]);
  };
  svg.addEventListener("pointermove", (event) => {
    places ??= located();
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    let nearest = -1;
    let distance = REACH;
    places.forEach((spot, i) => {
      const away = spot ? Math.hypot(spot[0] - at.x, spot[1] - at.y) : Infinity;
      if (away < distance) [nearest, distance] = [i, away];
    });
    if (nearest < 0) return;
    mark.setAttribute("cx", places[nearest][0]);
    mark.setAttribute("cy", places[nearest][1]);
    readout.textContent = `${data.images[nearest]}: score ${run.scores[nearest]}, ${data.label} ${data.labels[nearest]}`;
  });
  svg.addEventListener("pointerleave", () => {
    mark.setAttribute("cx", -20);
    readout.textContent = idle;
  });
}

/* Disagreement: cards of the chosen pair. Text goes in as text, never as markup. */
const first = byId("first");
const second = byId("second");
function said(values, ranks, i) {
  const known = values[i] !== null && ranks[i] !== null;
  return known ? `rank ${ranks[i]} of ${data.sizes[i]} (${values[i]})` : "–";
}
function cardOf(i, a, b) {
  const card = byId("card").content.cloneNode(true);
  const put = (selector, text) => { card.querySelector(selector).textContent = text; };
  const picture = card.querySelector("img");
  if (data.thumbs[i]) {
    picture.src = data.thumbs[i];
    picture.hidden = false;
    card.querySelector(".nopicture").hidden = true;
  }
  picture.alt = `Restored image ${data.images[i]}`;
  put(".imagename", data.images[i]);
  put(".say-label", said(data.labels, data.labelRanks, i));
  put(".name-a", a.name);
  put(".say-a", said(a.scores, a.ranks, i));
  put(".name-b", b.name);
  put(".say-b", said(b.scores, b.ranks, i));
  return card;
}
function choosePair() {
  const rows = data.pairs[`${first.value} ${second.value}`] ?? data.pairs[`${second.value} ${first.value}`] ?? [];
  byId("cards").replaceChildren(...rows.map((i) => cardOf(i, data.runs[first.value], data.runs[second.value])));
  byId("agree").hidden = rows.length > 0;
}
if (first) {
  first.addEventListener("change", choosePair);
  second.addEventListener("change", choosePair);
  choosePair();
}
