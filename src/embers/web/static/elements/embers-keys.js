/* Keys of every page: Ctrl K the palette, / the search, ? the list of keys, g and a letter a page, j and k rows; and
 * what a page itself names a key for (data-act).
 *
 * The letters of pages stand in the rail (data-key), so the list of keys and what they do cannot differ. Single keys
 * never act while somebody types, in a dialog, with a modifier held, or when they are switched off.
 */
import { keysAllowed } from "./embers-display.js";

const WAIT_MS = 1500;
const ROW_LINKS = "main .data tbody tr :is(th, td):first-child a, main ul.plain > li .claim-value a";
let waiting = 0;

const palette = () => document.querySelector("embers-palette");
const help = () => document.querySelector("#keys");
const typing = (target) => target.closest?.("input, select, textarea, [contenteditable]");

/** Move to the next or previous row; each row is reached by its first link, so Enter opens it. */
function step(move) {
  const links = [...document.querySelectorAll(ROW_LINKS)].filter((link) => link.getClientRects().length);
  const here = links.indexOf(document.activeElement);
  const next = links[here < 0 ? (move > 0 ? 0 : links.length - 1) : here + move];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function search() {
  const field = document.querySelector("#q-top");
  if (field?.getClientRects().length) field.select();
  else palette()?.open();
}

/** Do what a page names a key for: n adds to a record, u undoes what was just done. */
function deed(key) {
  const named = /^[a-z]$/.test(key) && document.querySelector(`main [data-act=${key}]`);
  if (named) named.click();
  return Boolean(named);
}

function single(key) {
  if (performance.now() < waiting) {
    waiting = 0;
    const link = [...document.querySelectorAll("#rail a[data-key]")].find((one) => one.dataset.key === key);
    if (link) location.assign(link.href);
    return Boolean(link);
  }
  const act = {
    "/": search,
    "?": () => help()?.showModal(),
    j: () => step(1),
    k: () => step(-1),
    g: () => (waiting = performance.now() + WAIT_MS),
  }[key];
  if (act) act();
  else if (!deed(key)) return false;
  return true;
}

document.addEventListener("keydown", (pressed) => {
  if (pressed.isComposing) return;
  const bare = !pressed.ctrlKey && !pressed.metaKey && !pressed.altKey;
  if (!bare && !pressed.altKey && !pressed.shiftKey && pressed.key.toLowerCase() === "k") {
    palette()?.open();
    pressed.preventDefault();
  } else if (bare && keysAllowed() && !typing(pressed.target) && !document.querySelector("dialog[open]")) {
    if (single(pressed.key)) pressed.preventDefault();
  }
});

document.addEventListener("click", (pressed) => {
  const opener = pressed.target.closest("[data-opens]");
  if (!opener) return;
  pressed.preventDefault();
  if (opener.dataset.opens === "palette") palette()?.open();
  else help()?.showModal();
});
