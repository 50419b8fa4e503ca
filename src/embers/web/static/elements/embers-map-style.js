/* How the offline map looks: colours, layers and the symbols of incidents. No glyph files and no sprite: text uses the fonts
 * of the machine, symbols are drawn on a canvas. Both parties' symbols have the same size, colour and weight. */

/** Shapes given to parties in alphabetical order of their names. */
export const SHAPES = ["circle", "diamond", "square", "hexagon"];

const LIGHT = {
  water: "#dfe6ea", shore: "#9fb0ba", land: "#f6f3ec", border: "#8a8378", name: "#6f685e", halo: "#f6f3ec",
  ink: "#1d1b19", paper: "#ffffff", ember: "#a8390b",
};
const DARK = {
  water: "#10161a", shore: "#4a5a64", land: "#262523", border: "#8b857b", name: "#a79f93", halo: "#262523",
  ink: "#f3efe9", paper: "#161514", ember: "#f08a55",
};

/** The whole MapLibre style, inline. `basemap` is the address of world.geojson. */
export function mapStyle(basemap, dark) {
  const colour = dark ? DARK : LIGHT;
  const empty = { type: "FeatureCollection", features: [] };
  return {
    version: 8,
    sources: {
      basemap: { type: "geojson", data: basemap, tolerance: 0.2, maxzoom: 10 },
      areas: { type: "geojson", data: empty, maxzoom: 14 },
      incidents: { type: "geojson", data: empty, maxzoom: 14 },
    },
    layers: [
      { id: "water", type: "background", paint: { "background-color": colour.water } },
      ground("land", "fill", { "fill-color": colour.land }),
      ground("lake", "fill", { "fill-color": colour.water, "fill-outline-color": colour.shore }),
      ground("coast", "line", { "line-color": colour.shore, "line-width": 0.9 }),
      ground("border", "line", { "line-color": colour.border, "line-width": byZoom(0.6, 1.4) }),
      ground("undetermined", "line", {
        "line-color": colour.border, "line-width": byZoom(0.7, 1.4), "line-dasharray": [3, 2.5],
      }),
      ...names(colour),
      { id: "area-fill", type: "fill", source: "areas",
        paint: { "fill-color": colour.ember, "fill-opacity": dark ? 0.16 : 0.1 } },
      { id: "area-edge", type: "line", source: "areas",
        paint: { "line-color": colour.ember, "line-width": 1, "line-opacity": 0.8, "line-dasharray": [3, 2] } },
      { // below the marks: MapLibre places what is drawn last first, so names give way to marks
        id: "incident-place", type: "symbol", source: "incidents",
        layout: {
          "text-field": ["get", "name"], "text-font": ["Noto Sans Regular", "sans-serif"], "text-size": 11.5,
          // Beside the mark wherever there is room; where there is none, the list and the popup still name the place.
          "text-variable-anchor": ["left", "right", "bottom", "top"], "text-justify": "auto",
          "text-radial-offset": ["case", [">", ["get", "count"], 1], 1.5, 1.2],
          "text-padding": 1, "text-max-width": 14,
          "symbol-sort-key": ["-", 0, ["get", "count"]],
        },
        paint: { "text-color": colour.ink, "text-halo-color": colour.halo, "text-halo-width": 1.4 },
      },
      {
        id: "incident", type: "symbol", source: "incidents",
        layout: {
          "icon-image": ["concat", "party-", ["get", "shape"]],
          "icon-size": ["step", ["get", "count"], 1, 2, 1.3, 100, 1.8],
          "icon-allow-overlap": true, "icon-ignore-placement": false, "icon-padding": 0,
          "text-field": ["get", "label"], "text-font": ["Noto Sans Bold", "sans-serif"], "text-size": 11.5,
          "text-allow-overlap": true, "text-ignore-placement": true,
          "symbol-sort-key": ["get", "count"],
        },
        paint: { "text-color": colour.paper },
      },
    ],
  };
}

/* What parts of base maps are called by those who make them, and how such a part is drawn; anything else in quiet grey. */
const PARTS = [
  [/water|ocean|lake|river/, "water"],
  [/earth|land(?!use|cover)|continent/, "land"],
  [/landuse|landcover|park|natural/, "green"],
  [/bound|admin|border/, "border"],
  [/road|transport|street|rail|highway/, "road"],
  [/build/, "building"],
  [/place|label|name|poi/, "name"],
];
const PART_COLOURS = {
  light: { water: "#c9d6de", land: "#f6f3ec", green: "#e6eadb", border: "#8a8378", road: "#b9b1a4", building: "#d8d1c5", other: "#857d72" },
  dark: { water: "#141c22", land: "#262523", green: "#242a22", border: "#8b857b", road: "#5d574f", building: "#38342f", other: "#8b857b" },
};

