// Asks a person before something is done: whether they said yes.
export function confirmed(dialog, onOpen) {
  dialog.returnValue = "cancel";
  dialog.showModal();
  onOpen?.();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok"), { once: true });
  });
}
