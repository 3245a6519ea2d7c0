"""What is told of kinds before there is a file; and what is told of imports that were."""

import pytest

from tests.unit.tools.imports.conftest import Books
from tools.imports.catalogue import CLIENT_KINDS, EMPLOYEE_KINDS, kind_called
from tools.imports.description import describe
from tools.imports.headers import match_columns
from tools.imports.problems import Fault
from tools.imports.values import Choice

KINDS = (*EMPLOYEE_KINDS, *CLIENT_KINDS)
PRODUCTS = [["Code", "Name", "Category", "List price"], ["P1", "Pen", "Office", "1000"]]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_template_of_the_titles_is_understood(name: str, language: str) -> None:
    told = describe(name)
    header = [getattr(field.titles, language) for field in told.fields]
    kind = kind_called(name)

    places = match_columns(kind, header, {})

    assert [header[places[field.name]] for field in kind.fields] == header[: len(kind.fields)]
    assert {field.name for field in told.fields if field.required} == {
        field.name for field in kind.fields if field.required
    }
    assert getattr(told.titles, language)


@pytest.mark.parametrize("name", KINDS)
def test_choices_are_words_that_are_understood(name: str) -> None:
    told = {field.name: field.choices for field in describe(name).fields}
    chosen = {field.name for field in kind_called(name).fields if isinstance(field.read, Choice)}

    assert {field for field, choices in told.items() if choices} == chosen
    for field in chosen:
        read = kind_called(name).field(field).read
        assert len({read(choice) for choice in told[field]}) == len(told[field])


def test_yes_and_no() -> None:
    (renews,) = [field for field in describe("contracts").fields if field.name == "auto_renewal"]
    assert renews.choices == ["yes", "no"]
    read = kind_called("contracts").field("auto_renewal").read
    assert [read(word) for word in ("Yes", "자동 갱신", "NO", "수동")] == [True, True, False, False]
    with pytest.raises(Fault) as refused:
        read("maybe")
    assert refused.value.params == {"known": "yes, no"}


def test_a_currency_column_can_be_left_out(sqlite_books: Books) -> None:
    rows = [[*PRODUCTS[0], "Currency"], [*PRODUCTS[1], "???"]]
    assert [found.code for found in sqlite_books.load_rows("products", rows).problems] == ["currency_unknown"]

    result = sqlite_books.load_rows("products", rows, columns={"Currency": ""})

    assert result.applied
    assert result.ignored == ["Currency"]


def test_more_problems_are_listed_when_asked_for(sqlite_books: Books) -> None:
    rows = [PRODUCTS[0], *([f"P{number}", "Pen", "Office", "?"] for number in range(130))]

    usual = sqlite_books.load_rows("products", rows)
    more = sqlite_books.load_rows("products", rows, problem_limit=1000)

    assert (len(usual.problems), usual.problem_count) == (100, 130)
    assert (len(more.problems), more.problem_count) == (130, 130)


def test_past_imports_are_told_of_the_newest_first(books: Books) -> None:
    for name in ("Pen", "Pencil"):
        books.load_rows("products", [PRODUCTS[0], ["P1", name, "Office", "1000"]])
    books.load_rows("products", [PRODUCTS[0], ["P2", "Ink", "Office", "?"]])  # wrong: nothing happened

    told = books.importer.history(limit=5)

    assert [(past.kind, past.inserted, past.updated) for past in told] == [
        ("products", 0, 1),
        ("products", 1, 0),
    ]
    assert told[0].file_name == "products.csv"
    assert told[0].imported_by == "tester"
    assert told[0].imported_at.utcoffset() is not None
    assert len(books.importer.history(limit=1)) == 1
