/* <embers-form data-keep="/drafts">: stands around a form that is signed. Keeps what is typed on the server, and moves from
 * a field of words into the choices below it.
 *
 * Without JavaScript the form works as it is: "Keep for later" keeps it, "Look up" offers the choices.
 */
import { DraftKeeper } from "./draft-keeper.js";

class EmbersForm extends HTMLElement {
  #keeper = null;

  connectedCallback() {
    if (this.#keeper) return;
    const form = this.querySelector("form");
    form.addEventListener("keydown", (pressed) => this.#key(pressed));
    // Choices come while one types; asking for them is one stop of the keyboard less.
    for (const look of this.querySelectorAll(".ask-link button[name=look]")) look.hidden = true;
    if (!this.dataset.keep) return;
    const told = this.querySelector("span[data-kept]");
    this.#keeper = new DraftKeeper(this, { typed: () => new URLSearchParams(new FormData(form)), told });
  }

  disconnectedCallback() {
    this.#keeper?.stop();
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
