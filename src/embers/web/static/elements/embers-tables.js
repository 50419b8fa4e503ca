/* Tables on small screens: names every value after the head of its column, so that css/embers.css can set a row as a
 * block; and lets the keyboard scroll a table that is wider than the page. Without this a wide table just scrolls. */
function prepare(table) {
  const heads = [...table.querySelectorAll(":scope > thead > tr:only-child > th")].map((head) => head.textContent.trim());
  const rows = [...table.querySelectorAll(":scope > tbody > tr")];
  // Cells that span rows or columns cannot be named by their place.
  if (!heads.length || !rows.length || rows.some((row) => row.cells.length !== heads.length)) return;
  // Set as blocks, parts of a table lose their meaning for screen readers unless they keep it by name.
  table.setAttribute("role", "table");
  for (const group of table.querySelectorAll(":scope > :is(thead, tbody, tfoot)")) group.setAttribute("role", "rowgroup");
  for (const row of table.rows) {
    row.setAttribute("role", "row");
    for (const [index, cell] of [...row.cells].entries()) {
      cell.dataset.head = heads[index] ?? "";
      const head = row.parentElement.tagName === "THEAD" ? "columnheader" : "rowheader";
      cell.setAttribute("role", cell.tagName === "TH" ? head : "cell");
    }
  }
  table.dataset.stacked = "";
}

function reachable(box) {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}

function prepareAll() {
  if (narrow.matches) document.querySelectorAll(".table-scroll > .data:not([data-stacked])").forEach(prepare);
  document.querySelectorAll(".table-scroll").forEach(reachable);
}

const narrow = matchMedia("(max-width: 40rem)");
narrow.addEventListener("change", prepareAll);
addEventListener("resize", prepareAll);
document.addEventListener("htmx:afterSettle", prepareAll);
document.addEventListener("toggle", prepareAll, true);
prepareAll();
