/* Puts the reader's choice of light or dark on the page before anything is drawn. A classic script in the head, so
 * that no page flashes in the other colours. The choice stays in this browser; it is sent nowhere. */
try {
  const chosen = localStorage.getItem("embers-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // A browser that keeps nothing shows what the device asks for.
}
