/* Keeps on the server what somebody types, so that it survives this browser; and holds a form back that would be sent to
 * a server that does not answer: the page of the failure would take the place of the form, and what was typed with it.
 *
 * One text is on its way at a time, so an older one never replaces a newer one. What is typed waits EVERY_MS and one
 * answer of the server at most; nothing is stored in the browser.
 */
const EVERY_MS = 2000;
/** A server that has not answered by then does not answer. */
const PATIENCE_MS = 10_000;
/** The server understood and refuses: the form may go, and comes back with the reason and what was typed. */
const REFUSED = new Set([400, 413, 422]);

export class DraftKeeper {
  #root = null;
  #typed = null;
  #told = null;
  #kept = "";
  #under = null;
  #failed = false;
  #held = false;
  #going = false;
  #timer = 0;

  /** `root.dataset` holds the address (`keep`) and the words (`kept`, `notKept`); `typed()` returns what to keep. */
  constructor(root, { typed, told }) {
    this.#root = root;
    this.#typed = () => typed().toString();
    this.#told = told;
    this.#kept = this.#typed();
    this.#timer = setInterval(() => this.#under ?? this.#keep(), EVERY_MS);
    root.addEventListener("submit", (sent) => this.#submit(sent));
    addEventListener("pagehide", () => this.#keep({ keepalive: true }));
    document.addEventListener("visibilitychange", () => document.hidden && this.#keep({ keepalive: true }));
    addEventListener("beforeunload", (left) => {
      if (this.#failed && !this.#going && this.#typed() !== this.#kept) left.preventDefault();
    });
  }

  stop() {
    clearInterval(this.#timer);
  }

  /** Ask the server to keep everything typed so far; if it answers, let the form go. */
  async #submit(sent) {
    if (this.#going) return;
    sent.preventDefault();
    if (this.#held) return;
    this.#hold(true);
    await this.#under;
    await this.#keep({}, true);
    this.#hold(false);
    if (this.#failed) return;
    this.#going = true;
    sent.target.requestSubmit(sent.submitter);
  }

  /** What is typed on while the server is asked would be signed unseen, so no field takes it. They keep the focus. */
  #hold(held) {
    this.#held = held;
    for (const field of this.#root.querySelectorAll("input, textarea")) field.readOnly = held;
  }

  /** Return once the server has answered, or has not. */
  #keep(how = {}, always = false) {
    const typed = this.#typed();
    if (this.#going || (typed === this.#kept && !always)) return null;
    this.#under = this.#send(typed, how).finally(() => (this.#under = null));
    return this.#under;
  }

  async #send(typed, how) {
    this.#failed = true;
    let told = this.#root.dataset.notKept; // and tried again at the next turn
    try {
      let answer = await this.#post(typed, how);
      // Somebody who logged in again in another tab has another token: the forms of this one are given it.
      if (answer.status === 403 && (await this.#renew())) answer = await this.#post(this.#typed(), how);
      const kept = answer.ok && !answer.redirected;
      if (kept) {
        told = this.#root.dataset.kept.replace("{time}", (await answer.json()).kept);
        this.#kept = typed;
      }
      this.#failed = !kept && !REFUSED.has(answer.status);
    } catch {
      // Nobody answered.
    }
    this.#tell(told, this.#failed ? "warning" : "");
  }

  #post(body, how) {
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    return fetch(this.#root.dataset.keep, { method: "POST", body, headers, signal: AbortSignal.timeout(PATIENCE_MS), ...how });
  }

  /** Take the token of forms from this page as the server gives it now. */
  async #renew() {
    const page = await (await fetch(location.href, { signal: AbortSignal.timeout(PATIENCE_MS) })).text();
    const token = page.match(/name="csrfmiddlewaretoken" value="([A-Za-z0-9]+)"/)?.[1];
    for (const field of this.#root.querySelectorAll("input[name=csrfmiddlewaretoken]")) if (token) field.value = token;
    return Boolean(token);
  }

  #tell(words, kind) {
    if (!this.#told) return;
    this.#told.textContent = words;
    this.#told.dataset.kind = kind;
  }
}
