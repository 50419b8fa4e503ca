/* <embers-image data-plan="/copies/<sha256>/0/plan.json" data-prefix="page=3" data-at="box=10,20,30,40">
 *   <ol class="viewer-marks"><li data-at="box=...">...</li></ol>
 * </embers-image>
 *
 * A picture in tiles. Promise: it loads the tiles it shows and no others, draws every place of the list that is a box or
 * polygon, and turns what is drawn into a locator in the picture's own units. Everything goes by keyboard.
 * Refused: a plan on another origin.
 */
import { LocatorField, button, currentMark, element, pageOf, say, shapeOf, written } from "./viewer-parts.js";

const SVG = "http://www.w3.org/2000/svg";
const KEPT_TILES = 160;
const STEP = 60;
const LARGEST = 16;

class EmbersImage extends HTMLElement {
  #plan = null;
  #tiles = new Map();
  #view = { x: 0, y: 0, scale: 1 };
  #stage;
  #canvas;
  #shapes;
  #field;
  #marks = [];
  #mode = "move";
  #corners = [];
  #cross = null;
  #drawn = null;
  #pointers = new Map();
  #frame = 0;
  #watch = new ResizeObserver(() => this.#resized());

  /** For tests and other scripts: what part of the picture is seen, in its own units. */
  get view() {
    const { x, y, scale } = this.#view;
    return { x, y, scale, width: this.#stage.clientWidth / scale, height: this.#stage.clientHeight / scale };
  }

  async connectedCallback() {
    if (this.#stage) return;
    this.#lay();
    try {
      const address = new URL(this.dataset.plan, location.href);
      if (address.origin !== location.origin) throw new Error(address.origin);
      const answer = await fetch(address, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(answer.status);
      this.#plan = await answer.json();
    } catch (error) {
      this.#field.tell(say("no_plan", { reason: error.message }));
      return;
    }
    this.#marks = [...this.querySelectorAll("[data-at]")].flatMap((item) => this.#marked(item));
    this.#watch.observe(this.#stage);
    this.#fit();
    if (this.dataset.at) {
      this.#field.set(this.dataset.at);
      this.show(this.dataset.at);
    }
    this.setAttribute("data-ready", "");
  }

  disconnectedCallback() {
    this.#watch.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  /** Go to the shape a locator names and draw it; false if it names none on this picture. */
  show(locator) {
    const shape = shapeOf(locator);
    const page = pageOf(this.dataset.prefix ?? "");
    if (!shape || (page && (pageOf(locator) ?? page) !== page)) return false;
    this.#drawn = shape;
    this.#goTo(shape);
    return true;
  }

  #lay() {
    this.#canvas = element("canvas");
    this.#canvas.setAttribute("aria-hidden", "true");
    this.#shapes = document.createElementNS(SVG, "svg");
    this.#stage = element("div", { className: "viewer-stage", tabIndex: 0 }, this.#canvas, this.#shapes);
    this.#stage.setAttribute("role", "application");
    this.#stage.setAttribute("aria-label", say("stage"));
    const tools = element(
      "div",
      { className: "viewer-tools" },
      button(say("larger"), () => this.#zoom(1.5), { keys: "+" }),
      button(say("smaller"), () => this.#zoom(1 / 1.5), { keys: "-" }),
      button(say("fit"), () => this.#fit(), { keys: "0" }),
      button(say("full"), () => this.#zoom(this.#pixels() / this.#view.scale), { keys: "1" }),
      button(say("box"), () => this.#begin("box"), { keys: "B", pressed: false }),
      button(say("polygon"), () => this.#begin("polygon"), { keys: "P", pressed: false }),
      button(say("finish"), () => this.#finish(), { keys: "F" }),
      button(say("stop"), () => this.#begin("move"), { keys: "Escape" }),
    );
    tools.setAttribute("role", "toolbar");
    tools.setAttribute("aria-label", say("tools"));
    this.prepend(tools, this.#stage);
    const under = element("div");
    this.#stage.after(under);
    this.#field = new LocatorField(under, (locator) => this.show(locator));
    for (const [name, hear] of Object.entries(HEARD)) this.#stage.addEventListener(name, (one) => this.#hear(hear, one), { passive: false });
  }

  #hear(name, event) {
    if (this.#plan) this[`_${name}`](event);
  }

  #marked(item) {
    const shape = shapeOf(item.dataset.at);
    if (!shape) return [];
    const drawing = document.createElementNS(SVG, "polygon");
    drawing.classList.add("viewer-shape");
    drawing.setAttribute("tabindex", "0");
    drawing.setAttribute("role", "button");
    drawing.setAttribute("aria-label", say("mark", { words: item.querySelector("a")?.textContent ?? item.dataset.at }));
    const mark = { item, shape, drawing };
    const point = (current) => this.#point(mark, current);
    for (const one of [drawing, item]) {
      for (const name of ["pointerenter", "focusin"]) one.addEventListener(name, () => point(true));
      for (const name of ["pointerleave", "focusout"]) one.addEventListener(name, () => point(false));
    }
    const choose = () => item.querySelector("a")?.focus();
    drawing.addEventListener("click", choose);
    drawing.addEventListener("keydown", (pressed) => {
      if (pressed.key === "Enter" || pressed.key === " ") {
        pressed.preventDefault();
        pressed.stopPropagation();
        choose();
      }
    });
    item.querySelector("[data-place]")?.addEventListener("click", (pressed) => {
      if (pressed.ctrlKey || pressed.metaKey || pressed.shiftKey) return;
      pressed.preventDefault();
      this.#field.set(item.dataset.at);
      this.show(item.dataset.at);
    });
    this.#shapes.append(drawing);
    return [mark];
  }

  #point({ item, drawing }, current) {
    currentMark(item, current);
    drawing.toggleAttribute("data-current", current);
  }

  /** Pixels of the largest level for each unit: 1 for pictures, more for pages counted in points. */
  #pixels() {
    return this.#plan.levels[0].width / this.#plan.width;
  }

  #fit() {
    const { width, height } = this.#plan;
    const scale = Math.min(this.#stage.clientWidth / width, this.#stage.clientHeight / height) || 1;
    this.#look({
      scale,
      x: (width - this.#stage.clientWidth / scale) / 2,
      y: (height - this.#stage.clientHeight / scale) / 2,
    });
  }

  #goTo({ corners }) {
    const [xs, ys] = [0, 1].map((axis) => corners.map((corner) => corner[axis]));
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
    const { clientWidth, clientHeight } = this.#stage;
    const scale = Math.min(clientWidth / (width * 2.5), clientHeight / (height * 2.5), 4 * this.#pixels());
    this.#look({
      scale,
      x: left + width / 2 - clientWidth / scale / 2,
      y: top + height / 2 - clientHeight / scale / 2,
    });
  }

  #zoom(by, at = [this.#stage.clientWidth / 2, this.#stage.clientHeight / 2]) {
    const { x, y, scale: before } = this.#view;
    const { width, height } = this.#plan;
    const least = Math.min(this.#stage.clientWidth / width, this.#stage.clientHeight / height) / 2;
    const scale = Math.min(Math.max(before * by, least), LARGEST * this.#pixels());
    this.#look({ scale, x: x + at[0] / before - at[0] / scale, y: y + at[1] / before - at[1] / scale });
  }

  #look(view) {
    this.#view = view;
    this.#draw();
  }

  #resized() {
    const ratio = devicePixelRatio || 1;
    this.#canvas.width = Math.round(this.#stage.clientWidth * ratio);
    this.#canvas.height = Math.round(this.#stage.clientHeight * ratio);
    this.#draw();
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.#drawTiles();
      this.#drawShapes();
    });
  }

  #drawTiles() {
    const ratio = devicePixelRatio || 1;
    const context = this.#canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    const { x, y, scale } = this.#view;
    context.setTransform(scale * ratio, 0, 0, scale * ratio, -x * scale * ratio, -y * scale * ratio);
    const last = this.#plan.levels.length - 1;
    let level = last;
    while (level && this.#plan.levels[level].width / this.#plan.width < scale * ratio) level -= 1;
    context.imageSmoothingEnabled = scale * ratio < 3 * this.#pixels();
    for (const one of new Set([last, level])) this.#drawLevel(context, one);
  }

  #drawLevel(context, level) {
    const { columns, rows, width, height } = this.#plan.levels[level];
    const unit = this.#plan.width / width;
    const side = this.#plan.tile * unit;
    const seen = this.view;
    const from = (value) => Math.max(0, Math.floor(value / side));
    const to = (value, most) => Math.min(most - 1, Math.floor(value / side));
    for (let column = from(seen.x); column <= to(seen.x + seen.width, columns); column += 1) {
      for (let row = from(seen.y); row <= to(seen.y + seen.height, rows); row += 1) {
        const image = this.#tile(level, column, row);
        const across = Math.min(this.#plan.tile, width - column * this.#plan.tile) * unit;
        const down = Math.min(this.#plan.tile, height - row * this.#plan.tile) * unit;
        if (image.complete && image.naturalWidth) context.drawImage(image, column * side, row * side, across, down);
      }
    }
  }

  #tile(level, column, row) {
    const name = `${level}/${column}/${row}`;
    const image = this.#tiles.get(name) ?? new Image();
    this.#tiles.delete(name);
    this.#tiles.set(name, image);
    if (!image.src) {
      image.addEventListener("load", () => this.#draw());
      image.addEventListener("error", () => this.#field.tell(say("no_tile")));
      image.src = this.dataset.plan.replace(/plan\.json$/, `${name}.jpg`);
      if (this.#tiles.size > KEPT_TILES) this.#tiles.delete(this.#tiles.keys().next().value);
    }
    return image;
  }

  #drawShapes() {
    const onStage = ([x, y]) => [(x - this.#view.x) * this.#view.scale, (y - this.#view.y) * this.#view.scale];
    const line = (corners) => corners.map((corner) => onStage(corner).map((value) => value.toFixed(1)).join(",")).join(" ");
    for (const { shape, drawing } of this.#marks) drawing.setAttribute("points", line(shape.corners));
    this.#shapes.querySelectorAll(".viewer-own").forEach((one) => one.remove());
    const own = (name, points) => {
      const made = document.createElementNS(SVG, name);
      made.classList.add("viewer-own");
      made.setAttribute("points", points);
      this.#shapes.append(made);
    };
    if (this.#drawn) own("polygon", line(this.#drawn.corners));
    if (this.#mode === "move") return;
    const open = this.#cross ? [...this.#corners, this.#cross] : this.#corners;
    if (this.#mode === "box" && open.length === 2) own("polygon", line(box(...open)));
    else own("polyline", line(open));
    if (this.#cross) {
      const [x, y] = onStage(this.#cross);
      own("polyline", `${x - 12},${y} ${x + 12},${y}`);
      own("polyline", `${x},${y - 12} ${x},${y + 12}`);
    }
  }

  #begin(mode) {
    this.#mode = mode;
    this.#corners = [];
    const { x, y, width, height } = this.view;
    this.#cross = mode === "move" ? null : this.#inside([x + width / 2, y + height / 2]);
    const pressed = [...this.querySelectorAll("[aria-pressed]")];
    ["box", "polygon"].forEach((one, at) => pressed[at].setAttribute("aria-pressed", one === mode));
    this.#stage.dataset.mode = mode;
    this.#field.tell(mode === "move" ? "" : say(`drawing_${mode}`));
    if (mode !== "move") this.#stage.focus();
    this.#draw();
  }

  #corner(at) {
    this.#corners.push(this.#inside(at));
    if (this.#mode === "box" && this.#corners.length === 2) this.#finish();
    else this.#draw();
  }

  #finish() {
    if (this.#mode === "move") return;
    const corners = this.#mode === "box" ? box(...this.#corners, this.#cross) : distinct(this.#corners);
    const flat = this.#mode === "box" && (corners[0][0] === corners[2][0] || corners[0][1] === corners[2][1]);
    if (flat || corners.length < 3) {
      this.#field.tell(say(this.#mode === "box" ? "drawing_box" : "too_few"));
      if (flat) this.#corners.pop();
      return;
    }
    this.#drawn = { kind: this.#mode, corners };
    const locator = [this.dataset.prefix, written(this.#drawn)].filter(Boolean).join(" ");
    this.#begin("move");
    this.#field.set(locator);
    this.#field.tell(say("drawn", { locator }));
  }

  #inside([x, y]) {
    const within = (value, most) => Math.round(Math.min(Math.max(value, 0), most));
    return [within(x, this.#plan.width), within(y, this.#plan.height)];
  }

  #under(event) {
    const frame = this.#stage.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  #unit([x, y]) {
    return [this.#view.x + x / this.#view.scale, this.#view.y + y / this.#view.scale];
  }

  _press(event) {
    if (event.target.closest(".viewer-shape") && this.#mode === "move") return;
    this.#stage.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, this.#under(event));
    if (this.#mode === "box") this.#corner(this.#unit(this.#under(event)));
  }

  _moved(event) {
    const at = this.#under(event);
    const before = this.#pointers.get(event.pointerId);
    if (this.#mode !== "move") this.#cross = this.#inside(this.#unit(at));
    if (before && this.#mode === "move") {
      const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) this.#zoom(Math.hypot(at[0] - other[0], at[1] - other[1]) / (Math.hypot(before[0] - other[0], before[1] - other[1]) || 1), other);
      else this.#move(before[0] - at[0], before[1] - at[1]);
    }
    if (before) this.#pointers.set(event.pointerId, at);
    this.#draw();
  }

  _released(event) {
    const pressed = this.#pointers.delete(event.pointerId);
    if (!pressed || event.type === "pointercancel") return;
    const at = this.#unit(this.#under(event));
    if (this.#mode === "polygon") this.#corner(at);
    // A box is drawn by dragging, or by two presses where nothing was dragged.
    else if (this.#mode === "box" && this.#corners.length === 1) {
      const [x, y] = this.#corners[0];
      if (Math.hypot(at[0] - x, at[1] - y) * this.#view.scale > 4) this.#corner(at);
    }
  }

  _wheel(event) {
    // The page scrolls as everywhere until somebody turns to the picture.
    if (!event.ctrlKey && document.activeElement !== this.#stage) return;
    event.preventDefault();
    this.#zoom(Math.exp(-event.deltaY / 400), this.#under(event));
  }

  _key(event) {
    if (event.target !== this.#stage || event.altKey || event.metaKey || event.ctrlKey) return;
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const act = {
      "+": () => this.#zoom(1.25),
      "=": () => this.#zoom(1.25),
      "-": () => this.#zoom(0.8),
      0: () => this.#fit(),
      1: () => this.#zoom(this.#pixels() / this.#view.scale),
      b: () => this.#begin("box"),
      p: () => this.#begin("polygon"),
      f: () => this.#finish(),
      Escape: () => this.#begin("move"),
      Enter: () => this.#cross && this.#corner(this.#cross),
      Backspace: () => this.#corners.pop() && this.#draw(),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!arrow && !act) return;
    event.preventDefault();
    if (act) act();
    else if (this.#cross) this.#moveCross(arrow, event.shiftKey ? 1 : 12);
    else this.#move(arrow[0] * STEP, arrow[1] * STEP);
  }

  #move(across, down) {
    const { x, y, scale } = this.#view;
    const within = (value, most, seen) => Math.min(Math.max(value, -seen * 0.75), most - seen * 0.25);
    const { width, height } = this.view;
    this.#look({
      scale,
      x: within(x + across / scale, this.#plan.width, width),
      y: within(y + down / scale, this.#plan.height, height),
    });
  }

  #moveCross([across, down], by) {
    const step = Math.max(1, Math.round(by / this.#view.scale));
    this.#cross = this.#inside([this.#cross[0] + across * step, this.#cross[1] + down * step]);
    const { x, y, width, height } = this.view;
    const out = this.#cross[0] < x || this.#cross[0] > x + width || this.#cross[1] < y || this.#cross[1] > y + height;
    if (out) this.#move(across * STEP, down * STEP);
    this.#draw();
  }
}

const HEARD = {
  pointerdown: "press",
  pointermove: "moved",
  pointerup: "released",
  pointercancel: "released",
  wheel: "wheel",
  keydown: "key",
};

const box = ([left, top], [right, bottom]) => [[left, top], [right, top], [right, bottom], [left, bottom]];

/** Corners without repeats one after the other, as a double press leaves them. */
const distinct = (corners) => corners.filter((one, at) => String(one) !== String(corners[(at || corners.length) - 1]));

customElements.define("embers-image", EmbersImage);
