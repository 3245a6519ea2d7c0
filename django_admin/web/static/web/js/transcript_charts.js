// The charts of a transcript, drawn as the chat page does; without this script, their titles stand there.
import { renderChart } from "./charts.js";

for (const place of document.querySelectorAll("[data-charts]")) {
  const charts = JSON.parse(place.querySelector("script").textContent);
  place.replaceChildren(...charts.map(renderChart));
}
