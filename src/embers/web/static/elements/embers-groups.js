/* <embers-groups data-source="/map.groups" data-map="map"></embers-groups>
 *
 * Draws what somebody recorded as belonging together: incidents related as a series as a dotted line or hull, the stops of a
 * mission as a line with numbers. Each layer is switched by a checkbox, and everything drawn is also in the list below it.
 * The span chosen on the timeline is asked for anew, so a group shows only what lies in it.
 *
 * Promise: no request leaves the origin; a stop is drawn with its precision as a circle on the ground, as incidents are.
 */
import { circle, element } from "./embers-map.js";
import { takeOff } from "./embers-map-style.js";
import { isDark } from "./embers-display.js";

const TEXTS = {
  title: "What belongs together",
  group: "{title}: {count} incidents",
  route: "{title}: {count} stops",
  disputed: "disputed",
  basis: "Basis",
  unplaced: "no usable position",
  more: "There are more than are drawn here; choose a shorter span.",
  none: "Nothing in this span was related as a series, and no mission is in sight.",
  noData: "What belongs together could not be read: {reason}",
};
const OWN = "together-";
const DRAWING = { group: "M2 12 L12 4 L24 9 L36 3", route: "M2 12 L14 5 L24 11 L36 4" };

class EmbersGroups extends HTMLElement {
  #layers = [];
  #shown = new Set();
  #span = {};
  #reading = null;

