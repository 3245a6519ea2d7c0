"""Whole imports, on SQLite and on PostgreSQL: all or nothing, and the same file twice is once."""

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from narutalk.errors import InvalidInput
from tests.unit.tools.imports.conftest import Books
from tools.clients.models import Client, Contract, Product, Transaction, TransactionImport
from tools.employees.models import Attendance, Employee, EmployeeImport, MonthlySales

EMPLOYEES = [
    ["사번", "성명", "영문 이름", "부서", "지역", "직급", "상사", "입사일", "퇴사일", "E-mail"],
    ["E2", "김철수", "Kim Cheolsu", "sales", "부산", "대리", "E1", "2021.3.4", "", "kim@x.example"],
    ["E1", "홍길동", "Hong Gildong", "영업부", "SEO", "부장", "", "2020-01-02", "", "hong@x.example"],
    ["E3", "이영희", "", "Sales", "Seoul", "사원", "E2", "2022년 5월 6일", "20240131", "lee@x.example"],
]
CLIENTS = [
    ["client id", "Name", "Type", "Region", "Grade", "Owner", "Since"],
    ["C1", "Alpha Clinic", "의원", "Seoul", "a", "E1", "2020-01-01"],
    ["C2", "Beta Pharmacy", "pharmacy", "부산", "B", "E2", "2021-01-01"],
]
PRODUCTS = [
    ["Code", "Name", "Category", "Price"],
    ["P1", "Pill", "pain", "₩1,200"],
    ["P2", "Tea", "tea", "300"],
]
TRANSACTIONS = [
    ["거래번호", "거래처", "제품", "거래일자", "수량", "단가", "수금상태"],
    ["T1", "C1", "P1", "2026-10-31T16:30:00Z", "2", "1,200", "미수"],
    ["T2", "C2", "tea", "2026-10-01", "-3", "300", "완납"],
]


def test_employees_come_with_their_managers_in_any_order(books: Books) -> None:
    result = books.load_rows("employees", EMPLOYEES)

    assert (result.applied, result.inserted, result.problem_count) == (True, 3, 0)
    people = {row["id"]: row for row in books.read("employees", Employee)}
    assert people["E2"]["manager_id"] == "E1"
    assert (people["E1"]["manager_id"], people["E1"]["region_code"]) == (None, "SEO")
    assert people["E2"]["position"] == "senior_associate"
    assert people["E2"]["hire_date"] == datetime.date(2021, 3, 4)
    assert (people["E3"]["status"], people["E3"]["left_date"]) == ("left", datetime.date(2024, 1, 31))
    assert people["E3"]["name_en"] == "이영희"


def test_the_same_file_again_changes_nothing_and_another_one_what_differs(books: Books) -> None:
    books.load_rows("employees", EMPLOYEES)

    again = books.load_rows("employees", EMPLOYEES)
    moved = [EMPLOYEES[0], [*EMPLOYEES[1][:4], "서울", *EMPLOYEES[1][5:]], *EMPLOYEES[2:]]
    after = books.load_rows("employees", moved)

    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 3)
    assert (after.inserted, after.updated, after.unchanged) == (0, 1, 2)
    assert {row["region_code"] for row in books.read("employees", Employee)} == {"SEO"}
    assert [row["updated"] for row in books.read("employees", EmployeeImport)] == [0, 0, 1]


def test_one_wrong_row_keeps_all_out(books: Books) -> None:
    wrong = [*EMPLOYEES, ["E4", "", "No Mail", "Sales", "Seoul", "사원", "E1", "2020-02-30", "", "none"]]

    result = books.load_rows("employees", wrong)

    assert not result.applied
    assert [(p.row, p.column, p.value, p.code) for p in result.problems] == [
        (5, "입사일", "2020-02-30", "date_invalid"),
        (5, "E-mail", "none", "email_invalid"),
    ]
    assert books.read("employees", Employee) == []
    assert books.read("employees", EmployeeImport) == []


def test_a_dry_run_says_what_would_happen_and_does_not_do_it(books: Books) -> None:
    result = books.load_rows("employees", EMPLOYEES, dry_run=True)

    assert (result.dry_run, result.applied, result.inserted) == (True, False, 3)
    assert result.mapping["name_en"] == "영문 이름"
    assert books.read("employees", Employee) == []


