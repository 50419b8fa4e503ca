/* <embers-form data-keep="/drafts">: stands around a form that is signed. Keeps what is typed on the server every few
 * seconds, so that it survives this browser; and moves from a field of words into the choices below it.
 *
 * Without JavaScript the form works as it is: "Keep for later" keeps it, "Look up" offers the choices.
 */
const EVERY_MS = 3000;

class EmbersForm extends HTMLElement {
  #form = null;
  #kept = "";
  #timer = 0;
  #sent = false;

  connectedCallback() {
    if (this.#form) return;
    this.#form = this.querySelector("form");
    this.#kept = this.#typed();
    this.#form.addEventListener("keydown", (pressed) => this.#key(pressed));
    this.#form.addEventListener("submit", () => (this.#sent = true));
    // Choices come while one types; asking for them is one stop of the keyboard less.
    for (const look of this.querySelectorAll(".ask-link button[name=look]")) look.hidden = true;
    if (!this.dataset.keep) return;
    this.#timer = setInterval(() => this.#keep(), EVERY_MS);
    addEventListener("pagehide", () => this.#keep({ keepalive: true }));
    document.addEventListener("visibilitychange", () => document.hidden && this.#keep({ keepalive: true }));
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #typed() {
    return new URLSearchParams(new FormData(this.#form)).toString();
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
    const place = this.querySelector("span[data-kept]");
    if (place) place.textContent = told;
  }

  /** Arrow down leads from the words into what is offered for them. */
  #key(pressed) {
    const field = pressed.target.closest(".ask-link input");
    if (!field || pressed.key !== "ArrowDown") return;
    const choice = this.querySelector(`#${CSS.escape(field.id)}-choices input[type=radio]`);
    if (!choice) return;
    pressed.preventDefault();
    choice.focus();
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

customElements.define("embers-form", EmbersForm);
