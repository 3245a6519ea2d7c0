// Scrolls to the passage that an answer cited, and marks the words that it quoted.
const cited = document.querySelector(".is-cited");
const quote = new URLSearchParams(location.search).get("quote") ?? "";
const isLetter = (character) => /[\p{L}\p{N}]/u.test(character);

// A quote has lost its Markdown and its line breaks: only letters and digits are compared.
function placesOf(element) {
  const places = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest(".cited-mark")) continue;
    [...node.data].reduce((offset, character) => {
      if (isLetter(character)) places.push({ node, start: offset, end: offset + character.length, letter: character.toLowerCase() });
      return offset + character.length;
    }, 0);
  }
  return places;
}

function markQuote(element, words) {
  const wanted = [...words].filter(isLetter).map((character) => character.toLowerCase());
  const places = placesOf(element);
  const first = places.findIndex((_, at) => wanted.every((letter, nth) => places[at + nth]?.letter === letter));
  if (!wanted.length || first < 0 || wanted.length === places.length) return; // all of it is marked already
  const found = places.slice(first, first + wanted.length);
  for (const node of new Set(found.map((place) => place.node))) {
    const here = found.filter((place) => place.node === node);
    const range = document.createRange();
    range.setStart(node, here[0].start);
    range.setEnd(node, here.at(-1).end);
    range.surroundContents(document.createElement("mark"));
  }
}

if (cited) {
  if (!quote.endsWith("…")) markQuote(cited, quote);
  cited.scrollIntoView({ block: "center" });
  cited.focus({ preventScroll: true });
}
