from pathlib import Path

import pytest

from narutalk.embedding import PACKAGED_MODEL, build_embedder
from narutalk.settings import Settings
from tools.documents.chroma import build_client
from tools.documents.library import DocumentLibrary
from tools.documents.store import DocumentStore, build_documents_engine, migrate_documents
from tools.documents.vectors import VectorIndex
from tools.documents.writing import NewDocument

LEAVE = """# Annual leave

## Entitlement

Everyone gets 15 days of annual leave after one completed year.

## Carry-over

Up to 5 unused days move to the next year, until 31 March.
"""
SALARY = """# Salary bands

## Directors

Directors earn between 90 and 120 million KRW a year.
"""
LEAVE_KO = """# 경조사 휴가

## 결혼

본인 결혼 시 5일의 유급 휴가를 부여합니다.
"""


@pytest.fixture
def library(settings: Settings) -> DocumentLibrary:
    """A library of three documents; the second one is for the group hr."""
    migrate_documents(settings)
    embedder = build_embedder(PACKAGED_MODEL)
    store = DocumentStore(build_documents_engine(settings))
    vectors = VectorIndex(build_client("", settings.data_dir), embedder)
    made = DocumentLibrary(store, vectors, embedder, data_dir=settings.data_dir)
    made.add(NewDocument(content=LEAVE.encode(), file_name="annual-leave.md", category="policy"))
    made.add(NewDocument(content=SALARY.encode(), file_name="salary.md", groups=["hr"]))
    made.add(NewDocument(content=LEAVE_KO.encode(), file_name="family-events.md", category="policy"))
    made.refresh()
    return made


@pytest.fixture
def sample_files(tmp_path: Path) -> Path:
    """The sample company's documents as files."""
    from tools.sample_company.documents import write_documents

    folder = tmp_path / "files"
    write_documents(folder)
    return folder
