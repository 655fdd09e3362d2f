// Tables that sort and filter, and links that show what they name. Without it the pages read the same.
"use strict";

const SOME = 4; // rows of a table that is worth sorting
const FEW = 8; // rows of a table that needs no filter

const keyOf = (row, column) => {
  const cell = row.cells[column];
  if (!cell) return "";
  const text = cell.dataset.value ?? cell.textContent.trim();
  const number = Number.parseFloat(text.replaceAll(",", ""));
  return Number.isNaN(number) || /^[^\d.+-]/.test(text) ? text : number;
};

const compare = (a, b) => {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "number") return -1;
  if (typeof b === "number") return 1;
  if (a === "" || b === "") return (a === "") - (b === "");
  return a.localeCompare(b, "en", { numeric: true });
};

const sort = (table, column) => {
  const heads = [...table.tHead.rows[0].cells];
  const given = [...table.tBodies[0].rows].map((row) => [keyOf(row, column), row]);
  const up = given.toSorted(([a], [b]) => compare(a, b));
  const down = up.every((pair, i) => pair === given[i]); // it is in this order: turn it round
  const turned = ([a], [b]) => (typeof a === typeof b ? compare(b, a) : compare(a, b));
  const rows = down ? given.toSorted(turned) : up;
  table.tBodies[0].append(...rows.map(([, row]) => row));
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
};

const makeSortable = (table) => {
  if (!table.tHead || table.tBodies[0].rows.length < SOME) return;
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    if (!head.textContent.trim() || head.colSpan > 1) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(table, column));
    head.append(button);
  });
};

const filter = (table, words, count) => {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !wanted.every((word) => text.includes(word));
    shown += !row.hidden;
  }
  count.textContent = wanted.length ? `${shown} of ${table.tBodies[0].rows.length} rows` : "";
};

const addFilter = (region, table) => {
  if (!table.tHead || table.tBodies[0].rows.length <= FEW) return;
  const tools = document.createElement("div");
  const label = document.createElement("label");
  const input = document.createElement("input");
  const count = document.createElement("span");
  tools.className = "tools";
  input.type = "search";
  count.setAttribute("role", "status");
  label.append("Only rows with ", input);
  tools.append(label, count);
  region.before(tools);
  input.addEventListener("input", () => filter(table, input.value, count));
};

// A row that a link names is shown, whatever folds or hides it.
const named = () => {
  try {
    return document.getElementById(decodeURIComponent(location.hash.slice(1)));
  } catch {
    return null; // a malformed address names nothing
  }
};

const reveal = () => {
  const target = named();
  if (!target) return;
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  target.hidden = false;
  target.scrollIntoView();
  if (target.tagName !== "TR") return;
  target.querySelector(".bad")?.scrollIntoView({ block: "nearest", inline: "nearest" });
};

// The head of a table that fits sticks to the page. One that scrolls sideways is moved down in it.
const fit = () => {
  const found = tables.map(([region, table]) => {
    const fits = table.offsetWidth <= region.parentElement.clientWidth;
    return [region, fits, table.tHead?.getBoundingClientRect().height];
  });
  for (const [region, fits, head] of found) {
    if (!head) continue; // it is folded
    region.classList.toggle("fits", fits);
    region.style.setProperty("--head", `${Math.ceil(head) + 1}px`); // what a link's target keeps clear of
  }
  follow();
};

const follow = () => {
  const found = tables.map(([region, table]) => {
    const room = table.tBodies[0].offsetHeight;
    const above = -table.tBodies[0].getBoundingClientRect().top + (table.tHead?.offsetHeight ?? 0);
    const down = region.classList.contains("fits") ? 0 : Math.min(room, Math.max(0, above));
    return [region, Math.round(down)];
  });
  for (const [region, down] of found) region.style.setProperty("--down", `${down}px`);
};

const tables = [...document.querySelectorAll(".scroll")]
  .map((region) => [region, region.querySelector("table")])
  .filter(([, table]) => table?.tBodies.length);
for (const [region, table] of tables) {
  makeSortable(table);
  addFilter(region, table);
}
fit();
addEventListener("resize", fit);
addEventListener("scroll", follow, { passive: true });
document.addEventListener("toggle", fit, true); // a fold that opens
if (location.protocol === "file:") {
  // What needs a server is no link without one; the text beside it says what to do.
  for (const link of document.querySelectorAll("a[data-served]")) link.replaceWith(...link.childNodes);
}
reveal();
addEventListener("hashchange", reveal);
