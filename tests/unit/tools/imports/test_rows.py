"""What rows and headers may look like: names of columns, dates, and nonsense, each with its own code."""

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narutalk.errors import InvalidInput
from narutalk.identity import Identity
from tests.unit.tools.imports.conftest import Books
from tools.clients.models import Client
from tools.employees.models import Employee
from tools.imports.catalogue import CLIENT_KINDS, EMPLOYEE_KINDS, kind_called
from tools.imports.headers import match_columns
from tools.imports.problems import Fault
from tools.imports.values import date_reader, month_reader

EMPLOYEE = {
    "id": "E1",
    "name_en": "A B",
    "department": "Sales",
    "region": "Seoul",
    "position": "manager",
    "hire_date": "2020-01-01",
    "email": "a@x.example",
}
DAYS = {"employee": "E0", "month": "2026-02", "working days": "20", "present days": "20"}
SALE = {"id": "T1", "client": "C1", "product": "P1", "date": "2026-01-01", "quantity": "2", "price": "5"}
CONTRACT = {
    "id": "K1",
    "client": "C1",
    "title": "A",
    "start": "2026-01-01",
    "end": "2026-12-31",
    "value": "100",
    "status": "active",
}
STYLES = [str, str.upper, str.title, lambda name: name.replace(" ", "_"), lambda name: f"  {name} "]

kinds = st.sampled_from([*EMPLOYEE_KINDS, *CLIENT_KINDS])


@given(kinds, st.data())
def test_every_name_of_a_column_is_understood_however_it_is_written(name: str, data: st.DataObject) -> None:
    kind = kind_called(name)
    fields = data.draw(st.permutations(kind.fields))
    header = []
    for field in fields:
        known = data.draw(st.sampled_from([field.name, *field.headers_en, *field.headers_ko]))
        header.append(data.draw(st.sampled_from(STYLES))(known))

    places = match_columns(kind, header, {})

    assert places == {field.name: place for place, field in enumerate(fields)}


@given(kinds, st.lists(st.text(max_size=12), max_size=8))
def test_any_header_is_matched_or_refused(name: str, header: list[str]) -> None:
    try:
        places = match_columns(kind_called(name), header, {})
    except InvalidInput as error:
        assert error.code == "column_ambiguous"  # noqa: PT017
        return
    assert len(set(places.values())) == len(places)
    assert set(places.values()) <= set(range(len(header)))


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)))
def test_a_day_is_read_however_it_is_written(day: datetime.date) -> None:
    read = date_reader("ymd")
    for shape in (
        "%Y-%m-%d",
        "%Y/%m/%d",
        "%Y.%m.%d",
        "%Y. %m. %d.",
        "%Y%m%d",
        "%Y년 %m월 %d일",
        "%Y-%m-%dT09:00",
    ):
        written = day.strftime(shape)
        assert read(written) == day
        assert month_reader()(written) == day.replace(day=1)
    assert date_reader("mdy")(day.strftime("%m/%d/%Y")) == date_reader("dmy")(day.strftime("%d/%m/%Y")) == day


@given(st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2099, 12, 30), timezones=st.timezones()))
def test_a_moment_falls_on_the_day_it_was_in_seoul(moment: datetime.datetime) -> None:
    utc = moment.astimezone(datetime.UTC)
    in_seoul = (utc + datetime.timedelta(hours=9)).date()

    assert date_reader()(utc.strftime("%Y-%m-%dT%H:%M:%SZ")) == in_seoul
    assert date_reader()(utc.strftime("%Y-%m-%d %H:%M:%S+00:00")) == in_seoul


@given(st.text(max_size=20))
def test_any_text_is_a_day_or_refused(text: str) -> None:
    try:
        day = date_reader()(text)
    except Fault:
        return
    assert 1900 <= day.year <= 2100


