/* <embers-interview data-keep="...">: stands around the forms of an interview. Keeps what is typed on the server every few
 * seconds, and fills the claim form with what is selected in an answer.
 *
 * Without JavaScript the forms work as they are: the words are typed or pasted.
 */
const EVERY_MS = 3000;

class EmbersInterview extends HTMLElement {
  #ask = null;
  #claim = null;
  #kept = "";
  #timer = 0;
  #sent = false;

  connectedCallback() {
    if (this.#timer) return;
    this.#ask = this.querySelector("[data-form=ask]");
    this.#claim = this.querySelector("[data-form=claim]");
    if (this.#claim) {
      document.addEventListener("selectionchange", () => this.#select());
      this.#select(); // words may have been selected before this was loaded
    }
    if (!this.#ask) return;
    this.#kept = this.#typed();
    this.#ask.addEventListener("submit", () => (this.#sent = true));
    this.#timer = setInterval(() => this.#keep(), EVERY_MS);
    addEventListener("pagehide", () => this.#keep({ keepalive: true }));
    document.addEventListener("visibilitychange", () => document.hidden && this.#keep({ keepalive: true }));
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #typed() {
    return new URLSearchParams(new FormData(this.#ask)).toString();
  }

  async #keep(how = {}) {
    const typed = this.#typed();
    if (this.#sent || typed === this.#kept) return;
    const before = this.#kept;
    this.#kept = typed;
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    let told = this.dataset.notKept;
    try {
      const answer = await fetch(this.dataset.keep, { method: "POST", body: typed, headers, ...how });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      told = this.dataset.kept.replace("{time}", (await answer.json()).kept);
    } catch {
      this.#kept = before; // tried again in a few seconds
    }
    const place = this.querySelector("[data-told]");
    if (place) place.textContent = told;
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
  }
}

customElements.define("embers-interview", EmbersInterview);
