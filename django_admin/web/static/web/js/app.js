// The chat page: puts its parts together, and keeps the address in step with the open conversation.
import { Composer } from "./composer.js";
import { config } from "./config.js";
import { ConversationView } from "./conversation.js";
import { Memories } from "./memories.js";
import { Scroll } from "./scroll.js";
import { Sidebar } from "./sidebar.js";

const heading = document.getElementById("title");

function showTitle(title) {
  heading.textContent = title;
  document.title = title ? `${title} · NaruTalk` : "NaruTalk";
}

const view = new ConversationView({
  scroll: new Scroll(),
  onBusy: (busy) => composer.setBusy(busy),
  onTitle: showTitle,
  onStarted: async (id, question) => {
    history.pushState({}, "", `/c/${id}`);
    showTitle(question);
    sidebar.setCurrent(id);
  },
});
const composer = new Composer({
  onSend: async (text) => {
    await view.ask(text);
    await sidebar.load();
    composer.focus();
  },
  onStop: () => view.stop(),
});
const sidebar = new Sidebar({
  onOpen: (id) => open(id),
  onRenamed: (id, title) => { if (id === view.id) showTitle(title); },
  onDeleted: (id) => { if (id === view.id) open(null); },
});

function show(id) {
  sidebar.setCurrent(id);
  if (id) view.open(id);
  else view.clear();
}

function open(id) {
  const address = id ? `/c/${id}` : "/";
  if (location.pathname !== address) history.pushState({}, "", address);
  show(id);
  sidebar.closeDrawer();
  composer.focus();
}

for (const button of [document.getElementById("new-conversation"), document.getElementById("new-conversation-phone")]) {
  button.addEventListener("click", () => open(null));
}
for (const example of document.querySelectorAll(".example")) {
  example.addEventListener("click", () => composer.onSend(example.dataset.question));
}
document.addEventListener("click", (event) => {
  const cite = event.target.closest?.(".cite");
  if (!cite) return;
  event.preventDefault();
  const source = document.getElementById(cite.hash.slice(1));
  if (!source) return;
  source.scrollIntoView({ block: "nearest", behavior: "smooth" });
  source.classList.add("is-lit");
  source.focus({ preventScroll: true });
  setTimeout(() => source.classList.remove("is-lit"), 1600);
});
addEventListener("popstate", () => show(location.pathname.startsWith("/c/") ? location.pathname.slice(3) : null));

// The menu that it was opened from has closed meanwhile; only what opens the menu can have the focus.
new Memories({ onClosed: () => document.querySelector(".account summary").focus() });
sidebar.load();
show(config.conversationId);
document.body.dataset.ready = "true";
