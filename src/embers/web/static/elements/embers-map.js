/* <embers-map data-source="/case/map.geojson" data-basemap="/static/basemap/world.geojson" data-list="/incidents">
 *
 * A source that counts by square (its collection says `"embers": {"squares": true}`) is asked again with `box` and `zoom`
 * whenever the map has moved; its features with a `count` are drawn as numbers, and lead nearer or to `data-list`.
 * Shows incidents on an offline map. The source is a GeoJSON FeatureCollection of points on the same origin; each feature has
 * the properties id, title, code, date, alleged, party, precision_m, url, place_names. `alleged` is the party an act is alleged
 * against, in words; `party` is its code, which selects one of the shapes that differ by form, never by colour; without it the
 * words do. `place_names` is a list, or an object of language tags, or text. Texts of the page can be given with data-text-* attributes (see TEXTS).
 *
 * Promise: no request leaves the origin; a point is always drawn with its precision as a circle of that many metres on the
 * ground; incidents at one point are one symbol with their number; everything on the map is also in the list below it.
 * Refused: a source on another origin, and a feature without precision_m (it is listed, and not drawn).
 */
import * as maplibre from "../vendor/maplibre-gl/maplibre-gl.mjs";
import { isDark } from "./embers-display.js";
import { mapStyle, partySymbol, SHAPES } from "./embers-map-style.js";

const TEXTS = {
  area: "Area within which the place lies (radius = stated precision)",
  several: "number: several incidents recorded at one point",
  mixed: "number: several incidents recorded at one point; rounded symbol: of more than one party",
  square: "number without a circle: incidents of a square, too many to draw one by one; choose it to come nearer",
  inSquare: "{count} incidents are recorded here",
  openList: "Show them as a list",
  undetermined: "Border line disputed or undetermined",
  alleged: "alleged against: {party}",
  unattributed: "party not attributed",
  list: "Incidents as a list",
  show: "Show on map",
  precision: "precision {distance}",
  here: "{count} incidents recorded at this point",
  unplaced: "no usable position",
  label: "Map of incidents; the same incidents are in the list below",
  noMap: "The map cannot be drawn in this browser. All incidents are in the list below.",
  noData: "The incidents could not be read: {reason}",
  attribution:
    "Land and borders: Natural Earth (public domain). Places: GeoNames (CC BY 4.0). A line on this map is no statement on status.",
};
const EARTH_RADIUS_M = 6371008.8;
const darkness = matchMedia("(prefers-color-scheme: dark)");
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

class EmbersMap extends HTMLElement {
  #map = null;
  #popup = null;
  #incidents = [];
  #places = [];
  #parties = new Map();
  #squares = false;
  #asked = {};
  #reading = null;
  #onScheme = () => this.#restyle();

  /** For tests and other scripts: the MapLibre map once it exists. */
  get map() {
    return this.#map;
  }

  /** For tests and other scripts: what is drawn, as MapLibre reports it after the map is idle. */
  drawn(layer) {
    return this.#map ? this.#map.queryRenderedFeatures({ layers: [layer] }) : [];
  }

