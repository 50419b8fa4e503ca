/* <embers-display>: light, dark or as the device asks; single keys on or off; the language where there are several.
 *
 * Everything is written in the page by the server; this only keeps and applies what is chosen. The language must be
 * known to the server before it writes a page, so that choice is a cookie, which this sets and the server only reads.
 */
const KEYS_OFF = "embers-keys-off";

/** What this browser keeps under a name; nothing where it keeps nothing. */
export function kept(name) {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

function keep(name, value) {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    // The choice then holds for this page only.
  }
}

/** Whether single keys may act: people who speak to their computer switch them off (WCAG 2.1.4). */
export const keysAllowed = () => kept(KEYS_OFF) !== "yes";

/** Whether the page is dark now, by choice or because the device asks for it. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

class EmbersDisplay extends HTMLElement {
  connectedCallback() {
    const theme = kept("embers-theme");
    for (const radio of this.querySelectorAll("input[name=theme]")) {
      radio.checked = radio.value === theme;
      radio.addEventListener("change", () => this.#theme(radio.value));
    }
    const keys = this.querySelector("input[name=keys]");
    keys.checked = keysAllowed();
    keys.addEventListener("change", () => keep(KEYS_OFF, keys.checked ? "" : "yes"));
    this.querySelector("select[name=language]")?.addEventListener("change", ({ target }) => {
      document.cookie = `${target.dataset.cookie}=${target.value}; path=/; max-age=31536000; samesite=strict`;
      location.reload();
    });
    this.hidden = false;
  }

  #theme(value) {
    keep("embers-theme", value);
    if (value) document.documentElement.dataset.theme = value;
    else delete document.documentElement.dataset.theme;
    document.dispatchEvent(new Event("embers-theme"));
  }
}

customElements.define("embers-display", EmbersDisplay);
