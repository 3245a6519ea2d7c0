// The sources under an answer: documents open in a viewer, records say what they were computed from.
import { config, t } from "./config.js";
import { el, icon } from "./dom.js";

const QUOTE_CHARS = 300;

export function documentUrl(citation) {
  const query = new URLSearchParams();
  if (Number.isInteger(citation.passage)) query.set("passage", citation.passage);
  if (citation.page) query.set("page", citation.page);
  if (citation.section) query.set("section", citation.section);
  if (citation.quote) query.set("quote", cut(citation.quote));
  return `/documents/${encodeURIComponent(citation.document_id)}?${query}`;
}

function cut(quote) {
  return quote.length > QUOTE_CHARS ? `${quote.slice(0, QUOTE_CHARS)}…` : quote;
}

export function sourceAnchors(citations, prefix) {
  const numbered = citations.filter((citation) => citation.index !== null && citation.index !== undefined);
  return new Map(
    numbered.map((citation) => [
      citation.index,
      { anchor: `${prefix}-source-${citation.index}`, title: citation.title },
    ]),
  );
}

export function renderSources(citations, prefix) {
  const unique = new Map(citations.map((citation) => [keyOf(citation), citation]));
  const sorted = [...unique.values()].sort((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity));
  return el("section", { class: "sources", hidden: !sorted.length }, [
    el("h3", {}, t("sources")),
    el("ol", {}, sorted.map((citation) => el("li", {}, source(citation, prefix)))),
  ]);
}

function keyOf(citation) {
  return citation.index ?? `${citation.kind}|${citation.document_id}|${citation.title}|${citation.section}|${citation.detail}`;
}

/** What records are called in the page's language: a closed set, unlike the titles of documents. */
function recordsTitle(citation) {
  return config.strings[`source_${citation.title}`] ?? citation.title;
}

function source(citation, prefix) {
  const isDocument = citation.kind !== "records" && citation.document_id;
  const numbered = citation.index !== null && citation.index !== undefined;
  const page = citation.page ? t("page", { page: citation.page }) : null;
  const section = citation.section === citation.title ? null : citation.section;
  const place = isDocument ? [section, page].filter(Boolean).join(" · ") : citation.detail;
  const attributes = { class: "source", id: numbered ? `${prefix}-source-${citation.index}` : null };
  const content = [
    el("span", { class: "number" }, numbered ? String(citation.index) : icon(isDocument ? "document" : "records")),
    el("span", { class: "source-text" }, [
      el("span", { class: "source-title" }, isDocument ? citation.title : recordsTitle(citation)),
      el("span", { class: "source-place" }, place || (isDocument ? citation.source : t("records"))),
      citation.quote && el("span", { class: "source-quote" }, citation.quote),
    ]),
  ];
  if (!isDocument) return el("div", attributes, content);
  return el("a", { ...attributes, href: documentUrl(citation), target: "_blank", rel: "noopener" }, content);
}
