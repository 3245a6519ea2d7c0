// What the server says of this page, and its words.
export const config = JSON.parse(document.getElementById("config").textContent);

export function t(name, values = {}) {
  const text = config.strings[name] ?? name;
  return text.replace(/%\((\w+)\)s/g, (_, key) => String(values[key] ?? ""));
}

export function errorText(code, fallback) {
  return config.strings[`error_${code}`] ?? (fallback || t("error_unknown"));
}

export function number(value) {
  return value.toLocaleString(config.language);
}

export function duration(ms) {
  if (ms === null || ms === undefined) return "";
  if (ms < 950) return t("milliseconds", { count: Math.round(ms) });
  return t("seconds", { count: (ms / 1000).toLocaleString(config.language, { maximumFractionDigits: 1 }) });
}
