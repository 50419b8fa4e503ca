/* <embers-passage data-kind="text|table"> around the text or table the server wrote.
 *
 * Promise: what is selected becomes a locator; what the page was opened at is brought into view. Without this script
 * the text or table is read as well, and a paragraph's number still links to its place.
 */
import { LocatorField, element, say } from "./viewer-parts.js";

class EmbersPassage extends HTMLElement {
  #field;
  #from = null;
  #to = null;
  #onSelection = () => this.#selected();

  connectedCallback() {
    const under = element("div", { className: "viewer-sticky" });
    const table = this.dataset.kind === "table";
    under.append(element("p", { className: "quiet" }, say(table ? "take_cell" : "take_selection")));
    this.prepend(under);
    this.#field = new LocatorField(under, (locator) => this.#open(locator));
    const at = new URL(location.href).searchParams.get("at");
    if (at) this.#field.set(at);
    this.querySelector("mark, [data-cited]")?.scrollIntoView({ block: "center", inline: "nearest" });
    if (table) this.#makeGrid();
    else document.addEventListener("selectionchange", this.#onSelection);
    this.setAttribute("data-ready", "");
  }

  disconnectedCallback() {
    document.removeEventListener("selectionchange", this.#onSelection);
  }

  /** The server finds the place: it may be on another page of the text or table. */
  #open(locator) {
    const address = new URL(location.href);
    address.searchParams.set("at", locator);
    address.searchParams.delete("part");
    location.assign(address);
    return true;
  }

  #selected() {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return;
    const range = selection.getRangeAt(0);
    const [first, last] = [range.startContainer, range.endContainer].map((node) => paragraphOf(node));
    if (!first || !last || !this.contains(first)) return;
    const [one, two] = [first.dataset.paragraph, last.dataset.paragraph];
    if (one !== two) {
      this.#field.set(`paragraph=${one}-${two}`, selection.toString());
      return;
    }
    const [from, to] = [
      placeIn(first, range.startContainer, range.startOffset),
      placeIn(first, range.endContainer, range.endOffset),
    ];
    this.#field.set(from < to ? `paragraph=${one} offset=${from}-${to}` : `paragraph=${one}`, selection.toString());
  }

  #makeGrid() {
    const table = this.querySelector("table");
    const cells = [...table.querySelectorAll("tbody td")];
    const begin = cells.find((cell) => cell.hasAttribute("data-cited")) ?? cells[0];
    begin?.setAttribute("tabindex", "0");
    table.addEventListener("click", ({ target, shiftKey }) => {
      const cell = target.closest("tbody td");
      if (cell) this.#choose(cell, shiftKey);
    });
    table.addEventListener("keydown", (pressed) => {
      const [across, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[pressed.key] ?? [];
      const cell = pressed.target.closest("tbody td");
      if (!cell || (across === undefined && pressed.key !== "Enter")) return;
      pressed.preventDefault();
      const row = table.tBodies[0].rows[cell.parentElement.sectionRowIndex + (down ?? 0)];
      const next = row?.cells[cell.cellIndex + (across ?? 0)];
      if (next?.localName === "td") this.#choose(next, pressed.shiftKey);
    });
  }

  #choose(cell, extend) {
    this.querySelector('td[tabindex="0"]')?.removeAttribute("tabindex");
    cell.setAttribute("tabindex", "0");
    cell.focus();
    this.#from = extend && this.#from ? this.#from : cell;
    this.#to = cell;
    const [rows, columns] = [
      [this.#from, this.#to].map((one) => Number(one.parentElement.dataset.row)).sort((one, two) => one - two),
      [this.#from, this.#to].map((one) => one.cellIndex).sort((one, two) => one - two),
    ];
    for (const one of this.querySelectorAll("tbody td")) {
      const inside = between(Number(one.parentElement.dataset.row), rows) && between(one.cellIndex, columns);
      one.toggleAttribute("data-chosen", inside);
    }
    const [first, last] = [0, 1].map((at) => `${letters(columns[at])}${rows[at]}`);
    this.#field.set(`cell=${first === last ? first : `${first}:${last}`}`);
  }
}

const between = (value, [low, high]) => low <= value && value <= high;
const paragraphOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest("[data-paragraph]");
/** Characters as people count them in Python: a letter outside the basic plane is one. */
const length = (text) => [...text].length;

function letters(number) {
  const more = Math.floor((number - 1) / 26);
  return (more ? letters(more) : "") + String.fromCharCode(65 + ((number - 1) % 26));
}

/** How many characters of a paragraph stand before a place in it; a line break counts as one. */
function placeIn(paragraph, node, offset) {
  let counted = 0;
  const place = document.createRange();
  place.setStart(node, offset);
  for (const [number, line] of [...paragraph.querySelectorAll(".viewer-line")].entries()) {
    const whole = document.createRange();
    whole.selectNodeContents(line);
    if (number) counted += 1;
    if (place.compareBoundaryPoints(Range.START_TO_START, whole) <= 0) return number ? counted - 1 : counted;
    if (place.compareBoundaryPoints(Range.END_TO_END, whole) <= 0) {
      whole.setEnd(node, offset);
      return counted + length(whole.toString());
    }
    counted += length(line.textContent);
  }
  return counted;
}

customElements.define("embers-passage", EmbersPassage);
