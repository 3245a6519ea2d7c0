"""What each of the three places holds that must tell the same: catalogue, vectors and BM25."""

from tools.documents.chroma import collections_of
from tools.documents.library import DocumentLibrary
from tools.documents.store import DocumentStore


def catalogue_texts(store: DocumentStore) -> dict[str, str]:
    return {passage.id: passage.text for passage in store.passages_of(list(store.entries()))}


def vector_ids(library: DocumentLibrary) -> list[str]:
    """The ids in all collections of the model that is searched; one that is in two of them twice."""
    vectors = library.index.vectors
    assert vectors is not None
    names = collections_of(vectors.client, vectors.embedder.name)
    stored = [vectors.client.get_collection(name).get(include=[])["ids"] for name in names]
    return sorted(passage_id for ids in stored for passage_id in ids)


def lexical_ids(library: DocumentLibrary) -> list[str]:
    segments = [segment for shard in library.index._lexical._shards.values() for segment in shard]
    return sorted(
        passage_id
        for segment in segments
        for passage_id, is_alive in zip(segment.ids, segment.alive, strict=True)
        if is_alive
    )


def assert_consistent(library: DocumentLibrary) -> None:
    passages = sorted(catalogue_texts(library.store))
    assert vector_ids(library) == passages
    assert lexical_ids(library) == passages
