// An answer's Markdown as sanitised elements: tables in boxes that scroll, [1] as links to the sources.
import { Marked } from "../vendor/marked.esm.js";
import DOMPurify from "../vendor/purify.es.js";
import { el } from "./dom.js";

const marked = new Marked({ gfm: true, breaks: false });
const PURIFY = {
  RETURN_DOM_FRAGMENT: true,
  ALLOWED_TAGS: (
    "a blockquote br code del em h1 h2 h3 h4 h5 h6 hr li ol p pre strong sub sup table tbody td th thead tr ul"
  ).split(" "),
  ALLOWED_ATTR: ["href", "title", "align", "start"],
  ADD_URI_SAFE_ATTR: ["align", "start"],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|\/(?!\/)|#)/i,
};

export function renderMarkdown(text, sourceAnchors) {
  const fragment = DOMPurify.sanitize(marked.parse(text), PURIFY);
  for (const table of fragment.querySelectorAll("table")) {
    const box = el("div", { class: "table-box", tabindex: "0", role: "region" });
    table.replaceWith(box);
    box.append(table);
  }
  for (const link of fragment.querySelectorAll("a[href]")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  linkSources(fragment, sourceAnchors);
  return fragment;
}

function linkSources(fragment, anchors) {
  if (!anchors.size) return;
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const node of texts) {
    if (node.parentElement?.closest("a, code, pre") || !/\[\d+\]/.test(node.data)) continue;
    const parts = node.data.split(/(\[\d+\])/).map((part) => {
      const number = Number(/^\[(\d+)\]$/.exec(part)?.[1]);
      const source = anchors.get(number);
      if (!source) return part;
      return el("a", { class: "cite", href: `#${source.anchor}`, title: source.title }, String(number));
    });
    node.replaceWith(...parts);
  }
}