def test_clients_products_and_transactions_follow_each_other(books: Books) -> None:
    books.load_rows("employees", EMPLOYEES)
    assert books.load_rows("clients", CLIENTS).applied
    assert books.load_rows("products", PRODUCTS).applied
    assert books.load_rows("transactions", TRANSACTIONS).applied

    client = books.read("clients", Client)[0]
    assert (client["client_type"], client["grade"], client["owner_name_ko"]) == ("clinic", "A", "홍길동")
    first, second = books.read("transactions", Transaction)
    # Half past one in the morning of the next day, in Seoul.
    assert first["date"] == datetime.date(2026, 11, 1)
    assert (first["amount_krw"], first["currency"], first["payment_status"]) == (2400, "KRW", "unpaid")
    assert (first["client_type"], first["region_code"], first["owner_id"]) == ("clinic", "SEO", "E1")
    assert (second["kind"], second["amount_krw"], second["product_code"]) == ("return", -900, "P2")


@pytest.mark.parametrize(
    "header",
    [
        (
            "Client",
            "Name",
            "Type",
            "Region",
            "Grade",
            "Owner",
            "Owner name",
            "Since",
            "Phone",
            "Contact",
            "E-mail",
        ),
        (
            "거래처코드",
            "상호",
            "유형",
            "지역",
            "등급",
            "담당자",
            "담당자명",
            "등록일",
            "전화",
            "연락담당자",
            "이메일",
        ),
    ],
)
def test_a_client_comes_with_its_contact(sqlite_books: Books, header: tuple[str, ...]) -> None:
    row = [
        "A/17",
        "Hanbit",
        "clinic",
        "Seoul",
        "A",
        "EMP-1",
        "Kim",
        "2020-01-02",
        "02 123 4567",
        "Lee",
        "l@h.example",
    ]
    assert sqlite_books.load_rows("clients", [header, row]).problems == []
    [client] = sqlite_books.read("clients", Client)
    assert (client["phone"], client["contact_name"], client["contact_email"]) == (
        "02 123 4567",
        "Lee",
        "l@h.example",
    )
    row[8:] = ["call me", "Lee", "no address"]
    codes = [problem.code for problem in sqlite_books.load_rows("clients", [header, row]).problems]
    assert sorted(codes) == ["email_invalid", "phone_invalid"]


def test_a_sale_keeps_the_region_it_was_made_in(books: Books) -> None:
    for kind, rows in (("employees", EMPLOYEES), ("clients", CLIENTS), ("products", PRODUCTS)):
        books.load_rows(kind, rows)
    books.load_rows("transactions", TRANSACTIONS)
    books.load_rows("clients", [CLIENTS[0], [*CLIENTS[1][:3], "Busan", *CLIENTS[1][4:]]])

    again = books.load_rows("transactions", TRANSACTIONS)

    assert again.unchanged == 2
    assert books.read("transactions", Transaction)[0]["region_code"] == "SEO"


def test_contracts_and_columns_that_a_file_leaves_out(books: Books) -> None:
    books.load_rows("employees", EMPLOYEES)
    books.load_rows("clients", CLIENTS)
    header = ["계약번호", "거래처", "계약명", "시작일", "종료일", "계약금액", "상태", "자동갱신"]
    books.load_rows(
        "contracts", [header, ["K1", "C1", "공급", "2026-01-01", "2026-12-31", "1000000", "유효", "예"]]
    )

    shorter = [header[:-1], ["K1", "C1", "공급", "2026-01-01", "2027-12-31", "1000000", "유효"]]
    result = books.load_rows("contracts", shorter)

    contract = books.read("clients", Contract)[0]
    assert result.updated == 1
    assert (contract["auto_renewal"], contract["end_date"]) == (True, datetime.date(2027, 12, 31))
    assert (contract["payment_terms_days"], contract["currency"]) == (30, "KRW")


def test_sales_targets_and_attendance_meet_in_a_month(books: Books) -> None:
    books.load_rows("employees", EMPLOYEES)
    assert books.load_rows("sales", [["사번", "월", "매출"], ["E1", "2026-10", "1,000"]]).applied
    assert books.load_rows("targets", [["사번", "월", "목표"], ["E1", "2026년 10월", "2000"]]).applied
    days = [["사번", "연월", "근무일수", "출근", "지각", "연차"], ["E1", "202610", 20, 18, 1, 2]]
    assert books.load_rows("attendance", days).applied

    (sales,) = books.read("employees", MonthlySales)
    assert (sales["amount_krw"], sales["target_krw"]) == (1000, 2000)
    (attendance,) = books.read("employees", Attendance)
    assert (attendance["leave_days"], attendance["overtime_hours"]) == (2, 0)


def test_foreign_money_needs_a_rate(books: Books) -> None:
    rows = [["Code", "Name", "Category", "Price", "Currency"], ["P1", "Pill", "pain", "12.50", "USD"]]

    refused = books.load_rows("products", rows)
    taken = books.load_rows("products", rows, rates={"USD": Decimal("1385.3")})

    assert [problem.code for problem in refused.problems] == ["currency_foreign"]
    assert taken.applied
    assert books.read("transactions", Product)[0]["unit_price_krw"] == 17316  # 17316.25


