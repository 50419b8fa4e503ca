/* Keys of the page of pairs: 1, 2, 3 judge, 0 takes the last judgement back, the arrows walk.
 *
 * Each key stands on its button or link (data-pair-key), which does the same without JavaScript.
 */
import { keysAllowed } from "./embers-display.js";

document.addEventListener("keydown", (pressed) => {
  if (pressed.isComposing || pressed.repeat || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
  if (!keysAllowed() || document.querySelector("dialog[open]")) return;
  if (pressed.target.closest?.("input, select, textarea, [contenteditable]")) return;
  const found = document.querySelector(`[data-pair-key="${CSS.escape(pressed.key)}"]:not([disabled])`);
  if (!found) return;
  pressed.preventDefault();
  found.click();
});
