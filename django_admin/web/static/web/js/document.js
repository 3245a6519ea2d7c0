// Scrolls to the passage that an answer cited.
document.querySelector(".is-cited")?.scrollIntoView({ block: "center" });
document.querySelector(".is-cited")?.focus({ preventScroll: true });
