"""Generated people never see a passage, title, count or score of what they may not read, by any way in."""

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from langchain_core.messages import HumanMessage

from agents.document.graph import build_graph
from narutalk.embedding import PACKAGED_MODEL, Embedder, build_embedder
from narutalk.errors import NotFound
from narutalk.identity import Identity, Role
from narutalk.offline import OfflineChatModel
from narutalk.run_identity import run_config
from narutalk.settings import Settings
from narutalk.settings import load_settings as load
from tests.unit.tools.documents.permission_worlds import TOPICS, World, Written, worlds
from tools.documents.chroma import build_client
from tools.documents.library import DocumentLibrary
from tools.documents.shards import Filters
from tools.documents.store import DocumentStore, build_documents_engine, migrate_documents
from tools.documents.vectors import VectorIndex
from tools.documents.writing import NewDocument, content_id

_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
ADMIN = Identity(user_id="0", username="root", roles=frozenset({Role.ADMIN}))


class RememberingEmbedder(Embedder):
    """The packaged model, which embeds each text once for all examples."""

    name = PACKAGED_MODEL
    dimensions = 384

    def __init__(self) -> None:
        self._model = build_embedder(PACKAGED_MODEL)
        self._known: dict[str, list[float]] = {}

    def embed_query(self, text: str) -> list[float]:
        if f"?{text}" not in self._known:
            self._known[f"?{text}"] = self._model.embed_query(text)
        return self._known[f"?{text}"]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        new = [text for text in texts if text not in self._known]
        self._known.update(zip(new, self._model.embed_documents(new), strict=True))
        return [self._known[text] for text in texts]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return RememberingEmbedder()


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated")
    migrate_documents(load(data_dir=folder, _env_file=None))
    return folder


@contextmanager
def open_library(settings: Settings, embedder: Embedder) -> Iterator[DocumentLibrary]:
    engine = build_documents_engine(settings)
    vectors = VectorIndex(build_client("", settings.data_dir), embedder)
    yield DocumentLibrary(DocumentStore(engine), vectors, embedder)
    vectors.close()
    engine.dispose()


def add(library: DocumentLibrary, written: Written) -> str:
    return library.add(
        NewDocument(content=written.content, file_name=written.file_name, groups=sorted(written.groups))
    )


def asked_by(person: Identity, library: DocumentLibrary, question: str) -> list[object]:
    """Return what the agent answers: its words, its tools' results and its citations."""
    agent = build_graph(OfflineChatModel(), library, None)
    answered = asyncio.run(agent.ainvoke({"messages": [HumanMessage(question)]}, run_config(person)))
    return [
        (message.type, message.content, getattr(message, "artifact", None))
        for message in answered["messages"]
    ]


def seen_by(person: Identity, library: DocumentLibrary) -> str:
    """Return all that a person can get out of the library, as text."""
    out: list[object] = []
    for topic in [*TOPICS, "zx000q", "zx001q rule"]:
        out += library.search(person, topic, top_k=50)
        found = library.index.retrieve(person, topic, Filters())
        weights = sorted(found.view.term_weights(topic).items())
        out.append((sorted(found.dense.items()), sorted(found.lexical.items()), found.fused, weights))
        out += asked_by(person, library, f"What does the policy say about {topic}?")
    out += asked_by(person, library, "which documents can I read")
    documents, total = library.store.list_documents(person, limit=100)
    seen = [*out, total, [document.title for document in documents]]
    return json.dumps(seen, default=str, ensure_ascii=False)


def assert_same(seen: str, expected: str) -> None:
    """Compare, but for the last digits: a sum of floats depends on how many rows a matrix has."""
    assert _NUMBER.sub("#", seen) == _NUMBER.sub("#", expected)
    numbers, wanted = (list(map(float, _NUMBER.findall(text))) for text in (seen, expected))
    assert numbers == pytest.approx(wanted, abs=1e-3)


@settings(max_examples=6, phases=[Phase.explicit, Phase.generate])
@given(world=worlds())
def test_nobody_sees_anything_of_what_they_may_not_read(
    world: World, embedder: Embedder, migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("world")
    shutil.copytree(migrated, folder / "all")
    with open_library(load(data_dir=folder / "all", _env_file=None), embedder) as library:
        ids = [add(library, written) for written in world.documents]
        library.publish()
        documents = list(world.documents)
        for number, groups in world.moves:
            library.set_groups(ADMIN, ids[number], sorted(groups))
            documents[number] = documents[number]._replace(groups=groups)
        for number, person in enumerate(world.people):
            mine = [one for one in documents if one.may_read(person)]
            seen = seen_by(person, library)
            for written in documents:
                if written in mine:
                    assert library.store.access_document(person, content_id(written.content)).title in seen
                else:
                    assert content_id(written.content) not in seen
                    assert f"is {written.secret}." not in seen
                    assert f"{written.secret} {written.topic}" not in seen
                    with pytest.raises(NotFound):
                        library.store.access_document(person, content_id(written.content))
            # Nothing of the rest shows in scores and counts: they are those of a library without it.
            shutil.copytree(migrated, folder / str(number))
            with open_library(load(data_dir=folder / str(number), _env_file=None), embedder) as alone:
                for written in mine:
                    add(alone, written)
                alone.publish()
                assert_same(seen, seen_by(person, alone))
