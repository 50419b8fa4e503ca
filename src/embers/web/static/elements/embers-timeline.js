/* <embers-timeline data-source="/map.days" data-map="map" data-form="map-sight">
 *
 * Draws how many incidents begin in each span of days, counted by the server for what the map shows, and lets a person choose
 * the first and the last span with two sliders (arrow keys, Home, End). The choice goes to the map, to the form of the page
 * (fields `from` and `to`) and to the address, so that it can be sent and comes back after a reload.
 *
 * Promise: no request leaves the origin; the chosen span and the number of incidents in it are also told in words.
 * Refused: a source on another origin.
 */
const TEXTS = {
  label: "Incidents by the day on which they begin",
  first: "From {span}",
  last: "To {span}",
  chosen: "{count} incidents from {first} to {last}",
  none: "No incident with a place and a date is in sight.",
  noData: "The timeline could not be read: {reason}",
};

class EmbersTimeline extends HTMLElement {
  #bars = [];
  #waiting = 0;

  async connectedCallback() {
    const map = this.#map;
    map?.addEventListener("embers-sight", () => this.#later(() => this.#load()));
    await this.#load();
  }

  get #map() {
    return document.getElementById(this.dataset.map ?? "");
  }

  get #form() {
    return document.getElementById(this.dataset.form ?? "");
  }

  #text(name, values = {}) {
    const own = this.dataset[`text${name[0].toUpperCase()}${name.slice(1)}`];
    return (own ?? TEXTS[name]).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  }

  #later(action) {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(action, 150);
  }

  async #load() {
    const url = new URL(this.dataset.source ?? "", location.href);
    if (url.origin !== location.origin) return;
    const chosen = this.#form?.elements.party?.value;
    if (chosen) url.searchParams.set("party", chosen);
    if (this.#map?.box) url.searchParams.set("box", this.#map.box);
    try {
      const answer = await fetch(url, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(`${url.pathname} answered ${answer.status}`);
      this.#bars = (await answer.json()).bars;
      this.#draw();
    } catch (error) {
      this.replaceChildren(paragraph(this.#text("noData", { reason: error.message })));
    }
    this.setAttribute("data-ready", "");
  }

  #draw() {
    if (!this.#bars.length) {
      this.replaceChildren(paragraph(this.#text("none")));
      return;
    }
    const focused = this.contains(document.activeElement) ? document.activeElement.name : "";
    const bars = document.createElement("div");
    bars.className = "embers-timeline-bars";
    bars.setAttribute("aria-hidden", "true");
    const most = Math.max(...this.#bars.map((bar) => bar.count));
    for (const { count } of this.#bars) {
      const bar = document.createElement("span");
      bar.style.blockSize = `${(100 * count) / most}%`;
      bars.append(bar);
    }
    const handles = document.createElement("div");
    handles.className = "embers-timeline-handles";
    handles.setAttribute("role", "group");
    handles.setAttribute("aria-label", this.#text("label"));
    const [first, last] = this.#chosen();
    handles.append(this.#handle("first", first), this.#handle("last", last));
    const told = paragraph("");
    told.setAttribute("role", "status");
    this.replaceChildren(bars, handles, told);
    this.#show();
    if (focused) this.querySelector(`[name="${focused}"]`)?.focus();
  }

  /** The places of the bars the page's form asks for; everything when it asks for nothing. */
  #chosen() {
    const spans = this.#bars.map((bar) => bar.span);
    const from = this.#form?.elements.from?.value || "";
    const to = this.#form?.elements.to?.value || "";
    const first = from ? spans.findIndex((span) => `${span}~` > from) : 0;
    const last = to ? spans.findLastIndex((span) => span < `${to}~`) : spans.length - 1;
    return [first < 0 ? spans.length - 1 : first, Math.max(last, 0)];
  }

  #handle(name, value) {
    const label = document.createElement("label");
    const words = document.createElement("span");
    const slider = Object.assign(document.createElement("input"), {
      type: "range", name, min: 0, max: this.#bars.length - 1, step: 1,
    });
    slider.value = value;
    slider.addEventListener("input", () => {
      const [one, other] = this.#values();
      if (one > other) slider.value = name === "first" ? other : one;
      this.#show();
      this.#later(() => this.#choose());
    });
    label.append(words, slider);
    return label;
  }

  #values() {
    return ["first", "last"].map((name) => Number(this.querySelector(`[name="${name}"]`).value));
  }

  #show() {
    const [first, last] = this.#values();
    this.querySelectorAll(".embers-timeline-bars span").forEach((bar, place) => {
      bar.toggleAttribute("data-in", place >= first && place <= last);
    });
    const spans = [first, last].map((place) => this.#bars[place].words ?? this.#bars[place].span);
    this.querySelectorAll("label").forEach((label, place) => {
      const slider = label.querySelector("input");
      label.firstChild.textContent = this.#text(slider.name, { span: spans[place] });
      slider.setAttribute("aria-valuetext", spans[place]);
    });
    const count = this.#bars.slice(first, last + 1).reduce((sum, bar) => sum + bar.count, 0);
    this.querySelector("[role=status]").textContent = this.#text("chosen", {
      count: new Intl.NumberFormat(document.documentElement.lang || "en").format(count), first: spans[0], last: spans[1],
    });
  }

  #choose() {
    const [first, last] = this.#values();
    const whole = first === 0 && last === this.#bars.length - 1;
    const from = whole ? "" : this.#bars[first].span;
    const to = whole ? "" : this.#bars[last].span;
    const form = this.#form;
    if (form?.elements.from) form.elements.from.value = from;
    if (form?.elements.to) form.elements.to.value = to;
    const here = new URL(location.href);
    for (const [name, value] of [["from", from], ["to", to]]) {
      if (value) here.searchParams.set(name, value);
      else here.searchParams.delete(name);
    }
    history.replaceState(null, "", here);
    this.#map?.narrow?.({ from, to });
  }
}

function paragraph(text) {
  return Object.assign(document.createElement("p"), { className: "quiet", textContent: text });
}

customElements.define("embers-timeline", EmbersTimeline);
