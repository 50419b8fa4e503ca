/* Asks the browser for a security key and sends its answer as the form's "credential".
 *
 * <embers-passkey data-does="create|get"> holds the options as JSON and the form. Nothing else is loaded or sent.
 */

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const words = (data) =>
  btoa(String.fromCharCode(...new Uint8Array(data)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

function read(options) {
  const found = { ...options.publicKey, challenge: bytes(options.publicKey.challenge) };
  if (found.user) found.user = { ...found.user, id: bytes(found.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"])
    if (found[list]) found[list] = found[list].map((one) => ({ ...one, id: bytes(one.id) }));
  return found;
}

function written(credential) {
  const { response } = credential;
  const said = { clientDataJSON: words(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
    if (response[name]) said[name] = words(response[name]);
  return JSON.stringify({
    id: credential.id,
    rawId: words(credential.rawId),
    type: credential.type,
    response: said,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

customElements.define(
  "embers-passkey",
  class extends HTMLElement {
    connectedCallback() {
      const form = this.querySelector("form");
      form.addEventListener("submit", async (event) => {
        if (form.elements.credential.value) return;
        event.preventDefault();
        const options = JSON.parse(this.querySelector("script[type='application/json']").textContent);
        try {
          const publicKey = read(options);
          const made = await (this.dataset.does === "create"
            ? navigator.credentials.create({ publicKey })
            : navigator.credentials.get({ publicKey }));
          form.elements.credential.value = written(made);
          form.submit();
        } catch {
          form.querySelector("[role=alert]").hidden = false;
        }
      });
    }
  },
);