  /** Open the popup of the point an incident is recorded at; false when it has no position. */
  show(id) {
    const place = this.#places.find((row) => row.incidents.some((incident) => incident.id === id));
    if (!place || !this.#map) return false;
    const zoom = Math.max(this.#map.getZoom(), Math.min(9.5, zoomFor(place)));
    this.#map[stillness.matches ? "jumpTo" : "easeTo"]({ center: place.at, zoom });
    this.#openPopup(place);
    this.#canvas.scrollIntoView({ block: "nearest", behavior: stillness.matches ? "auto" : "smooth" });
    return true;
  }

  /** What the map shows as south,north,west,east in millionths of a degree; empty before it is drawn. */
  get box() {
    if (!this.#map || !this.#squares) return "";
    const edges = this.#map.getBounds();
    const sides = [edges.getSouth(), edges.getNorth(), edges.getWest(), edges.getEast()];
    return sides.map((side) => Math.round(side * 1e6)).join(",");
  }

  /** Show only incidents that begin in a span: `{from, to}`, each a day, month, year or empty. */
  async narrow(span) {
    this.#asked = span;
    this.dispatchEvent(new CustomEvent("embers-narrow", { detail: span }));
    await this.#refresh();
  }

  async #refresh() {
    if (!this.#map) return;
    this.#reading?.abort();
    this.#reading = new AbortController();
    const more = { ...this.#asked, box: this.box, zoom: this.box && String(Math.round(this.#map.getZoom())) };
    try {
      this.#read(await fetchSource(this.dataset.source, more, this.#reading.signal));
    } catch (error) {
      if (error.name !== "AbortError") console.warn("embers-map:", error.message);
      return;
    }
    this.#fillList();
    this.#fillLegend();
    if (this.#map.getSource("incidents")) this.#setData();
  }

  #moved() {
    if (!this.#squares) return;
    this.#refresh();
    this.dispatchEvent(new CustomEvent("embers-sight"));
  }

  async connectedCallback() {
    if (this.#canvas) return;
    this.#lay();
    const here = new URLSearchParams(location.search);
    this.#asked = this.dataset.list ? { from: here.get("from") ?? "", to: here.get("to") ?? "" } : {};
    try {
      this.#read(await fetchSource(this.dataset.source));
    } catch (error) {
      this.#fail(this.#text("noData", { reason: error.message }));
      return;
    }
    this.#fillList();
    this.#fillLegend();
    try {
      this.#draw();
    } catch (error) {
      console.warn("embers-map:", error.message);
      this.#fail(this.#text("noMap"));
    }
    darkness.addEventListener("change", this.#onScheme);
    document.addEventListener("embers-theme", this.#onScheme);
  }

  disconnectedCallback() {
    darkness.removeEventListener("change", this.#onScheme);
    document.removeEventListener("embers-theme", this.#onScheme);
    this.#map?.remove();
    this.#map = null;
  }

  get #canvas() {
    return this.querySelector(":scope > .embers-map-canvas");
  }

  #text(name, values = {}) {
    const own = this.dataset[`text${name[0].toUpperCase()}${name.slice(1)}`];
    return (own ?? TEXTS[name]).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  }

  #lay() {
    const details = element("details", { className: "embers-map-list" });
    details.append(element("summary", {}, this.#text("list")), element("ol"));
    this.append(
      element("div", { className: "embers-map-canvas" }),
      element("ul", { className: "embers-map-legend" }),
      details,
    );
  }

  #fail(reason) {
    this.classList.add("embers-map-failed");
    this.#canvas.replaceChildren(element("p", { role: "status" }, reason));
    this.querySelector(".embers-map-list").open = true;
  }

  #read(collection) {
    // Once more was in the case than can be drawn, every move of the map asks again.
    this.#squares ||= Boolean(collection.embers?.squares);
    const counted = collection.features.filter((feature) => feature.properties.count);
    const single = collection.features.filter((feature) => !feature.properties.count);
    this.#incidents = single.map((feature) => ({ ...feature.properties, at: position(feature) }));
    // Parties seen before stay in the legend, so that a shape keeps its meaning while the map moves.
    const met = [...this.#parties, ...this.#incidents.map((row) => [partyOf(row), row.alleged || ""])];
    // By code and not by name: a party has the same shape in every language.
    met.sort(([one], [two]) => !one - !two || (one < two ? -1 : 1));
    this.#parties = new Map(met);
    const named = [...this.#parties.keys()].filter(Boolean);
    const places = new Map();
    for (const incident of this.#incidents.filter((row) => row.at)) {
      incident.shape = partyOf(incident) ? SHAPES[named.indexOf(partyOf(incident)) % SHAPES.length] : "none";
      const key = incident.at.join(",");
      if (!places.has(key)) places.set(key, { at: incident.at, incidents: [] });
      places.get(key).incidents.push(incident);
    }
    this.#places = [...places.values()];
    for (const { geometry, properties } of counted) {
      this.#places.push({ at: geometry.coordinates, incidents: [], square: properties.count });
    }
  }

  #draw() {
    const basemap = this.dataset.basemap ?? new URL("../basemap/world.geojson", import.meta.url).href;
    this.#map = new maplibre.Map({
      container: this.#canvas,
      style: mapStyle(new URL(basemap, location.href).href, isDark()),
      bounds: bounds(this.#places),
      fitBoundsOptions: { padding: 48, maxZoom: 9 },
      maxZoom: 14,
      minZoom: 1,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      attributionControl: false,
      fadeDuration: 0,
      localIdeographFontFamily: "sans-serif",
    });
    const map = this.#map;
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new maplibre.ScaleControl({ unit: "metric", maxWidth: 120 }), "top-left"); // below stands the attribution, in two lines on a phone
    map.addControl(new maplibre.AttributionControl({ compact: false, customAttribution: this.#text("attribution") }));
    map.getCanvas().setAttribute("aria-label", this.#text("label"));
    map.on("style.load", () => this.#addIncidents());
    map.on("moveend", () => this.#moved());
    map.on("click", (happening) => this.#clicked(happening));
    map.on("mousemove", "incident", () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", "incident", () => (map.getCanvas().style.cursor = ""));
    map.once("idle", () => this.setAttribute("data-idle", ""));
    map.on("error", ({ error }) => console.warn("embers-map:", error.message));
  }

  #restyle() {
    const { basemap } = this.#map?.getStyle().sources ?? {};
    if (basemap) this.#map.setStyle(mapStyle(basemap.data, isDark()), { diff: false });
  }

  #addIncidents() {
    for (const shape of [...SHAPES, "none", "mixed"]) {
      const { image, ratio } = partySymbol(shape, isDark());
      this.#map.addImage(`party-${shape}`, image, { pixelRatio: ratio });
    }
    this.#setData();
    // What else lies on the map is laid anew with every style.
    this.dispatchEvent(new CustomEvent("embers-drawn"));
  }

  #setData() {
    this.#map.getSource("areas").setData(collection(this.#places.flatMap(areas)));
    this.#map.getSource("incidents").setData(collection(this.#places.map(symbol)));
  }

  #nearer(place) {
    const zoom = this.#map.getZoom();
    if (zoom < 12) this.#map[stillness.matches ? "jumpTo" : "easeTo"]({ center: place.at, zoom: Math.min(zoom + 2, 12) });
    else this.#openSquare(place);
  }

  #openSquare(place) {
    this.#popup?.remove();
    const content = element("div");
    content.append(element("p", {}, this.#text("inSquare", { count: place.square })));
    if (this.dataset.list) {
      const url = new URL(this.dataset.list, location.href);
      url.searchParams.set("box", this.box);
      content.append(element("a", { href: url.href }, this.#text("openList")));
    }
    this.#popup = new maplibre.Popup({ maxWidth: "19rem", offset: 14, focusAfterOpen: true })
      .setLngLat(place.at)
      .setDOMContent(content)
      .addTo(this.#map);
  }

  #clicked({ point }) {
    const reach = [[point.x - 4, point.y - 4], [point.x + 4, point.y + 4]];
    const [hit] = this.#map.queryRenderedFeatures(reach, { layers: ["incident"] });
    const place = hit && this.#places[hit.properties.place];
    if (place?.square) this.#nearer(place);
    else if (place) this.#openPopup(place);
  }

  #openPopup(place) {
    this.#popup?.remove();
    const [first] = place.incidents;
    const content = element("div");
    content.append(element("h3", {}, ...toponyms(first.place_names)));
    if (place.incidents.length > 1) {
      content.append(element("p", { className: "quiet" }, this.#text("here", { count: place.incidents.length })));
    }
    const rows = place.incidents.map((incident) => element("li", {}, ...this.#lines(incident)));
    const list = element("ul");
    list.append(...rows);
    content.append(list);
    this.#popup = new maplibre.Popup({ maxWidth: "19rem", offset: 14, focusAfterOpen: true })
      .setLngLat(place.at)
      .setDOMContent(content)
      .addTo(this.#map);
  }

  #lines(incident) {
    const party = incident.alleged
      ? this.#text("alleged", { party: incident.alleged })
      : this.#text("unattributed");
    const link = incident.url ? element("a", { href: incident.url }, incident.title) : incident.title;
    const precision = incident.at && this.#text("precision", { distance: distance(incident.precision_m) });
    const facts = [incident.code, incident.date, party, precision].filter(Boolean).join(" · ");
    return [link, element("span", { className: "embers-map-row" }, facts)];
  }

  #fillList() {
    const rows = this.#incidents.map((incident) => {
      const row = element("li", {}, ...this.#lines(incident));
      const where = element("span", { className: "embers-map-row" }, ...toponyms(incident.place_names), " ");
      if (incident.at) {
        const button = element("button", { type: "button", className: "embers-map-show" }, this.#text("show"));
        button.setAttribute("aria-label", `${this.#text("show")}: ${incident.title}`);
        button.addEventListener("click", () => this.show(incident.id));
        where.append(button);
      } else {
        where.append(`(${this.#text("unplaced")})`);
      }
      row.append(where);
      return row;
    });
    this.querySelector(".embers-map-list > ol").replaceChildren(...rows);
  }

  #fillLegend() {
    const named = [...this.#parties.keys()].filter(Boolean);
    const rows = [...this.#parties].map(([code, party]) => {
      const shape = code ? SHAPES[named.indexOf(code) % SHAPES.length] : "none";
      const text = party ? this.#text("alleged", { party }) : this.#text("unattributed");
      return legendRow(`<path class="symbol" d="${LEGEND_PATHS[shape]}"/>`, text);
    });
    const counted = `<path class="symbol" d="${LEGEND_PATHS.mixed}"/><text x="11" y="14.3">3</text>`;
    if (this.#places.some((place) => place.incidents.length > 1)) {
      rows.push(legendRow(counted, this.#text(this.#places.some(isMixed) ? "mixed" : "several")));
    }
    rows.push(
      legendRow('<circle class="area" cx="11" cy="11" r="9.5"/>', this.#text("area")),
      legendRow('<path class="dashed" d="M1 15 L8 8 L14 13 L21 6"/>', this.#text("undetermined")),
    );
    if (this.#places.some((place) => place.square)) rows.push(legendRow(counted, this.#text("square")));
    this.querySelector(".embers-map-legend").replaceChildren(...rows);
  }
}

const LEGEND_PATHS = {
  circle: "M11 4a7 7 0 1 0 0.01 0z",
  diamond: "M11 2.5L19.5 11L11 19.5L2.5 11z",
  square: "M4.5 4.5h13v13h-13z",
  hexagon: "M11 3l7 4v8l-7 4l-7-4v-8z",
  mixed: "M7 5h8a6 6 0 0 1 0 12h-8a6 6 0 0 1 0-12z",
  none: "M9 4h4v5h5v4h-5v5h-4v-5h-5v-4h5z",
};

/** Read the incidents; refuse any address that is not on this origin. */
async function fetchSource(address, more = {}, signal = undefined) {
  const url = new URL(address ?? "", location.href);
  for (const [name, value] of Object.entries(more)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  if (!address || url.origin !== location.origin) throw new Error(`${address} is not on this machine's origin`);
  const answer = await fetch(url, { credentials: "same-origin", signal });
  if (!answer.ok) throw new Error(`${url.pathname} answered ${answer.status}`);
  const collection = await answer.json();
  if (!Array.isArray(collection.features)) throw new Error(`${url.pathname} is not a FeatureCollection`);
  return collection;
}

function position({ geometry, properties }) {
  const usable = geometry?.type === "Point" && Number(properties.precision_m) > 0;
  return usable ? geometry.coordinates.slice(0, 2) : null;
}

const partyOf = (row) => row.party || row.alleged || "";
const isMixed = (place) => new Set(place.incidents.map((row) => row.shape)).size > 1;
const widest = (place) => Math.max(...place.incidents.map((row) => row.precision_m));
const collection = (features) => ({ type: "FeatureCollection", features });
const zoomFor = (place) => Math.log2((40075016 * Math.cos((place.at[1] * Math.PI) / 180)) / (widest(place) * 8));

/** A circle of a true radius on the ground (great-circle), as a polygon of 72 corners. */
export function circle(at, radius) {
  const [lon, lat] = at.map((value) => (value * Math.PI) / 180);
  const angle = radius / EARTH_RADIUS_M;
  const ring = Array.from({ length: 73 }, (_, corner) => {
    const bearing = ((corner % 72) * Math.PI) / 36;
    const sine = Math.sin(lat) * Math.cos(angle) + Math.cos(lat) * Math.sin(angle) * Math.cos(bearing);
    const east = Math.atan2(
      Math.sin(bearing) * Math.sin(angle) * Math.cos(lat),
      Math.cos(angle) - Math.sin(lat) * sine,
    );
    return [((lon + east) * 180) / Math.PI, (Math.asin(sine) * 180) / Math.PI];
  });
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } };
}

/** One circle for each precision stated at a place. */
function areas(place) {
  return [...new Set(place.incidents.map((row) => row.precision_m))].map((radius) => circle(place.at, radius));
}

function symbol(place, index) {
  return {
    type: "Feature",
    geometry: { type: "Point", coordinates: place.at },
    properties: {
      place: index,
      count: place.square ?? place.incidents.length,
      // Incidents of several parties at one point, and of a square, get the shape of none of them.
      shape: place.square || isMixed(place) ? "mixed" : place.incidents[0].shape,
      label: place.square ? brief(place.square) : place.incidents.length > 1 ? String(place.incidents.length) : "",
      name: nameList(place.incidents[0]?.place_names).map(([, name]) => name).join(" / "),
    },
  };
}

/** A number short enough for a mark: 950, 2.1k, 34k. */
function brief(count) {
  return count < 1000 ? String(count) : `${count < 10000 ? (count / 1000).toFixed(1) : Math.round(count / 1000)}k`;
}

function bounds(places) {
  if (!places.length) return [-170, -58, 178, 78];
  const [lons, lats] = [0, 1].map((axis) => places.map((place) => place.at[axis]));
  const pad = places.length === 1 && !places[0].square ? Math.max(0.25, widest(places[0]) / 30000) : 0.05;
  return [Math.min(...lons) - pad, Math.min(...lats) - pad, Math.max(...lons) + pad, Math.max(...lats) + pad];
}

/** The names of a place as pairs of language tag (or "") and name. */
function nameList(names) {
  if (Array.isArray(names)) return names.map((name) => ["", name]);
  return Object.entries(typeof names === "string" ? { "": names } : (names ?? {}));
}

/** Both parties' names of a place side by side, each in its own language. */
function toponyms(names) {
  return nameList(names).flatMap(([language, name], index) => {
    const span = element("span", language ? { lang: language } : {}, name);
    return index ? [" / ", span] : [span];
  });
}

function distance(metres) {
  const [value, unit] = metres < 1000 ? [metres, "meter"] : [metres / 1000, "kilometer"];
  const language = document.documentElement.lang || "en";
  return new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
}

function legendRow(drawing, text) {
  const row = element("li");
  row.innerHTML = `<svg viewBox="0 0 22 22" aria-hidden="true">${drawing}</svg>`;
  row.append(element("span", {}, text));
  return row;
}

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.map((child) => child ?? ""));
  return made;
}

customElements.define("embers-map", EmbersMap);
