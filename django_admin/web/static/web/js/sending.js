// A form on its way to the server, with how far it is: fetch() cannot tell.
import { ApiError } from "./api.js";
import { config } from "./config.js";

const MEGABYTE = 1024 * 1024;

// `sent` is the answer's JSON; it fails with an ApiError, or an AbortError after stop().
export function send(path, form, onProgress) {
  const request = new XMLHttpRequest();
  const sent = new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) onProgress(event.loaded / event.total); });
    request.addEventListener("load", () => (request.status === 202 ? resolve(JSON.parse(request.responseText)) : reject(refusal(request))));
    request.addEventListener("error", () => reject(new ApiError("network", "")));
    request.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    request.open("POST", path);
    request.setRequestHeader("X-CSRFToken", config.csrfToken);
    request.send(form);
  });
  return { sent, stop: () => request.abort() };
}

export function sizeOf(file) {
  const unit = file.size < MEGABYTE ? "kilobyte" : "megabyte";
  const value = Math.max(file.size / (file.size < MEGABYTE ? 1024 : MEGABYTE), 0.1);
  return value.toLocaleString(config.language, { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 });
}

export function megabytes(bytes) {
  return Math.floor(bytes / MEGABYTE);
}

function refusal(request) {
  let error = {};
  try { error = JSON.parse(request.responseText).error ?? {}; } catch { /* no answer of ours */ }
  return new ApiError(error.code ?? "unknown", error.message ?? "", request.status);
}