  async connectedCallback() {
    if (this.childElementCount) return;
    this.#host?.addEventListener("embers-drawn", () => this.#draw());
    this.#host?.addEventListener("embers-narrow", ({ detail }) => {
      this.#span = detail;
      this.#load();
    });
    await this.#load();
  }

  get #host() {
    return document.getElementById(this.dataset.map ?? "");
  }

  #text(name, values = {}) {
    const own = this.dataset[`text${name[0].toUpperCase()}${name.slice(1)}`];
    return (own ?? TEXTS[name]).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  }

  async #load() {
    this.#reading?.abort();
    this.#reading = new AbortController();
    try {
      const url = new URL(this.dataset.source ?? "", location.href);
      if (url.origin !== location.origin) throw new Error(url.origin);
      for (const [name, value] of Object.entries(this.#span)) {
        if (value) url.searchParams.set(name, value);
        else url.searchParams.delete(name);
      }
      const answer = await fetch(url, { credentials: "same-origin", signal: this.#reading.signal });
      if (!answer.ok) throw new Error(`${url.pathname} answered ${answer.status}`);
      this.#layers = (await answer.json()).layers;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.replaceChildren(element("p", { className: "quiet" }, this.#text("noData", { reason: error.message })));
      return;
    }
    this.#list();
    this.#draw();
    this.setAttribute("data-ready", "");
  }

  #list() {
    const focused = this.contains(document.activeElement) ? document.activeElement.name : "";
    const opened = new Set([...this.querySelectorAll("details[open]")].map(({ id }) => id));
    const rows = element("ul", { className: "embers-groups" });
    rows.append(...this.#layers.map((layer) => this.#row(layer, opened)));
    const none = element("p", { className: "quiet" }, this.#text("none"));
    this.replaceChildren(element("h2", { id: "together" }, this.#text("title")), this.#layers.length ? rows : none);
    if (focused) this.querySelector(`[name="${focused}"]`)?.focus();
  }

  #row(layer, opened) {
    const row = element("li");
    row.dataset.drawn = layer.kind;
    const box = element("input", { type: "checkbox", name: `shown-${layer.id}`, checked: this.#shown.has(layer.id) });
    box.addEventListener("change", () => {
      this.#shown[box.checked ? "add" : "delete"](layer.id);
      this.#draw();
    });
    const sample = element("span");
    sample.innerHTML = `<svg viewBox="0 0 38 16" aria-hidden="true"><path d="${DRAWING[layer.kind]}"/></svg>`;
    const label = element("label", {}, box, sample.firstChild, layer.title);
    const list = element("details", { id: `together-${layer.id}`, open: opened.has(`together-${layer.id}`) });
    list.append(element("summary", {}, `${layer.title} (${layer.groups.length})`), ...layer.groups.map((group) => this.#group(layer, group)));
    if (layer.more) list.append(element("p", { className: "quiet" }, this.#text("more")));
    row.append(label, list);
    return row;
  }

  #group(layer, group) {
    const shown = layer.kind === "route" ? group.parts.filter(({ dated }) => dated) : group.parts;
    const words = this.#text(layer.kind, { title: group.title || layer.title, count: shown.length });
    const head = element("p", {}, group.href ? element("a", { href: group.href }, words) : words);
    if (group.disputed) head.append(" ", element("span", { className: "tag" }, this.#text("disputed")));
    if (group.said) head.append(" ", element("a", { href: group.said, className: "quiet" }, this.#text("basis")));
    const list = element("ol");
    list.append(...group.parts.map((part) => this.#part(part)));
    const whole = element("div");
    whole.append(head, list);
    return whole;
  }

  #part({ title, href, told, at }) {
    const row = element("li", {}, element("a", { href }, title));
    const more = [told, at ? "" : this.#text("unplaced")].filter(Boolean).join(" · ");
    if (more) row.append(" ", element("span", { className: "quiet" }, more));
    return row;
  }

  /** Take everything of ours from the map and draw the layers switched on. */
  #draw() {
    const map = this.#host?.map;
    if (!map?.getLayer("area-fill")) return;
    takeOff(map, OWN);
    for (const layer of this.#layers.filter(({ id }) => this.#shown.has(id))) this.#add(map, layer);
  }

  #add(map, layer) {
    const source = `${OWN}${layer.id}`;
    const route = layer.kind === "route";
    const features = layer.groups.flatMap((group) => (route ? stops(group) : hull(group)));
    map.addSource(source, { type: "geojson", data: { type: "FeatureCollection", features } });
    const ink = isDark() ? "#8fbce6" : "#1d4f7c";
    const paper = isDark() ? "#161514" : "#ffffff";
    const of = (kind) => ["==", ["get", "kind"], kind];
    const below = "incident-place";
    const dotted = route ? {} : { "line-dasharray": [1, 1.6] };
    map.addLayer({ id: `${source}-area`, type: "fill", source, filter: of("area"), paint: { "fill-color": ink, "fill-opacity": 0.08 } }, below);
    map.addLayer({ id: `${source}-precision`, type: "line", source, filter: of("precision"), paint: { "line-color": ink, "line-width": 1, "line-dasharray": [3, 2] } }, below);
    map.addLayer({ id: `${source}-line`, type: "line", source, filter: ["in", ["get", "kind"], ["literal", ["line", "area"]]], paint: { "line-color": ink, "line-width": 2, ...dotted } }, below);
    map.addLayer({ id: `${source}-point`, type: "circle", source, filter: of("stop"), paint: { "circle-color": ["case", ["get", "visited"], ink, paper], "circle-radius": 9, "circle-stroke-color": ink, "circle-stroke-width": 2 } }, below);
    map.addLayer({ id: `${source}-ring`, type: "circle", source, filter: of("ring"), paint: { "circle-color": "rgba(0,0,0,0)", "circle-radius": 16, "circle-stroke-color": ink, "circle-stroke-width": 2 } }, below);
    map.addLayer({
      id: `${source}-number`, type: "symbol", source, filter: of("stop"),
      layout: { "text-field": ["get", "number"], "text-font": ["Noto Sans Bold", "sans-serif"], "text-size": 11, "text-allow-overlap": true },
      paint: { "text-color": paper },
    }, below);
  }
}

/** A series as its server-made hull: a polygon, a line between two, or a ring about one point. */
function hull({ shape }) {
  if (!shape) return [];
  const kind = { Polygon: "area", LineString: "line", Point: "ring" }[shape.type];
  return [feature(shape, { kind })];
}

/** The stops of a mission: dated ones numbered and joined in order, others (an area, what was not visited) as hollow marks. */
function stops({ parts }) {
  const placed = parts.filter(({ at }) => at);
  const dated = placed.filter(({ dated }) => dated);
  const line = { type: "LineString", coordinates: dated.map(({ at }) => at) };
  const marks = placed.flatMap((part) => {
    const number = part.dated ? String(parts.indexOf(part) + 1) : "";
    const circles = part.precision_m ? [{ ...circle(part.at, part.precision_m), properties: { kind: "precision" } }] : [];
    return [...circles, feature({ type: "Point", coordinates: part.at }, { kind: "stop", visited: part.dated, number })];
  });
  return dated.length > 1 ? [feature(line, { kind: "line" }), ...marks] : marks;
}

const feature = (geometry, properties) => ({ type: "Feature", geometry, properties });

customElements.define("embers-groups", EmbersGroups);
