/* What the viewers have in common: their words, the field that holds a locator, and how locators are read and written.
 *
 * The grammar of locators is that of embers/pinpoint.py; here only what a viewer can draw or reach is read.
 */
const words = JSON.parse(document.getElementById("viewer-words")?.textContent ?? "{}");

/** A text of the page in the reader's language; {x} is filled in. */
export const say = (name, values = {}) =>
  (words[name] ?? name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function button(text, onPress, { keys = "", pressed } = {}) {
  const made = element("button", { type: "button", className: "viewer-button" }, text);
  if (keys) made.setAttribute("aria-keyshortcuts", keys);
  if (keys) made.append(" ", element("kbd", {}, keys));
  if (pressed !== undefined) made.setAttribute("aria-pressed", pressed);
  made.addEventListener("click", onPress);
  return made;
}

const COUNT = /^(0|[1-9]\d{0,8})$/;
const TIME = /^(0|[1-9]\d{0,6})(\.\d{1,3})?$/;

/** The words name=value of a locator; a name said twice counts once. */
function parts(locator) {
  const found = new Map();
  for (const word of locator.trim().split(/\s+/)) {
    const [, name, value] = /^([a-z]+)=(\S+)$/.exec(word) ?? [];
    if (name && !found.has(name)) found.set(name, value);
  }
  return found;
}

function numbers(text) {
  const all = (text ?? "").split(",");
  return all.every((one) => COUNT.test(one)) ? all.map(Number) : [];
}

/** The shape a locator draws: {kind, corners: [[x, y], ...]}, or null. */
export function shapeOf(locator) {
  const said = parts(locator);
  const box = numbers(said.get("box"));
  if (box.length === 4 && box[2] && box[3]) {
    const [x, y, width, height] = box;
    return { kind: "box", corners: [[x, y], [x + width, y], [x + width, y + height], [x, y + height]] };
  }
  const flat = numbers(said.get("polygon"));
  if (flat.length < 6 || flat.length % 2 || flat.length > 1000) return null;
  return { kind: "polygon", corners: flat.flatMap((x, at) => (at % 2 ? [] : [[x, flat[at + 1]]])) };
}

/** The page a locator names, or null. */
export const pageOf = (locator) => parts(locator).get("page") ?? null;

/** Write a shape; corners are whole numbers inside the picture. */
export function written({ kind, corners }) {
  if (kind === "polygon") return `polygon=${corners.flat().join(",")}`;
  const [xs, ys] = [0, 1].map((axis) => corners.map((corner) => corner[axis]));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return `box=${left},${top},${Math.max(...xs) - left},${Math.max(...ys) - top}`;
}

/** The stretch of a recording a locator names, in seconds: [from, to], or null. */
export function stretchOf(locator) {
  const [from, to, more] = (parts(locator).get("seconds") ?? "").split("-");
  if (more !== undefined || !TIME.test(from) || (to !== undefined && !TIME.test(to))) return null;
  return to === undefined || Number(to) >= Number(from) ? [Number(from), Number(to ?? from)] : null;
}

export const seconds = (value) => String(Math.round(value * 1000) / 1000);

/** The field under a viewer: what was drawn or chosen as text, to be copied, changed and shown again. */
export class LocatorField {
  #input;
  #status;
  #record = document.querySelector(".viewer-record");

  constructor(host, onShow) {
    const id = `locator-${document.querySelectorAll(".viewer-locator").length + 1}`;
    this.#input = element("input", { id, className: "mono", spellcheck: false, autocomplete: "off", maxLength: 8000 });
    this.#input.dir = "ltr";
    this.#input.setAttribute("aria-describedby", `${id}-help`);
    this.#status = element("p", { className: "viewer-status" });
    this.#status.setAttribute("role", "status");
    const form = element(
      "form",
      { className: "viewer-locator" },
      element("label", { htmlFor: id }, say("locator")),
      this.#input,
      element("button", { className: "viewer-button" }, say("show")),
      button(say("copy"), () => this.#copy()),
      element("p", { id: `${id}-help`, className: "quiet" }, say("locator_help")),
    );
    form.addEventListener("submit", (sent) => {
      sent.preventDefault();
      this.tell(onShow(this.text) ? "" : say("unread"));
    });
    this.#input.addEventListener("input", () => this.#tellRecord(this.text));
    host.append(form, this.#status);
    if (this.#record) host.append(this.#record);
  }

  get text() {
    return this.#input.value.trim();
  }

  /** Show a locator, and make the page's address and the claim that is begun here lead there. */
  set(locator, quoted = "") {
    this.#input.value = locator;
    this.#tellRecord(locator, quoted);
    const address = new URL(location.href);
    address.searchParams.set("at", locator);
    history.replaceState(history.state, "", address);
  }

  /** What a claim begun here is filled in with while no place was marked. */
  propose(locator) {
    if (!this.text) this.#tellRecord(locator);
  }

  #tellRecord(locator, quoted = "") {
    if (!this.#record) return;
    this.#record.elements["b0.at"].value = locator;
    this.#record.elements.words.value = quoted;
  }

  tell(text) {
    this.#status.textContent = text;
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.text);
      this.tell(say("copied"));
    } catch {
      this.#input.select();
      this.tell(say("not_copied"));
    }
  }
}

/** Link the marks of a list with what is shown of them: pointing at one shows the other. */
export function currentMark(item, current) {
  item.toggleAttribute("data-current", current);
}
