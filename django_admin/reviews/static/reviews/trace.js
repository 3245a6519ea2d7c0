// The tree of a turn's trace: fetched from the tracing pages when it is unfolded, once.
const failed = document.querySelector(".review")?.dataset.failed ?? "";

async function load(details) {
  const place = details.querySelector(".turn-trace-tree");
  try {
    const response = await fetch(details.dataset.trace, { credentials: "same-origin", headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    place.innerHTML = await response.text(); // made by our own templates, which escape
    details.dataset.loaded = "true";
  } catch {
    place.textContent = failed;
  }
}

for (const details of document.querySelectorAll("details[data-trace]")) {
  details.addEventListener("toggle", () => { if (details.open && !details.dataset.loaded) load(details); });
}
