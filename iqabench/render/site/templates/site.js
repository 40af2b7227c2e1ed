"use strict";
document.documentElement.classList.add("js");

/* Sorting: numbers by value, words by the reader's language, what is missing always last. */
function sortBy(table, heading, descending) {
  const place = Array.from(heading.parentElement.children).indexOf(heading);
  const numeric = heading.classList.contains("number");
  const body = table.tBodies[0];
  const keyed = Array.from(body.rows).map((row, order) => {
    const text = row.cells[place].dataset.value;
    return [text === "" ? null : numeric ? Number(text) : text, order, row];
  });
  keyed.sort(([a, orderA], [b, orderB]) => {
    if (a === null || b === null) return (a === null) - (b === null) || orderA - orderB;
    const order = numeric ? a - b : a.localeCompare(b, undefined, { numeric: true });
    return (descending ? -order : order) || orderA - orderB;
  });
  body.append(...keyed.map(([, , row]) => row));
  heading.parentElement.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
}

for (const table of document.querySelectorAll("table.board")) {
  table.tHead.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const heading = button.closest("th");
    const now = heading.getAttribute("aria-sort");
    sortBy(table, heading, now ? now === "ascending" : button.dataset.descending === "true");
  });
}
