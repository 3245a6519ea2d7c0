// The two times are for the custom range only.
const range = document.getElementById("id_range");
const times = document.querySelectorAll(".logs-field-since, .logs-field-until");

function showTimes() {
  for (const field of times) {
    field.hidden = range.value !== "custom";
  }
}

range.addEventListener("change", showTimes);
showTimes();
