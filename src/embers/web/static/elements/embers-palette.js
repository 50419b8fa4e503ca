/* <embers-palette data-find="/find.json">: go anywhere by typing. Stands in a <dialog>; the pages it offers are the
 * links of the rail, so there is one list of pages. What is typed is also looked up in the case, on this server.
 *
 * Keys: arrows choose, Enter goes, Escape closes and gives the focus back to where it was (the dialog does that).
 */
const PAUSE_MS = 120;

class EmbersPalette extends HTMLElement {
  #input = null;
  #list = null;
  #said = null;
  #at = 0;
  #moved = false;
  #timer = 0;
  #asked = 0;

  connectedCallback() {
    if (this.#input) return;
    [this.#input, this.#list, this.#said] = this.querySelectorAll("input, [role=listbox], [role=status]");
    this.#input.addEventListener("input", () => this.#typed());
    this.#input.addEventListener("keydown", (pressed) => this.#key(pressed));
    this.#list.addEventListener("click", ({ target }) => this.#go(target.closest("[role=option]")));
    // A press on an option must not take the focus out of the field.
    this.#list.addEventListener("mousedown", (pressed) => pressed.preventDefault());
  }

  /** Open, empty and ready for typing. */
  open() {
    const dialog = this.closest("dialog");
    if (dialog.open) return;
    dialog.showModal();
    this.#input.value = "";
    this.#typed();
    this.#input.focus();
  }

  #typed() {
    const words = this.#input.value.trim();
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#moved = false;
    this.#show(pages(words));
    if (words.length > 1) this.#timer = setTimeout(() => this.#look(words, this.#asked), PAUSE_MS);
  }

  async #look(words, asked) {
    let found = [];
    try {
      const answer = await fetch(`${this.dataset.find}?q=${encodeURIComponent(words)}`);
      if (answer.ok) found = (await answer.json()).found;
    } catch {
      // The server has ended; the pages stay listed, and following one says so.
    }
    if (asked !== this.#asked) return;
    const all = { text: this.dataset.all.replace("{words}", words), kind: "", href: `/search?q=${encodeURIComponent(words)}` };
    this.#show([...pages(words), ...found, all]);
  }

  #show(rows) {
    // A choice made by hand outlives the rows that arrive after it.
    const held = this.#moved ? this.#list.children[this.#at]?.dataset.href : "";
    this.#list.replaceChildren(...rows.map((row, index) => option(row, index)));
    this.#choose(Math.max(0, rows.findIndex(({ href }) => href === held)));
    this.#said.textContent = rows.length ? this.dataset.count.replace("{count}", rows.length) : this.dataset.none;
  }

  #choose(index) {
    const options = this.#list.children;
    if (!options.length) {
      this.#input.removeAttribute("aria-activedescendant");
      return;
    }
    options[this.#at]?.setAttribute("aria-selected", "false");
    this.#at = (index + options.length) % options.length;
    const chosen = options[this.#at];
    chosen.setAttribute("aria-selected", "true");
    chosen.scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", chosen.id);
  }

  #key(pressed) {
    const move = { ArrowDown: 1, ArrowUp: -1 }[pressed.key];
    if (move) {
      this.#moved = true;
      this.#choose(this.#at + move);
    } else if (pressed.key === "Enter") this.#go(this.#list.children[this.#at]);
    else return;
    pressed.preventDefault();
  }

  #go(chosen) {
    if (!chosen) return;
    this.closest("dialog").close();
    location.assign(chosen.dataset.href);
  }
}

/** Pages whose name holds every typed word; the keys that lead there stand beside them. */
function pages(words) {
  const parts = plain(words).split(/\s+/);
  return [...document.querySelectorAll("#rail a")]
    .map((link) => ({ text: link.textContent.trim(), kind: link.dataset.key ? `g ${link.dataset.key}` : "", href: link.href }))
    .filter(({ text }) => parts.every((part) => plain(text).includes(part)));
}

/** Small letters, with I, İ, ı and i as one: whichever keyboard wrote it, an Azerbaijani word is found. */
function plain(words) {
  return words.replace(/[Iİı]/g, "i").toLowerCase();
}

function option({ text, kind, href }, index) {
  const row = document.createElement("div");
  Object.assign(row, { id: `palette-${index}`, role: "option", ariaSelected: "false" });
  row.dataset.href = href;
  for (const words of [text, kind]) row.append(Object.assign(document.createElement("span"), { textContent: words }));
  return row;
}

customElements.define("embers-palette", EmbersPalette);
