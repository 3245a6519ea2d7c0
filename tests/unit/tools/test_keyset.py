"""Pages by cursor against a list sorted in Python, on both databases, with rows coming in between."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cmp_to_key
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    Column,
    Date,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    insert,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.pool import StaticPool

from narutalk.db import build_engine
from narutalk.errors import InvalidInput
from tools.keyset import COUNTED_UP_TO, Keyset, PageRequest, counted

ROWS = Table(
    "keyset_rows",
    MetaData(),
    Column("id", String(8), primary_key=True),
    Column("name", String(8), nullable=False),
    Column("amount", Integer, nullable=False),
    Column("day", Date, nullable=False),
)
ORDERS = Keyset({name: ROWS.c[name] for name in ("id", "name", "amount", "day")}, default="-day,-id")
NAMES = ("a", "A", "á", "가", "각", "나", "a-b", "ab", "b", "_", "%")
"""Collations of languages put these in other orders than code points do, and some of them together."""


class Entry(NamedTuple):
    id: str
    name: str
    amount: int
    day: date


entries = st.builds(
    Entry,
    id=st.text("abcABC가나-", min_size=1, max_size=4),
    name=st.sampled_from(NAMES),
    amount=st.integers(-2, 2),
    day=st.integers(0, 3).map(lambda days: date(2026, 1, 1) + timedelta(days=days)),
)
companies = st.lists(entries, max_size=25, unique_by=lambda entry: entry.id)
sorts = st.lists(
    st.tuples(st.sampled_from(("", "-")), st.sampled_from(ORDERS.names)),
    max_size=4,
    unique_by=lambda term: term[1],
).map(lambda terms: ",".join(sign + name for sign, name in terms) or None)


@pytest.fixture(scope="module")
def sqlite() -> Iterator[Engine]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    ROWS.create(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def postgres(postgres_url: str) -> Iterator[Engine]:
    engine = build_engine(make_url(postgres_url).set(drivername="postgresql+psycopg"))
    ROWS.create(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.getfixturevalue(request.param)
    return found


def fill(engine: Engine, rows: list[Entry]) -> None:
    with engine.begin() as connection:
        connection.execute(delete(ROWS))
        add(connection, rows)


def add(connection: Any, rows: list[Entry]) -> None:
    if rows:
        connection.execute(insert(ROWS), [row._asdict() for row in rows])


def in_order(rows: list[Entry], sort: str | None) -> list[Entry]:
    """Sort the obvious way: field by field; the id decides at last, in the direction of the field before."""
    terms = [(name.removeprefix("-"), name.startswith("-")) for name in (sort or "-day,-id").split(",")]
    terms.append(("id", terms[-1][1]))

    def compare(one: Entry, other: Entry) -> int:
        for name, falls in terms:
            ours, theirs = getattr(one, name), getattr(other, name)
            if ours != theirs:
                return (1 if ours > theirs else -1) * (-1 if falls else 1)
        return 0

    return sorted(rows, key=cmp_to_key(compare))


def page(engine: Engine, asked: PageRequest, least: int = -9) -> tuple[list[Entry], str | None]:
    with engine.connect() as connection:
        found = ORDERS.page(connection, select(ROWS).where(ROWS.c.amount >= least), asked)
    return [Entry(*row[:4]) for row in found.rows], found.next_cursor


@given(rows=companies, sort=sorts, limit=st.integers(1, 9), least=st.integers(-2, 2))
def test_pages_one_after_the_other_are_the_whole_list(
    engine: Engine, rows: list[Entry], sort: str | None, limit: int, least: int
) -> None:
    fill(engine, rows)
    seen: list[Entry] = []
    cursor: str | None = None
    for _ in range(len(rows) + 1):
        records, cursor = page(engine, PageRequest(limit=limit, sort=sort, cursor=cursor), least)
        seen += records
        assert len(records) == limit or cursor is None
        if cursor is None:
            break
    assert cursor is None
    assert seen == in_order([row for row in rows if row.amount >= least], sort)


@given(rows=companies, coming=companies, sort=sorts, limit=st.integers(1, 4), data=st.data())
def test_rows_that_come_and_go_move_no_other(
    engine: Engine, rows: list[Entry], coming: list[Entry], sort: str | None, limit: int, data: st.DataObject
) -> None:
    """Who was there all the time is seen once and in order; who came behind the page that is read, too."""
    fill(engine, rows)
    ids = {row.id for row in rows}
    waiting = [row for row in coming if row.id not in ids]
    gone: set[str] = set()
    seen: list[Entry] = []
    cursor: str | None = None
    while True:
        records, cursor = page(engine, PageRequest(limit=limit, sort=sort, cursor=cursor))
        seen += records
        if cursor is None:
            break
        with engine.begin() as connection:
            add(connection, waiting[:2])
            waiting = waiting[2:]
            if rows and data.draw(st.booleans()):
                gone.add(data.draw(st.sampled_from(rows)).id)
                connection.execute(delete(ROWS).where(ROWS.c.id.in_(gone)))
    assert len(set(seen)) == len(seen)
    assert seen == in_order(seen, sort)
    assert {row for row in rows if row.id not in gone} <= set(seen)


@given(text=st.text(max_size=40) | st.from_regex(r"[A-Za-z0-9_-]{0,60}", fullmatch=True))
def test_a_cursor_that_was_made_up_is_refused(sqlite: Engine, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        page(sqlite, PageRequest(limit=1, cursor=text))
    assert refused.value.code == "cursor_invalid"


@pytest.mark.parametrize(
    "values",
    [
        '"x","2026-01-01"',
        "1,2",
        '"2026-01-01",7',
        '"2026-01-01","\\ud800"',
        "[[[[1]]]],1",
        "NaN,1",
    ],
)
def test_a_cursor_holds_what_its_fields_hold(sqlite: Engine, values: str) -> None:
    fill(sqlite, [Entry(str(number), "a", 0, date(2026, 1, 1)) for number in range(3)])
    _, cursor = page(sqlite, PageRequest(limit=1))
    assert cursor
    digest = urlsafe_b64decode(cursor + "==").split(b'"')[1].decode()
    forged = urlsafe_b64encode(f'["{digest}",{values}]'.encode()).decode().rstrip("=")
    with pytest.raises(InvalidInput, match="cursor"):
        page(sqlite, PageRequest(limit=1, cursor=forged))


def test_a_cursor_continues_only_its_own_list(sqlite: Engine) -> None:
    fill(sqlite, [Entry(str(number), "a", 0, date(2026, 1, 1)) for number in range(3)])
    _, cursor = page(sqlite, PageRequest(limit=1, of="everything"))
    assert page(sqlite, PageRequest(limit=1, cursor=cursor, of="everything"))[0]
    for other in (
        PageRequest(limit=1, cursor=cursor, of="something"),
        PageRequest(limit=1, cursor=cursor, of="everything", sort="name"),
    ):
        with pytest.raises(InvalidInput, match="cursor"):
            page(sqlite, other)


@pytest.mark.parametrize("sort", ["salary", "", ",", "--day", "day,day", "day,-day", "id;DROP", "day,"])
def test_an_unknown_order_is_refused_with_the_fields(sqlite: Engine, sort: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        page(sqlite, PageRequest(limit=1, sort=sort or ","))
    assert (refused.value.code, refused.value.details) == (
        "sort_invalid",
        {"fields": ["id", "name", "amount", "day"]},
    )


def test_counting_is_bounded_unless_it_is_asked_for(engine: Engine) -> None:
    many = COUNTED_UP_TO + 1
    with engine.begin() as connection:
        connection.execute(delete(ROWS))
        day = date(2026, 1, 1)
        connection.execute(
            insert(ROWS), [{"id": f"{i}", "name": "a", "amount": i % 2, "day": day} for i in range(many)]
        )
        every, some = select(ROWS), select(ROWS).where(ROWS.c.amount == 1)
        first = PageRequest(limit=1)
        assert counted(connection, every, first) is None
        assert counted(connection, some, first) == many // 2
        assert counted(connection, every, PageRequest(limit=1, count=True, cursor="behind")) == many
        assert counted(connection, some, PageRequest(limit=1, cursor="behind")) is None
        assert counted(connection, some, PageRequest(limit=1, count=False)) is None
