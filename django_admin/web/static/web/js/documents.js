// The documents' page: adding files, what becomes of them, and what one may read.
import { DocumentList } from "./document_list.js";
import { IndexJobs } from "./index_jobs.js";
import { Upload } from "./upload.js";

const status = document.getElementById("status");
const say = (text) => { status.textContent = text; };

const jobs = new IndexJobs({ say, onProgress: () => list.load({ quietly: true }) });
const list = new DocumentList({
  say,
  onRights: ({ mayIndex }) => { document.getElementById("add").hidden = !mayIndex; },
});
new Upload({ say, onSent: () => jobs.load() });

await Promise.all([jobs.load(), list.load()]);
document.body.dataset.ready = "true";
