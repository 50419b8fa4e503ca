/* <embers-layers data-source="/map.layers" data-map="map"></embers-layers>
 *
 * Lists the maps and pictures the team put into its case folder, and lays the chosen ones under the incidents of a map. A
 * checkbox shows a layer, two buttons move it up and down. What was chosen, and in which order, stays in this browser by
 * ids that tell nothing of the files. Whom a layer is owed to stands beside it, and on the map while it is shown.
 *
 * Promise: no request leaves the origin; a file that cannot be drawn says why and harms nothing else on the map.
 */
import { element } from "./embers-map.js";
import { partPaint, takeOff } from "./embers-map-style.js";
import { isDark } from "./embers-display.js";

const TEXTS = {
  title: "Layers below the incidents",
  none: "No layers are in the case folder.",
  up: "Move up: {title}",
  down: "Move down: {title}",
  owed: "From: {owed}",
  broken: "Not shown: {reason}",
  partly: "A part of this layer cannot be drawn; the rest is shown.",
  noData: "The layers could not be read: {reason}",
};
const KEPT = "embers-layers";
const OWN = "own-";

class EmbersLayers extends HTMLElement {
  #layers = [];
  #chosen = new Set();

  async connectedCallback() {
    if (this.childElementCount) return;
    try {
      const url = new URL(this.dataset.source ?? "", location.href);
      if (url.origin !== location.origin) throw new Error(url.origin);
      const answer = await fetch(url, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(`${url.pathname} answered ${answer.status}`);
      this.#take((await answer.json()).layers);
    } catch (error) {
      this.append(element("p", { className: "quiet" }, this.#text("noData", { reason: error.message })));
      return;
    }
    this.#list();
    this.#host?.addEventListener("embers-drawn", () => this.#lay());
    this.#lay();
    this.setAttribute("data-ready", "");
  }

  get #host() {
    return document.getElementById(this.dataset.map ?? "");
  }

  #text(name, values = {}) {
    const own = this.dataset[`text${name[0].toUpperCase()}${name.slice(1)}`];
    return (own ?? TEXTS[name]).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  }

  /** Bring layers into the order kept in this browser; new ones come first, pictures above maps. */
  #take(layers) {
    const { order = [], shown = [] } = kept();
    const place = ({ id, kind }) => (order.includes(id) ? order.indexOf(id) : kind === "picture" ? -2 : -1);
    this.#layers = layers.toSorted((one, two) => place(one) - place(two));
    this.#chosen = new Set(shown.filter((id) => layers.some((one) => one.id === id && !one.problem)));
  }

  #list() {
    const title = element("h2", { id: "layers" }, this.#text("title"));
    const rows = element("ul", { className: "embers-layers" });
    rows.append(...this.#layers.map((layer) => this.#row(layer)));
    const none = element("p", { className: "quiet" }, this.#text("none"));
    this.replaceChildren(title, this.#layers.length ? rows : none);
  }

  #row(layer) {
    const row = element("li", { id: `layer-${layer.id}` });
    const box = element("input", { type: "checkbox", checked: this.#chosen.has(layer.id), disabled: Boolean(layer.problem) });
    box.addEventListener("change", () => {
      this.#chosen[box.checked ? "add" : "delete"](layer.id);
      this.#changed();
    });
    const label = element("label", {}, box, " ", element("bdi", {}, layer.title));
    const moves = [["up", -1, "↑"], ["down", 1, "↓"]].map(([name, step, sign]) => {
      const button = element("button", { type: "button", className: "embers-map-show", name }, sign);
      button.setAttribute("aria-label", this.#text(name, { title: layer.title }));
      button.addEventListener("click", () => this.#move(layer, step, name));
      return button;
    });
    const status = element("span", { className: "embers-layers-told" }, ...this.#told(layer));
    status.setAttribute("role", "status");
    row.append(label, element("span", { className: "embers-layers-moves" }, ...moves), status);
    return row;
  }

  #told(layer) {
    if (layer.problem) return [element("strong", {}, this.#text("broken", { reason: layer.problem }))];
    const owed = layer.attribution && this.#text("owed", { owed: layer.attribution });
    return [[owed, layer.hint].filter(Boolean).join(" · ")];
  }

  #move(layer, step, name) {
    const from = this.#layers.indexOf(layer);
    const to = Math.min(Math.max(from + step, 0), this.#layers.length - 1);
    this.#layers.splice(from, 1);
    this.#layers.splice(to, 0, layer);
    this.#list();
    this.querySelector(`#layer-${layer.id} button[name="${name}"]`)?.focus();
    this.#changed();
  }

  #changed() {
    const order = this.#layers.map(({ id }) => id);
    try {
      localStorage.setItem(KEPT, JSON.stringify({ order, shown: [...this.#chosen] }));
    } catch {
      // a browser that keeps nothing still shows layers
    }
    this.#lay();
  }

  /** Take everything of ours from the map and lay the chosen layers anew: the first of the list lies on top. */
  #lay() {
    const map = this.#host?.map;
    if (!map?.getLayer("area-fill")) return;
    takeOff(map, OWN);
    map.off("error", this.#wrong);
    map.on("error", this.#wrong);
    const chosen = this.#layers.filter(({ id }) => this.#chosen.has(id)).toReversed();
    for (const layer of chosen) this.#add(map, layer);
    const deepest = Math.max(14, ...chosen.map(({ maxzoom }) => Math.min(maxzoom + 1, 22)));
    map.setMaxZoom(deepest);
  }

  #add(map, { id, kind, tiles, bounds, minzoom, maxzoom, attribution, parts }) {
    const source = `${OWN}${id}`;
    const common = { tiles: [location.origin + tiles], bounds: inMercator(bounds), minzoom, maxzoom, attribution: harmless(attribution) };
    const below = "area-fill";
    if (kind === "picture") {
      map.addSource(source, { type: "raster", tileSize: 256, ...common });
      map.addLayer({ id: source, type: "raster", source, paint: { "raster-fade-duration": 0 } }, below);
      return;
    }
    map.addSource(source, { type: "vector", ...common });
    parts.forEach((part, place) => {
      for (const [number, drawn] of partPaint(part, isDark()).entries()) {
        map.addLayer({ id: `${source}-${place}-${number}`, source, "source-layer": part, ...drawn }, below);
      }
    });
  }

  #wrong = ({ sourceId, error }) => {
    if (!sourceId?.startsWith(OWN)) return;
    console.warn("embers-layers:", error?.message);
    const told = this.querySelector(`#layer-${sourceId.slice(OWN.length)} .embers-layers-told`);
    if (told) told.replaceChildren(element("strong", {}, this.#text("partly")));
  };
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}") ?? {};
  } catch {
    return {};
  }
}

/** The map library shows this as markup: a stranger's words stay words. */
function harmless(text) {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const inMercator = ([west, south, east, north]) => [west, Math.max(south, -85.05), east, Math.min(north, 85.05)];

customElements.define("embers-layers", EmbersLayers);
