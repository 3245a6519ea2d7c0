"""What becomes of hits that stand side by side in a document."""

from tools.documents.merging import merge_hits
from tools.documents.results import Hit


def hit(position: int, score: float, document_id: str = "overtime") -> Hit:
    text = f"{document_id} {position}"
    return Hit(
        text=text,
        quote=text,
        score=score,
        similarity=score,
        coverage=score,
        document_id=document_id,
        position=position,
        title="Overtime",
        page=None,
        section=None,
        source="overtime.md",
        language="en",
    )


def test_neighbours_are_read_together_and_quoted_when_about_as_good() -> None:
    [merged] = merge_hits([hit(1, 1.0), hit(2, 0.9), hit(0, 0.5)])
    assert merged.text == "overtime 0\n\novertime 1\n\novertime 2"
    assert merged.quote == "overtime 1\n\novertime 2"


def test_what_stands_behind_a_weak_neighbour_is_not_quoted() -> None:
    [merged] = merge_hits([hit(2, 1.0), hit(1, 0.5), hit(0, 0.9)])
    assert (merged.text.count("overtime"), merged.quote) == (3, "overtime 2")


def test_others_stay_hits_of_their_own() -> None:
    found = merge_hits([hit(0, 1.0), hit(0, 0.9, "leave"), hit(4, 0.8)])
    assert [entry.quote for entry in found] == ["overtime 0", "leave 0", "overtime 4"]
