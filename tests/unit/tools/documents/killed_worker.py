"""Works on the index jobs of a data dir: `killed_worker.py DATA_DIR PLACE`.

It kills itself at the place; without one it ends when the jobs do, and prints which passages are indexed.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from narutalk.embedding import PACKAGED_MODEL, build_embedder
from narutalk.settings import load_settings
from tests.unit.tools.documents.contents import lexical_ids, vector_ids
from tools.documents import jobs as jobs_module
from tools.documents.chroma import build_client
from tools.documents.claims import Claim, Claims
from tools.documents.conversion import Converter
from tools.documents.job_store import JobStore
from tools.documents.jobs import IndexJobs
from tools.documents.library import DocumentLibrary
from tools.documents.store import DocumentStore, build_documents_engine
from tools.documents.vectors import VectorIndex

PLACES: dict[str, tuple[Any, str, bool, int]] = {
    # where, which function, after it (or before), at the how manieth call
    "a file was chosen": (JobStore, "next_item", True, 2),
    "a file is read": (Converter, "read_blocks", False, 2),
    "a document was claimed": (Claims, "_acquired", True, 3),
    "vectors are written": (VectorIndex, "add", False, 2),
    "vectors were written": (VectorIndex, "add", True, 2),
    "the document is about to be known": (jobs_module, "record", True, 2),
    "the old vectors are deleted": (VectorIndex, "delete", False, 2),
    "the old vectors were deleted": (VectorIndex, "delete", True, 2),
    "a claim was given back": (Claim, "drop", True, 2),
    "the index is published": (DocumentLibrary, "publish", False, 1),
    "the job ends": (JobStore, "finish", False, 1),
}


def kill_at(place: str) -> None:
    """Make this process kill itself at one of `PLACES`."""
    holder, name, after, wanted = PLACES[place]
    original: Callable[..., Any] = getattr(holder, name)
    calls = 0

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == wanted and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if calls == wanted:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(holder, name, wrapped)


def main(data_dir: Path, place: str) -> None:
    if place:
        kill_at(place)
    settings = load_settings(data_dir=data_dir, _env_file=None)
    embedder = build_embedder(PACKAGED_MODEL)
    engine = build_documents_engine(settings)
    converter = Converter()
    library = DocumentLibrary(
        DocumentStore(engine),
        VectorIndex(build_client("", data_dir), embedder),
        embedder,
        read=converter.read_blocks,
        data_dir=data_dir,
    )
    library.refresh()
    jobs = IndexJobs(library, JobStore(engine), data_dir, interrupt=converter.close)
    jobs.start()
    for future in list(jobs._futures.values()):
        future.result()
    jobs.close()
    print(json.dumps({"vectors": vector_ids(library), "lexical": lexical_ids(library)}))
    engine.dispose()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
