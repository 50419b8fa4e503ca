/* <embers-media data-at="seconds=12.5-15"><video src="..."></video><ol class="viewer-marks">...</ol></embers-media>
 *
 * A recording with steps of one frame, a beginning and an end to mark, and the locator of both.
 * Promise: a step moves by one frame at the rate that was measured while it played, or that the reader set; 25 until then.
 */
import { LocatorField, button, element, say, seconds, stretchOf } from "./viewer-parts.js";

const USUAL_RATE = 25;
const LEAST_FRAMES = 12;

class EmbersMedia extends HTMLElement {
  #recording;
  #field;
  #rate;
  #clock;
  #stretch = null;
  #until = null;
  #gaps = [];
  #last = null;

  connectedCallback() {
    if (this.#recording) return;
    this.#recording = this.querySelector("video, audio");
    this.#lay();
    this.#recording.addEventListener("timeupdate", () => this.#tick());
    this.#recording.addEventListener("seeked", () => this.#tick());
    this.#recording.addEventListener("loadedmetadata", () => this.#opened(), { once: true });
    this.#recording.addEventListener("error", () => this.#field.tell(say("unplayable")));
    if (this.#recording.error) this.#field.tell(say("unplayable"));
    if (this.#recording.readyState >= HTMLMediaElement.HAVE_METADATA) this.#opened();
    this.#measure();
  }

  /** Go to the place a locator names; false if it names none. */
  show(locator) {
    this.#stretch = stretchOf(locator) ?? this.#stretch;
    if (!stretchOf(locator)) return false;
    this.#recording.pause();
    [this.#recording.currentTime] = this.#stretch;
    return true;
  }

  #opened() {
    if (this.dataset.at) {
      this.#field.set(this.dataset.at);
      this.show(this.dataset.at);
    }
    this.#tick();
    this.setAttribute("data-ready", "");
  }

  #lay() {
    const film = this.#recording.localName === "video";
    this.#rate = element("input", { type: "number", min: "1", max: "1000", step: "any", value: USUAL_RATE, inputMode: "decimal" });
    this.#clock = element("output", { className: "mono viewer-clock" });
    const rate = element("label", {}, `${say("rate")} `, this.#rate);
    const tools = element(
      "div",
      { className: "viewer-tools" },
      button(say("play"), () => this.#play(), { keys: "K" }),
      button(say("back"), () => this.#go(-5), { keys: "J" }),
      button(say("on"), () => this.#go(5), { keys: "L" }),
      button(say("back_frame"), () => this.#step(-1), { keys: "," }),
      button(say("next_frame"), () => this.#step(1), { keys: "." }),
      button(say("mark_in"), () => this.#mark(0), { keys: "I" }),
      button(say("mark_out"), () => this.#mark(1), { keys: "O" }),
      button(say("play_marked"), () => this.#playMarked(), { keys: "M" }),
      rate,
      this.#clock,
    );
    tools.setAttribute("role", "toolbar");
    tools.setAttribute("aria-label", say("tools"));
    if (!film) rate.hidden = true;
    const under = element("div");
    this.#recording.after(tools, under);
    this.#field = new LocatorField(under, (locator) => this.show(locator));
    this.addEventListener("keydown", (pressed) => this.#key(pressed));
    for (const place of this.querySelectorAll("[data-at] [data-place]")) {
      const { at } = place.closest("[data-at]").dataset;
      place.addEventListener("click", (pressed) => {
        if (pressed.ctrlKey || pressed.metaKey || pressed.shiftKey || !this.show(at)) return;
        pressed.preventDefault();
        this.#field.set(at);
      });
    }
  }

  #key(event) {
    if (event.target.closest("input, form, a") || event.altKey || event.metaKey || event.ctrlKey) return;
    const act = {
      k: () => this.#play(),
      j: () => this.#go(-5),
      l: () => this.#go(5),
      ",": () => this.#step(-1),
      ".": () => this.#step(1),
      i: () => this.#mark(0),
      o: () => this.#mark(1),
      m: () => this.#playMarked(),
    }[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #play() {
    this.#until = null;
    if (this.#recording.paused) this.#started(this.#recording.play());
    else this.#recording.pause();
  }

  #started(playing) {
    playing.catch((error) => error.name !== "AbortError" && this.#field.tell(say("unplayable")));
  }

  #go(by) {
    const { duration } = this.#recording;
    const wanted = Math.max(0, this.#recording.currentTime + by);
    this.#recording.currentTime = Number.isFinite(duration) ? Math.min(wanted, duration) : wanted;
  }

  #step(by) {
    this.#recording.pause();
    const rate = Number(this.#rate.value) || USUAL_RATE;
    // The middle of the frame: its very beginning may round to the frame before.
    const frame = Math.floor(this.#recording.currentTime * rate + 1e-6) + by;
    this.#recording.currentTime = Math.max(0, (frame + 0.5) / rate);
  }

  #mark(end) {
    const now = this.#recording.currentTime;
    const [from, to] = this.#stretch ?? [now, now];
    this.#stretch = end ? [Math.min(from, now), now] : [now, Math.max(to, now)];
    const [begins, ends] = this.#stretch.map(seconds);
    const locator = begins === ends ? `seconds=${begins}` : `seconds=${begins}-${ends}`;
    this.#field.set(locator);
    this.#field.tell(say("drawn", { locator }));
  }

  #playMarked() {
    if (!this.#stretch) return;
    [this.#recording.currentTime, this.#until] = this.#stretch;
    this.#started(this.#recording.play());
  }

  #tick() {
    const { currentTime, duration } = this.#recording;
    if (this.#until !== null && currentTime >= this.#until) {
      this.#until = null;
      this.#recording.pause();
    }
    this.#field.propose(`seconds=${seconds(currentTime)}`);
    const total = Number.isFinite(duration) ? seconds(duration) : "?";
    this.#clock.textContent = say("time", { seconds: currentTime.toFixed(3), total });
  }

  /** Measure the film's rate from the times of frames that follow each other while it plays. */
  #measure() {
    if (!this.#recording.requestVideoFrameCallback) return;
    const shown = (_, { mediaTime, presentedFrames }) => {
      const before = this.#last;
      this.#last = { mediaTime, presentedFrames };
      const next = before && presentedFrames === before.presentedFrames + 1;
      if (next && mediaTime > before.mediaTime && mediaTime - before.mediaTime < 0.5) this.#gaps.push(mediaTime - before.mediaTime);
      if (this.#gaps.length === LEAST_FRAMES) {
        const middle = [...this.#gaps].sort((one, two) => one - two)[LEAST_FRAMES / 2];
        this.#rate.value = Math.round(1000 / middle) / 1000;
        this.#rate.title = say("measured");
      }
      if (this.#gaps.length < LEAST_FRAMES) this.#recording.requestVideoFrameCallback(shown);
    };
    this.#recording.requestVideoFrameCallback(shown);
  }
}

customElements.define("embers-media", EmbersMedia);
