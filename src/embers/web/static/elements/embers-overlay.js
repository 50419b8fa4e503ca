/* <embers-overlay data-image="/copies/<sha256>/overlay.png" data-bounds="west,south,east,north"><embers-map ...></embers-map></embers-overlay>
 *
 * Lays a georeferenced picture on the map inside it, under the incidents, with a slider for how strongly it covers.
 */
import "./embers-map.js";
import { element, say } from "./viewer-parts.js";

const LAYER = "scene";

class EmbersOverlay extends HTMLElement {
  connectedCallback() {
    const map = this.querySelector("embers-map");
    if (map.map) this.#lay(map.map);
    else new MutationObserver((_, watch) => map.hasAttribute("data-idle") && (watch.disconnect(), this.#lay(map.map))).observe(map, { attributes: true });
  }

  #lay(map) {
    const [west, south, east, north] = this.dataset.bounds.split(",").map(Number);
    const strength = element("input", { type: "range", min: "0", max: "100", value: "90" });
    this.prepend(element("p", { className: "viewer-tools" }, element("label", {}, `${say("strength")} `, strength)));
    const draw = () => {
      if (map.getSource(LAYER)) return;
      const url = new URL(this.dataset.image, location.href).href;
      const coordinates = [[west, north], [east, north], [east, south], [west, south]];
      map.addSource(LAYER, { type: "image", url, coordinates });
      const paint = { "raster-opacity": strength.value / 100, "raster-fade-duration": 0 };
      map.addLayer({ id: LAYER, type: "raster", source: LAYER, paint }, map.getLayer("area-fill") ? "area-fill" : undefined);
    };
    strength.addEventListener("input", () => map.setPaintProperty(LAYER, "raster-opacity", strength.value / 100));
    map.on("style.load", draw); // a change between light and dark lays the map anew
    draw();
    map.setMaxZoom(20); // a scene of one street is looked at closer than a settlement
    map.fitBounds([[west, south], [east, north]], { padding: 24, animate: false });
    map.once("idle", () => this.setAttribute("data-ready", ""));
  }
}

customElements.define("embers-overlay", EmbersOverlay);
