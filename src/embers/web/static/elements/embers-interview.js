/* <embers-interview data-keep="...">: stands around the forms of an interview. Keeps the answer and the corrections that are
 * being typed on the server, and fills the claim form with what is selected in an answer.
 *
 * Without JavaScript the forms work as they are: the words are typed or pasted.
 */
import { DraftKeeper } from "./draft-keeper.js";

class EmbersInterview extends HTMLElement {
  #ask = null;
  #claim = null;
  #keeper = null;
  #begun = false;
  #pressed = false;
  #chosen = null;

  connectedCallback() {
    if (this.#begun) return;
    this.#begun = true;
    this.#ask = this.querySelector("[data-form=ask]");
    this.#claim = this.querySelector("[data-form=claim]");
    if (this.#claim) {
      document.addEventListener("selectionchange", () => this.#select());
      // The form comes once the pointer is let go: it must not come under the words that are being selected.
      document.addEventListener("pointerdown", () => (this.#pressed = true), true);
      for (const end of ["pointerup", "pointercancel"]) {
        document.addEventListener(end, () => ((this.#pressed = false), this.#bring()), true);
      }
      this.#select(); // words may have been selected before this was loaded
    }
    // The first question is ready to be typed; after each answer the address leads to the field of the next one.
    if (!location.hash && !this.querySelector("[data-answer]")) this.#ask?.elements.question.focus();
    this.#ask?.addEventListener("keydown", (pressed) => {
      if (pressed.key !== "Enter" || !(pressed.ctrlKey || pressed.metaKey)) return;
      pressed.preventDefault();
      this.#ask.requestSubmit();
    });
    if (!this.dataset.keep) return;
    this.#keeper = new DraftKeeper(this, { typed: () => this.#typed(), told: this.querySelector("[data-told]") });
  }

  disconnectedCallback() {
    this.#keeper?.stop();
  }

  /** The answer, and each correction under the number of its answer. */
  #typed() {
    const typed = this.#ask ? new URLSearchParams(new FormData(this.#ask)) : new URLSearchParams();
    for (const fix of this.querySelectorAll("[data-fix]")) {
      typed.set("csrfmiddlewaretoken", fix.form.elements.csrfmiddlewaretoken.value);
      if (fix.value) typed.set(`fix-${fix.dataset.fix}`, fix.value);
    }
    return typed;
  }

  /** Take the words selected inside one answer, and where in it they begin (in characters, not code units). */
  #select() {
    const chosen = document.getSelection();
    if (!chosen || chosen.isCollapsed || !chosen.rangeCount) return;
    const range = chosen.getRangeAt(0);
    const from = range.startContainer.parentElement?.closest("[data-answer]");
    if (!from || !this.contains(from) || !from.contains(range.endContainer)) return;
    const before = document.createRange();
    before.setStart(from, 0);
    before.setEnd(range.startContainer, range.startOffset);
    const text = range.toString();
    const words = text.trim();
    if (!words) return;
    const start = [...before.toString()].length + [...text].length - [...text.trimStart()].length;
    this.#claim.elements.number.value = from.dataset.answer;
    this.#claim.elements.words.value = words;
    this.#claim.elements.start.value = String(start);
    this.#chosen = range;
    this.#bring();
  }

  /** Bring the form of the claim to the foot of the window, and the words above it. */
  #bring() {
    if (this.#pressed || !this.#chosen) return;
    this.dataset.selected = "";
    const below = this.#chosen.getBoundingClientRect().bottom;
    const above = this.#claim.closest("section").getBoundingClientRect().top;
    if (below > above) scrollBy({ top: below - above + 24 });
    this.#chosen = null;
  }
}

customElements.define("embers-interview", EmbersInterview);