def test_new_regions_are_made_when_asked(books: Books) -> None:
    rows = [CLIENTS[0], ["C9", "Far", "clinic", "Jeju Island", "A", "E1", "2020-01-01"]]
    books.load_rows("employees", EMPLOYEES)

    refused = books.load_rows("clients", rows)
    made = books.load_rows("clients", rows, create_places=True)

    assert refused.problems[0].code == "region_unknown"
    assert "Busan, Seoul" in refused.problems[0].reason.en
    assert (made.applied, made.created) == (True, ["Jeju Island"])
    assert books.read("clients", Client)[0]["region_code"] == "JEJ"


def test_names_and_words_are_said(books: Books) -> None:
    rows = [["No", "Who", "Job", "Joined"], ["7", "Jane Roe", "Chief Officer", "12/31/2020"]]

    result = books.load_rows(
        "employees",
        rows,
        columns={"no": "id", "Who": "name_en", "Job": "position"},
        constants={"department": "Sales", "region": "Seoul", "email": "{No}@x.example"},
        words={"position": {"chief officer": "director"}},
        date_order="mdy",
    )

    assert result.applied
    person = books.read("employees", Employee)[0]
    assert (person["position"], person["email"]) == ("director", "7@x.example")
    assert person["hire_date"] == datetime.date(2020, 12, 31)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_as_programs_write_them(sqlite_books: Books, encoding: str, delimiter: str) -> None:
    path = sqlite_books.folder / "people.csv"
    lines = [delimiter.join(row) for row in EMPLOYEES]
    path.write_bytes("\r\n".join(lines).encode(encoding))

    assert sqlite_books.load("employees", path).applied
    assert sqlite_books.read("employees", Employee)[0]["name_ko"] == "홍길동"


def test_workbooks_are_read_with_their_dates_and_numbers(sqlite_books: Books) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["사번", "성명", "부서", "지역", "직급", "입사일", "이메일", None])
    sheet.append([1001, "홍길동", "영업부", "서울", "부장", datetime.datetime(2020, 1, 2), "h@x.example"])
    sheet.append([None] * 7)
    path = sqlite_books.folder / "people.xlsx"
    book.save(path)

    result = sqlite_books.load("employees", path)

    assert (result.applied, result.rows) == (True, 1)
    person = sqlite_books.read("employees", Employee)[0]
    assert (person["id"], person["hire_date"]) == ("1001", datetime.date(2020, 1, 2))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\n\n", "file_empty"),
        (b"%PDF-1.7 ...", "file_type"),
        (b"PK\x03\x04 no zip", "file_broken"),
        (b'code,name,category,price\n1,"never closed\n', "file_broken"),
        ("이름\n홍길동\n".encode("cp949") + b"\xff\xfe\xff", "file_encoding"),
        (b"name,email\nx,y\n", "columns_missing"),
        (b"code,sku,name\n1,2,3\n", "column_ambiguous"),
    ],
)
def test_files_that_cannot_be_imported_say_why(sqlite_books: Books, content: bytes, code: str) -> None:
    path = sqlite_books.folder / "file.csv"
    path.write_bytes(content)

    with pytest.raises(InvalidInput) as raised:
        sqlite_books.load("products", path)

    assert raised.value.code == code
    assert set(raised.value.details) >= {"en", "ko"}


def test_a_workbook_is_known_by_what_is_in_it_whatever_its_name(sqlite_books: Books) -> None:
    book = openpyxl.Workbook()
    for row in (["Code", "Name", "Category", "Price"], ["P-book", "Pen", "Office", 1000]):
        book.worksheets[0].append(row)
    path = sqlite_books.folder / "file"  # as the services keep what is sent to them
    book.save(path)

    assert sqlite_books.load("products", path, dry_run=True).inserted == 1


def test_the_list_of_problems_has_an_end(sqlite_books: Books) -> None:
    rows = [["Code", "Name", "Category", "Price"], *([f"P{n}", f"N{n}", "c", "x"] for n in range(250))]

    result = sqlite_books.load_rows("products", rows)

    assert (result.problem_count, len(result.problems), result.rows) == (250, 100, 250)
    assert result.problems[0].row == 2


def test_who_imported_what_is_kept(sqlite_books: Books, tmp_path: Path) -> None:
    sqlite_books.load_rows("products", PRODUCTS)

    (record,) = sqlite_books.read("transactions", TransactionImport)
    assert (record["kind"], record["file_name"], record["imported_by"]) == (
        "products",
        "products.csv",
        "tester",
    )
    assert len(record["digest"]) == 64