@pytest.mark.parametrize(
    ("kind", "good", "change", "codes"),
    [
        ("employees", EMPLOYEE, {"id": ""}, ["required"]),
        ("employees", EMPLOYEE, {"id": "E" * 33}, ["text_too_long"]),
        ("employees", EMPLOYEE, {"name_en": "A\x07B"}, ["text_control"]),
        ("employees", EMPLOYEE, {"name_en": ""}, ["name_required"]),
        ("employees", EMPLOYEE, {"region": "Mars"}, ["region_unknown"]),
        ("employees", EMPLOYEE, {"department": "Magic"}, ["department_unknown"]),
        (
            "employees",
            EMPLOYEE,
            {"position": "king", "hire_date": "soon"},
            ["choice_unknown", "date_invalid"],
        ),
        ("employees", EMPLOYEE, {"hire_date": "1776-07-04"}, ["date_range"]),
        ("employees", EMPLOYEE, {"left_date": "2019-01-01"}, ["left_before_hired"]),
        ("employees", EMPLOYEE, {"status": "left"}, ["left_contradicts"]),
        ("employees", EMPLOYEE, {"manager": "E9"}, ["manager_unknown"]),
        ("employees", EMPLOYEE, {"manager": "E1"}, ["manager_cycle"]),
        ("employees", EMPLOYEE, {"email": "zero@x.example"}, ["duplicate_value"]),
        ("sales", {"employee": "E0", "month": "2026-13", "amount": "1"}, {}, ["month_invalid"]),
        ("sales", {"employee": "E7", "month": "2026-12", "amount": "1"}, {}, ["employee_unknown"]),
        ("sales", {"employee": "E0", "month": "2026-12", "amount": "1.5"}, {}, ["money_fraction"]),
        ("targets", {"employee": "E0", "month": "2026-12", "target": "-1"}, {}, ["money_negative"]),
        ("attendance", DAYS, {"present days": "19"}, ["days_do_not_add_up"]),
        ("attendance", DAYS, {"late": "21"}, ["late_beyond_present"]),
        ("attendance", DAYS, {"working days": "29", "present days": "29"}, ["days_beyond_month"]),
        ("attendance", DAYS, {"overtime": "-1"}, ["integer_range"]),
        ("contracts", CONTRACT, {"end": "2026-01-01"}, ["ends_before_start"]),
        ("contracts", CONTRACT, {"value": "0"}, ["money_not_positive"]),
        ("contracts", CONTRACT, {"client": "C9"}, ["client_unknown"]),
        ("transactions", SALE, {"product": "P9"}, ["product_unknown"]),
        ("transactions", SALE, {"quantity": "0"}, ["kind_contradicts"]),
        ("transactions", SALE, {"quantity": "2.5"}, ["integer_invalid"]),
        ("transactions", SALE, {"kind": "return"}, ["kind_contradicts"]),
        ("transactions", SALE, {"amount": "11"}, ["amount_mismatch"]),
        ("transactions", SALE, {"price": "$5"}, ["currency_foreign"]),
        ("transactions", SALE, {"price": "XYZ 5"}, ["currency_unknown"]),
        ("transactions", SALE, {"price": "$5", "currency": "EUR"}, ["currency_differs"]),
        ("transactions", SALE, {"price": "99,999,999,999"}, ["money_range"]),
    ],
)
def test_nonsense_is_named(
    stocked: Books, kind: str, good: dict[str, str], change: dict[str, str], codes: list[str]
) -> None:
    row = {**good, **change}

    result = stocked.load_rows(kind, [list(row), list(row.values())])

    assert [problem.code for problem in result.problems] == codes
    assert {problem.row for problem in result.problems} == {2}
    assert not result.applied


def test_an_employees_id_is_kept_in_capitals_as_an_identity_names_it(stocked: Books) -> None:
    person = {**EMPLOYEE, "id": "emp-1", "manager": "e0"}
    client = {"id": "C2", "name": "B", "type": "clinic", "region": "Seoul", "grade": "A"}
    client |= {"owner": "Emp-1", "since": "2020-01-01"}
    assert stocked.load_rows("employees", [list(person), list(person.values())]).applied
    assert stocked.load_rows("clients", [list(client), list(client.values())]).applied
    month = {"employee": "eMP-1", "month": "2026-02", "amount": "1"}
    assert stocked.load_rows("sales", [list(month), list(month.values())]).applied

    who = Identity(user_id="7", username="sora", groups=frozenset({"employee:emp-1"}))
    (added,) = [row for row in stocked.read("employees", Employee) if row["id"] == who.employee_id]
    (owned,) = [row for row in stocked.read("clients", Client) if row["owner_id"] == who.employee_id]
    assert (added["manager_id"], owned["id"]) == ("E0", "C2")


def test_a_key_may_stand_in_a_file_once(stocked: Books) -> None:
    result = stocked.load_rows("transactions", [list(SALE), list(SALE.values()), list(SALE.values())])

    assert [(p.row, p.code, p.value) for p in result.problems] == [(3, "duplicate_key", "T1")]


def test_cells_beyond_the_header_are_a_mistake(stocked: Books) -> None:
    result = stocked.load_rows("transactions", [list(SALE), [*SALE.values(), "stray"]])

    assert [problem.code for problem in result.problems] == ["too_many_cells"]


@pytest.fixture
def stocked(sqlite_books: Books) -> Books:
    """One employee, one client and one product."""
    one: dict[str, dict[str, Any]] = {
        "employees": {**EMPLOYEE, "id": "E0", "email": "zero@x.example"},
        "clients": {"id": "C1", "name": "A", "type": "clinic", "region": "Seoul", "grade": "A"}
        | {"owner": "E0", "since": "2020-01-01"},
        "products": {"code": "P1", "name": "Pill", "category": "pain", "price": "5"},
    }
    for kind, row in one.items():
        assert sqlite_books.load_rows(kind, [list(row), list(row.values())]).applied
    return sqlite_books