/** How one part of a stranger's vector map is drawn: layers without id and source. What is disputed is drawn as disputed. */
export function partPaint(part, dark) {
  const meant = PARTS.find(([pattern]) => pattern.test(part.toLowerCase()))?.[1] ?? "other";
  const palette = PART_COLOURS[dark ? "dark" : "light"];
  const colour = palette[meant] ?? palette.other;
  const words = dark ? DARK : LIGHT;
  const shape = (kind) => ["==", ["geometry-type"], kind];
  const disputed = ["any", ["to-boolean", ["get", "disputed"]], ["==", ["get", "kind"], "disputed"]];
  const line = { type: "line", paint: { "line-color": colour, "line-width": byZoom(0.6, 2.2) } };
  const layers = [
    { type: "fill", filter: shape("Polygon"), paint: { "fill-color": colour, "fill-opacity": meant === "other" ? 0.25 : 1 } },
  ];
  if (meant === "border") {
    layers.push({ ...line, filter: ["all", ["!=", ["geometry-type"], "Point"], ["!", disputed]] });
    layers.push({ ...line, filter: disputed, paint: { ...line.paint, "line-dasharray": [3, 2.5] } });
  } else {
    layers.push({ ...line, filter: shape("LineString") });
  }
  layers.push({
    type: "symbol", filter: shape("Point"),
    layout: { "text-field": ["coalesce", ["get", "name"], ""], "text-font": ["Noto Sans Regular", "sans-serif"], "text-size": 11 },
    paint: { "text-color": words.name, "text-halo-color": words.halo, "text-halo-width": 1.2 },
  });
  return layers;
}

/** Take everything from a map whose id begins with a word. */
export function takeOff(map, own) {
  const style = map.getStyle();
  for (const { id } of style.layers) if (id.startsWith(own)) map.removeLayer(id);
  for (const id of Object.keys(style.sources)) if (id.startsWith(own)) map.removeSource(id);
}

function ground(kind, type, paint) {
  const layout = type === "line" ? { "line-join": "round", "line-cap": kind === "undetermined" ? "butt" : "round" } : {};
  return { id: kind, type, source: "basemap", filter: ["==", ["get", "kind"], kind], layout, paint };
}

function byZoom(far, near) {
  return ["interpolate", ["linear"], ["zoom"], 2, far, 8, near];
}

function names(colour) {
  return [
    { id: "name-far", detail: false, maxzoom: 5.2 },
    { id: "name-near", detail: true, minzoom: 5.2, maxzoom: 9 },
  ].map(({ detail, ...rest }) => ({
    ...rest,
    type: "symbol",
    source: "basemap",
    filter: ["all", ["==", ["get", "kind"], "name"], ["==", ["get", "detail"], detail]],
    layout: {
      "text-field": ["get", "name"], "text-font": ["Noto Sans Regular", "sans-serif"],
      "text-size": byZoom(10, 13), "text-letter-spacing": 0.08, "text-max-width": 7,
      "symbol-sort-key": ["-", 0, ["get", "size"]],
    },
    paint: { "text-color": colour.name, "text-halo-color": colour.halo, "text-halo-width": 1.2 },
  }));
}

/** One symbol as pixels, sharp on dense screens: `{image, ratio}` for `Map.addImage`. */
export function partySymbol(shape, dark) {
  const colour = dark ? DARK : LIGHT;
  const ratio = Math.max(2, Math.ceil(globalThis.devicePixelRatio ?? 1));
  const size = 22;
  const canvas = new OffscreenCanvas(size * ratio, size * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.translate(size / 2, size / 2);
  pen.fillStyle = colour.ink;
  pen.strokeStyle = colour.paper;
  pen.lineWidth = 1.5;
  pen.beginPath();
  outline(pen, shape);
  pen.closePath();
  pen.fill();
  pen.stroke();
  return { image: pen.getImageData(0, 0, canvas.width, canvas.height), ratio };
}

/* The radii make all shapes cover about the same area, so that none looks heavier. */
function outline(pen, shape) {
  const corners = { diamond: [4, 8.8, 0], square: [4, 8.8, 45], hexagon: [6, 7.8, 0] }[shape];
  if (shape === "circle") {
    pen.arc(0, 0, 7, 0, 2 * Math.PI);
  } else if (corners) {
    const [count, radius, turn] = corners;
    for (let corner = 0; corner < count; corner += 1) {
      const angle = ((360 / count) * corner + turn) * (Math.PI / 180);
      pen.lineTo(radius * Math.sin(angle), -radius * Math.cos(angle));
    }
  } else if (shape === "mixed") {
    pen.roundRect(-9, -6.5, 18, 13, 6.5);
  } else {
    const [arm, half] = [7.5, 2.4];
    const cross = [[-half, -arm], [half, -arm], [half, -half], [arm, -half], [arm, half], [half, half]];
    for (const [x, y] of [...cross, ...cross.map(([a, b]) => [-a, -b])]) pen.lineTo(x, y);
  }
}
