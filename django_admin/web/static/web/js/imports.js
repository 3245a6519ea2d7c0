// The import page: a file is chosen and checked, its columns corrected, and then it is imported.
import { json } from "./api.js";
import { config, errorText } from "./config.js";
import { ImportForm } from "./import_form.js";
import { ImportHistory } from "./import_history.js";
import { ImportJob } from "./import_job.js";

const status = document.getElementById("status");
const say = (text) => { status.textContent = text; };

const history = new ImportHistory({ onOpen: (id) => show(id) });
const form = new ImportForm({ onSent: (job) => show(job.import_id) });
const job = new ImportJob({ say, onEnd: () => history.load(), onKind: (kind) => form.choose(kind), onDiscarded: () => { show(null); history.load(); } });

function address() {
  return location.pathname.split("/")[2] || null;
}

async function show(id, { isNew = true } = {}) {
  if (isNew && address() !== id) window.history.pushState(null, "", id ? `/import/${id}` : "/import/");
  document.body.classList.toggle("has-import", Boolean(id));
  await job.open(id);
  if (!id) form.focus();
}

async function loadKinds() {
  try {
    const found = await json("GET", "/api/imports/kinds");
    form.offer(found);
    job.kinds = new Map(found.kinds.map((kind) => [kind.name, kind]));
    history.kinds = job.kinds;
  } catch (error) {
    form.fail(errorText(error.code, error.message));
  }
}

document.getElementById("start-over").addEventListener("click", () => show(null));
window.addEventListener("popstate", () => show(address(), { isNew: false }));

await loadKinds();
await Promise.all([history.load(), config.importId && show(config.importId, { isNew: false })]);
document.body.dataset.ready = "true";
