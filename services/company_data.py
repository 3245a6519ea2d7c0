"""Makes the company's databases ready: `python -m services.company_data [--empty]`.

Migrates them and, unless told otherwise, loads the sample company where there is no data yet.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context

from narutalk.embedding import build_embedder
from narutalk.identity import Role
from narutalk.settings import Settings, load_settings
from tools.clients.database import migrate_clients
from tools.documents.store import DocumentStore, build_documents_engine, migrate_documents
from tools.employees.database import migrate_employees
from tools.sample_company.load import load_sample_company, rows_missing

SAMPLE_OWNER = Role.ADMIN.value


def prepare_company_data(settings: Settings, *, sample: bool) -> None:
    """Migrate every company database, and load the sample company into those that are empty."""
    migrate_employees(settings)
    migrate_clients(settings)
    migrate_documents(settings)
    if not sample:
        return
    if not rows_missing(settings):
        load_documents(settings)
        return
    # Two cores: the rows are generated in a process of their own while this one indexes the documents.
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        rows = pool.submit(load_rows, settings.data_dir.as_posix())
        load_documents(settings)
        rows.result()


def load_rows(data_dir: str) -> None:
    """Load employees, clients and transactions; runs in a process of its own."""
    load_sample_company(load_settings(data_dir=data_dir), documents=False)


def load_documents(settings: Settings) -> int:
    """Write the sample documents as files and index them when nothing is indexed; return how many."""
    engine = build_documents_engine(settings)
    try:
        store = DocumentStore(engine)
        return 0 if store.count() else _index_documents(settings, store)
    finally:
        engine.dispose()


def _index_documents(settings: Settings, store: DocumentStore) -> int:
    # Chroma and the converters take a second to import: only a first start needs them.
    from services.document.resources import open_library
    from tools.documents.writing import NewDocument
    from tools.sample_company.documents import write_documents
    from tools.sample_company.vectors import with_sample_vectors

    folder = settings.data_dir / "documents"
    write_documents(folder)
    library = open_library(settings, with_sample_vectors(build_embedder(settings.embedding_model)), store)
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for entry in entries:
        library.add(
            NewDocument(
                content=(folder / entry["file"]).read_bytes(),
                file_name=entry["file"],
                title=entry["title"],
                category=entry["category"],
                date=date.fromisoformat(entry["date"]),
                groups=entry["groups"],
                keywords=entry["keywords"],
                owner_id=SAMPLE_OWNER,
                stored_path=f"documents/{entry['file']}",
            )
        )
    return len(entries)


def main() -> None:
    """Parse the arguments and do it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--empty", action="store_true", help="load no sample company")
    prepare_company_data(load_settings(), sample=not parser.parse_args().empty)


if __name__ == "__main__":
    main()
