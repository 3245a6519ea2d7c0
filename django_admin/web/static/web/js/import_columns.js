// Which column of the file is which field, and how the file is read: as recognised, until the person says otherwise.
import { config, t } from "./config.js";
import { el } from "./dom.js";
import { ImportWords } from "./import_words.js";

const PLACES = ["department", "region"];
const COMPANY_CURRENCY = "KRW";

export class ImportColumns {
  constructor({ onCheck }) {
    this.onCheck = onCheck;
    this.form = document.getElementById("columns");
    this.rows = document.getElementById("column-rows");
    this.missing = document.getElementById("missing");
    this.hint = document.getElementById("columns-hint");
    this.words = new ImportWords();
    this.form.addEventListener("input", () => this.draw());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.onCheck(this.options()); });
  }

  show(job, kind) {
    const told = job.result ?? job.error?.details ?? {};
    this.job = job;
    this.fields = kind?.fields ?? [];
    this.names = (told.columns ?? []).filter((name, place, all) => name && all.indexOf(name) === place);
    this.twice = new Set(this.names.filter((name) => told.columns.filter((other) => other === name).length > 1));
    this.isUndecoded = job.error?.code === "file_encoding"; // then there is only how it is read to choose
    this.form.hidden = !kind || !job.has_file || !(this.names.length || this.isUndecoded);
    if (this.form.hidden) return;
    for (const id of ["mapping", "mapping-hint"]) document.getElementById(id).hidden = this.isUndecoded;
    const fieldOf = Object.fromEntries(Object.entries(told.mapping ?? {}).map(([field, column]) => [column, field]));
    if (job.error?.code === "column_ambiguous") for (const column of told.both) fieldOf[column] = told.field;
    this.rows.replaceChildren(...this.names.map((name) => this.row(name, fieldOf[name] ?? "")));
    this.recognised = JSON.stringify(this.chosen());
    this.fillOptions(job.options);
    this.missing.replaceChildren();
    this.words.show(job, this.fields);
    this.draw();
    this.form.querySelector("details").open = Boolean(job.error) || this.lacking().length > 0;
  }

  row(name, field) {
    const id = `column-${this.names.indexOf(name)}`;
    const select = el("select", { id, "data-column": name, disabled: this.twice.has(name) }, [
      el("option", { value: "" }, t("notImported")),
      this.fields.map((known) => el("option", { value: known.name, selected: known.name === field }, this.title(known))),
    ]);
    return el("tr", {}, [
      el("th", { scope: "row" }, el("label", { for: id }, name)),
      el("td", {}, [select, this.twice.has(name) && el("span", { class: "hint" }, t("columnTwice"))]),
    ]);
  }

  title(field) {
    return t(field.required ? "requiredField" : "field", { name: field.titles[config.language] });
  }

  fillOptions({ date_order: order = "ymd", create_places: creates = false, rates = {}, encoding = null }) {
    const { elements } = this.form;
    const [currency, rate] = Object.entries(rates)[0] ?? ["", ""];
    const has = (...names) => this.fields.some(({ name }) => names.includes(name));
    elements.date_order.value = order;
    elements.create_places.checked = creates;
    elements.currency.value = currency;
    elements.rate.value = rate;
    elements.encoding.value = encoding ?? "";
    document.getElementById("encoding").hidden = this.job.file_name.toLowerCase().endsWith(".xlsx");
    elements.create_places.closest("label").hidden = !has(...PLACES);
    document.getElementById("foreign").hidden = !has("currency");
  }

  chosen() {
    return Object.fromEntries([...this.rows.querySelectorAll("select")].filter((select) => !select.disabled).map((select) => [select.dataset.column, select.value]));
  }

  lacking() {
    if (this.isUndecoded) return [];
    const taken = new Set(Object.values(this.chosen()));
    const byHeader = new Set(Object.keys(this.job.result?.mapping ?? {}).filter((field) => this.twice.has(this.job.result.mapping[field])));
    return this.fields.filter((field) => field.required && !taken.has(field.name) && !byHeader.has(field.name));
  }

  draw() {
    const taken = Object.values(this.chosen()).filter(Boolean);
    const double = this.fields.find(({ name }) => taken.filter((other) => other === name).length > 1);
    this.drawMissing();
    for (const select of this.rows.querySelectorAll("select")) {
      select.closest("tr").className = select.value === double?.name && double ? "is-double" : select.value ? "is-read" : "is-ignored";
    }
    const ignored = this.names.length - taken.length;
    this.form.querySelector("summary").textContent = this.isUndecoded ? t("readAgain") : t(ignored ? "columnsIgnored" : "columnsRead", { read: taken.length, ignored });
    this.hint.textContent = double ? t("fieldTwice", { name: double.titles[config.language] }) : "";
    this.hint.hidden = !double;
    this.form.querySelector("button").disabled = Boolean(double);
  }

  // What every row needs and no column has: one value for all rows.
  drawMissing() {
    const lacking = this.lacking();
    const shown = [...this.missing.querySelectorAll("input")].map((input) => input.name);
    if (shown.join() === lacking.map(({ name }) => name).join()) return;
    const values = { ...this.job.options.constants, ...this.constants() };
    this.missing.replaceChildren(...(lacking.length ? [el("p", { class: "hint" }, t("missing"))] : []), ...lacking.map((field) => el("label", {}, [
      el("span", {}, field.titles[config.language]),
      el("input", { type: "text", name: field.name, value: values[field.name] ?? "", maxlength: 200, placeholder: t("sameForAll"), autocomplete: "off" }),
    ])));
  }

  constants() {
    return Object.fromEntries([...this.missing.querySelectorAll("input")].filter((input) => input.value.trim()).map((input) => [input.name, input.value.trim()]));
  }

  options() {
    const { elements } = this.form;
    const chosen = this.chosen();
    const currency = elements.currency.value.trim().toUpperCase();
    const words = this.words.chosen();
    const encoding = elements.encoding.value;
    const isForeign = currency && currency !== COMPANY_CURRENCY && elements.rate.value;
    return {
      columns: JSON.stringify(chosen) === this.recognised && (!this.job.error || this.isUndecoded) ? this.job.options.columns ?? {} : chosen,
      constants: this.constants(),
      date_order: elements.date_order.value,
      create_places: elements.create_places.checked,
      ...(Object.keys(words).length ? { words } : {}),
      ...(encoding ? { encoding } : {}),
      ...(isForeign ? { rates: { [currency]: elements.rate.value } } : {}),
      ...(isForeign && !Object.values(chosen).includes("currency") ? { currency } : {}),
    };
  }
}
