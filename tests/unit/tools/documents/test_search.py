import pytest

from narutalk.errors import NotFound
from narutalk.identity import Identity, Role
from narutalk.languages import Language
from tools.documents.fusion import DenseHit, fuse
from tools.documents.library import DocumentLibrary
from tools.documents.results import Fit
from tools.documents.shards import Filters
from tools.documents.tools import judge
from tools.documents.writing import NewDocument, content_id

HR = Identity(user_id="9", username="hr", groups=frozenset({"hr"}))


def test_the_passage_that_answers_comes_first(library: DocumentLibrary, user: Identity) -> None:
    best = library.search(user, "How many vacation days can I take into next year?")[0]
    assert (best.source, best.section) == ("annual-leave.md", "Annual leave")
    assert library.search(user, "결혼하면 휴가가 며칠인가요?")[0].source == "family-events.md"


def test_what_the_person_may_not_read_is_not_found(library: DocumentLibrary, user: Identity) -> None:
    question = "What do directors earn?"
    assert "salary.md" not in {hit.source for hit in library.search(user, question, top_k=50)}
    assert library.search(HR, question)[0].source == "salary.md"
    assert library.store.list_documents(user)[1] == 2
    assert library.store.list_documents(HR)[1] == 3
    with pytest.raises(NotFound):
        library.store.access_document(user, content_id(b"nothing"))
    salary = library.search(HR, question)[0].document_id
    with pytest.raises(NotFound):
        library.store.access_document(user, salary)


def test_the_same_content_is_indexed_once(library: DocumentLibrary, user: Identity) -> None:
    content = b"# Parking\n\nPark in the yard."
    first = library.add(NewDocument(content=content, file_name="parking.md"))
    assert library.add(NewDocument(content=content, file_name="again.md")) == first
    assert library.store.list_documents(user, search="parking")[1] == 1


def test_a_removed_document_is_gone_from_every_index(library: DocumentLibrary, admin: Identity) -> None:
    question = "결혼하면 휴가가 며칠인가요?"
    document_id = library.search(admin, question)[0].document_id
    library.remove(admin, document_id)
    assert document_id not in {hit.document_id for hit in library.search(admin, question, top_k=50)}
    with pytest.raises(NotFound):
        library.store.access_document(admin, document_id)


def test_only_owners_and_managers_remove(library: DocumentLibrary, user: Identity) -> None:
    mine = library.add(NewDocument(content=b"# Mine\n\nText.", file_name="m.md", owner_id=user.user_id))
    other = library.search(user, "annual leave")[0].document_id
    library.remove(user, mine)
    with pytest.raises(NotFound):
        library.remove(user, other)
    manager = Identity(user_id="8", username="m", roles=frozenset({Role.MANAGER}))
    assert library.remove(manager, other).id == other


def test_filters(library: DocumentLibrary, user: Identity) -> None:
    assert {hit.language for hit in library.search(user, "휴가", filters=Filters(language="en"))} == {"en"}
    assert library.search(user, "휴가", filters=Filters(category="nothing")) == []


def test_questions_about_something_else_find_nothing_relevant(
    library: DocumentLibrary, user: Identity
) -> None:
    for question, language in (
        ("Who won the world cup?", Language.EN),
        ("대한민국의 수도는 어디인가요?", Language.KO),
    ):
        assert judge(library.search(user, question), language) is Fit.NONE
    found = library.search(user, "How many days of annual leave do I get?")
    assert judge(found, Language.EN) is Fit.SURE
    assert found[0].source == "annual-leave.md"


def hit(similarity: float, language: str = "en") -> DenseHit:
    return DenseHit(similarity, similarity - 0.7, language)


def test_fusion_weighs_both_and_breaks_ties_by_similarity() -> None:
    dense = {"a": hit(0.9), "b": hit(0.8), "c": hit(0.7)}
    fused = fuse(dense, {"c": 5.0, "d": 5.0}, language="en", limit=10)
    assert [entry.passage_id for entry in fused] == ["a", "c", "d", "b"]
    assert fuse({}, {}, language="en", limit=3) == []
    assert [entry.score for entry in fuse({"a": hit(0.8)}, {}, language="en", limit=3)] == [0.5]


def test_a_passage_in_another_language_is_credited_for_the_words_it_cannot_share() -> None:
    dense = {"own": hit(0.85), "other": hit(0.9, "ko"), "far": hit(0.6)}
    lexical = {"own": 1.0}
    assert fuse(dense, lexical, language="en", limit=1)[0].passage_id == "own"
    assert fuse(dense, {}, language="en", limit=1)[0].passage_id == "other"
    other = next(
        entry for entry in fuse(dense, lexical, language="en", limit=3) if entry.passage_id == "other"
    )
    assert other.score == pytest.approx(0.5 + 0.5 * 0.7)
