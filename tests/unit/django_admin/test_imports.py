"""Imports over the manager's API, in front of the real employee and client services."""

import csv
import io
import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pytest_django import DjangoDbBlocker

from django_admin.accounts.key_actions import do_create_key
from django_admin.accounts.models import User
from django_admin.accounts.scopes import Scope
from django_admin.config.body_limit import MAX_BODY_BYTES
from tests.fakes.importing_services import ImportingServices, running_importing_services
from tests.fakes.manager import Manager, make_user, running_manager
from tests.fakes.router_server import FakeRouter
from tests.unit.django_admin.conftest import MAX_UPLOAD_BYTES
from tests.unit.django_admin.streams import error_code

pytestmark = pytest.mark.slow

IMPORTS = "/api/imports"
RUN_SECONDS = 60
UNREACHABLE = "http://127.0.0.1:9"
PRODUCTS = "Code,Name,Category,Price\n"


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImportingServices]:
    """They run for all tests; each imports rows of its own."""
    with running_importing_services(tmp_path_factory.mktemp("importing")) as services:
        yield services


@pytest.fixture(scope="session")
def _importing(
    _router: FakeRouter,
    services: ImportingServices,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Manager]:
    urls = {"employee_urls": services.employee_url, "client_urls": services.client_url}
    with (
        django_db_blocker.unblock(),
        running_manager(_router.url, max_upload_bytes=MAX_UPLOAD_BYTES, **urls) as manager,
    ):
        yield manager


@pytest.fixture
def importing(transactional_db: None, _importing: Manager) -> Manager:
    """A manager in front of both services."""
    return _importing


@pytest.fixture
def mina(importing: Manager) -> User:
    """Who may import clients and products."""
    return make_user("mina", roles=["manager"])


@pytest.fixture
def minas(importing: Manager, mina: User) -> Iterator[httpx.Client]:
    with importing.client(mina) as client:
        yield client


@pytest.fixture
def haruns(importing: Manager) -> Iterator[httpx.Client]:
    """The client of Harun, who may import employees."""
    with importing.client(make_user("harun", roles=["hr"])) as client:
        yield client


@pytest.fixture
def anns(importing: Manager) -> Iterator[httpx.Client]:
    """The client of Ann, who has no role."""
    with importing.client(make_user("ann")) as client:
        yield client


def _code() -> str:
    return f"P{uuid4().hex[:10]}"


def _product(price: str = "1000") -> str:
    """Return a row of a product that there is not; names are unique too."""
    code = _code()
    return f"{code},Pen {code},Office,{price}\n"


def _send(client: httpx.Client, kind: str, text: str, **form: Any) -> httpx.Response:
    return client.post(IMPORTS, data={"kind": kind, **form}, files={"file": ("데이터.csv", text.encode())})


def _ended(client: httpx.Client, accepted: httpx.Response) -> dict[str, Any]:
    """Wait until a run has ended, and return its job."""
    assert accepted.status_code == 202, accepted.text
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        job: dict[str, Any] = client.get(f"{IMPORTS}/{accepted.json()['import_id']}").json()
        if job["status"] != "running":
            return job
        time.sleep(0.02)
    raise AssertionError("the import did not end")


def _counts(job: dict[str, Any]) -> tuple[int, ...]:
    result = job["result"]
    return (result["inserted"], result["updated"], result["unchanged"], result["problem_count"])


def test_a_dry_run_tells_and_the_import_does_it(minas: httpx.Client) -> None:
    file = PRODUCTS + _product() + _product()

    checked = _ended(minas, _send(minas, "products", file, dry_run="true"))
    assert (checked["status"], _counts(checked)) == ("succeeded", (2, 0, 0, 0))
    assert not checked["result"]["applied"]
    assert checked["has_file"]
    assert checked["file_name"] == "데이터.csv"

    done = _ended(minas, minas.post(f"{IMPORTS}/{checked['import_id']}/runs", json={"dry_run": False}))
    assert (_counts(done), done["result"]["applied"], done["has_file"]) == ((2, 0, 0, 0), True, False)
    # It was done once, and for good.
    again = minas.post(f"{IMPORTS}/{checked['import_id']}/runs", json={"dry_run": False})
    assert (again.status_code, error_code(again)) == (409, "import_applied")
    assert _counts(_ended(minas, _send(minas, "products", file))) == (0, 0, 2, 0)


def test_wrong_rows_are_told_page_by_page_and_as_a_file(minas: httpx.Client) -> None:
    right = _product()
    wrong = "".join(_product("=1+1") for _ in range(120))
    job = _ended(minas, _send(minas, "products", PRODUCTS + wrong + right))
    assert (job["status"], job["result"]["applied"], job["result"]["problem_count"]) == (
        "succeeded",
        False,
        120,
    )
    page = minas.get(f"{IMPORTS}/{job['import_id']}/problems", params={"limit": 50, "offset": 100}).json()
    assert (page["total"], page["listed"], len(page["problems"])) == (120, 120, 20)
    first = page["problems"][0]
    assert (first["row"], first["column"], first["value"], first["code"]) == (
        102,
        "Price",
        "=1+1",
        "money_invalid",
    )
    file = minas.get(f"/import/{job['import_id']}/problems.csv", headers={"Accept-Language": "ko"})
    assert file.headers["Content-Type"].startswith("text/csv")
    table = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert len(table) == 121
    assert table[1] == ["2", "Price", "'=1+1", "1,234,000과 같은 금액이 아닙니다.", "money_invalid"]
    # The right row is not there either: all of it or nothing.
    assert _counts(_ended(minas, _send(minas, "products", PRODUCTS + right))) == (1, 0, 0, 0)


def test_columns_are_named_by_hand(minas: httpx.Client) -> None:
    file = f"Thing,Name,Sort,Price,Notes\n{_code()},Pen {_code()},Office,1000,blue\n"
    refused = _ended(minas, _send(minas, "products", file, dry_run="true"))
    assert (refused["status"], refused["error"]["code"]) == ("failed", "columns_missing")
    details = refused["error"]["details"]
    assert details["columns"] == ["Thing", "Name", "Sort", "Price", "Notes"]
    assert set(details["missing"]) == {"code", "category"}
    assert details["mapping"] == {"name_en": "Name", "unit_price": "Price"}
    assert details["ko"]

    options = {"columns": {"Thing": "code", "Sort": "category"}}
    runs = f"{IMPORTS}/{refused['import_id']}/runs"
    checked = _ended(minas, minas.post(runs, json={"dry_run": True, "options": options}))
    assert checked["options"] == options
    assert checked["result"]["mapping"]["code"] == "Thing"
    assert checked["result"]["ignored"] == ["Notes"]


def test_korean_columns_of_a_spreadsheet_from_korea(haruns: httpx.Client) -> None:
    number = f"E{uuid4().hex[:8]}"
    text = (
        "사번,성명,영문이름,부서,지역,직급,입사일,이메일\n"
        f"{number},홍길동,Gildong Hong,영업부,서울,부장,2020-01-02,{number}@x.example\n"
    )
    files = {"file": ("직원.csv", text.encode("cp949"))}
    job = _ended(haruns, haruns.post(IMPORTS, data={"kind": "employees"}, files=files))
    assert _counts(job) == (1, 0, 0, 0)
    past = haruns.get(f"{IMPORTS}/history").json()["imports"][0]
    assert (past["kind"], past["file_name"], past["imported_by"], past["inserted"]) == (
        "employees",
        "직원.csv",
        "harun",
        1,
    )


def test_each_sees_what_they_may_import(
    importing: Manager, minas: httpx.Client, haruns: httpx.Client, anns: httpx.Client
) -> None:
    employees = ["employees", "sales", "targets", "attendance"]
    clients = ["clients", "contracts", "products", "transactions"]
    with importing.client(make_user("root", is_superuser=True)) as roots:
        for client, kinds in (
            (minas, clients),
            (haruns, employees),
            (anns, []),
            (roots, employees + clients),
        ):
            told = client.get(f"{IMPORTS}/kinds").json()
            assert ([kind["name"] for kind in told["kinds"]], told["unavailable"]) == (kinds, [])
            assert client.get("/import/").status_code == (200 if kinds else 403)
            assert ('href="/import/"' in client.get("/").text) == bool(kinds)
            history = client.get(f"{IMPORTS}/history")
            assert history.status_code == (200 if kinds else 403), history.text


@pytest.mark.parametrize("kind", ["products", "employees"])
def test_others_import_nothing(anns: httpx.Client, haruns: httpx.Client, kind: str) -> None:
    assert error_code(_send(anns, kind, PRODUCTS)) == "import_forbidden"
    assert anns.get(IMPORTS).json()["total"] == 0
    assert anns.get("/import/templates/products-en.csv").status_code == 403
    if kind == "products":
        assert error_code(_send(haruns, kind, PRODUCTS)) == "import_forbidden"
        assert haruns.get("/import/templates/products-en.csv").status_code == 403


def test_who_lost_the_right_imports_no_more(minas: httpx.Client, mina: User) -> None:
    file = PRODUCTS + _product()
    job = _ended(minas, _send(minas, "products", file, dry_run="true"))
    User.objects.filter(pk=mina.pk).update(roles=[])
    refused = minas.post(f"{IMPORTS}/{job['import_id']}/runs", json={"dry_run": False})
    assert (refused.status_code, error_code(refused)) == (403, "import_forbidden")


def test_imports_of_others_are_not_there(importing: Manager, minas: httpx.Client) -> None:
    job = _ended(minas, _send(minas, "products", PRODUCTS + _product("?"), dry_run="true"))
    path = f"{IMPORTS}/{job['import_id']}"
    with importing.client(make_user("root", is_superuser=True)) as roots:
        for answer in (
            roots.get(path),
            roots.get(f"{path}/problems"),
            roots.post(f"{path}/runs", json={"dry_run": True}),
            roots.delete(path),
        ):
            assert (answer.status_code, error_code(answer)) == (404, "import_not_found")
        assert roots.get(f"/import/{job['import_id']}/problems.csv").status_code == 404
        assert roots.get(IMPORTS).json()["total"] == 0
    assert minas.get(IMPORTS).json()["imports"][0]["import_id"] == job["import_id"]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_template_can_be_filled_in(minas: httpx.Client, language: str) -> None:
    answer = minas.get(f"/import/templates/products-{language}.csv")
    assert f"products-{language}.csv" in answer.headers["Content-Disposition"]
    (header,) = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    code = _code()
    row = [code, f"펜 {code}", f"Pen {code}", "Office", "1000", "KRW"]
    assert len(header) == len(row)
    text = f"\ufeff{','.join(header)}\n{','.join(row)}\n"
    assert _counts(_ended(minas, _send(minas, "products", text, dry_run="true"))) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("form", "file", "code"),
    [
        ({"kind": "products"}, None, "file_missing"),
        ({"kind": "secrets"}, "a\n", "kind_unknown"),
        ({"kind": "products", "options": "[]"}, "a\n", "options_invalid"),
        ({"kind": "products", "options": "{"}, "a\n", "options_invalid"),
        ({"kind": "products", "options": '{"columns": {"a\\u0000": "b"}}'}, "a\n", "options_invalid"),
        (
            {"kind": "products", "options": json.dumps({"columns": {"a": "b" * 70_000}})},
            "a",
            "options_invalid",
        ),
        ({"kind": "products"}, "x" * (MAX_UPLOAD_BYTES + 1), "file_too_large"),
        ({"kind": "products"}, "x" * (MAX_UPLOAD_BYTES + MAX_BODY_BYTES), "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_what_cannot_be_taken_is_refused_at_once(
    importing: Manager, form: dict[str, str], file: str | None, code: str
) -> None:
    with importing.client(make_user("root", is_superuser=True)) as client:
        files = {"other": b""} if file is None else {"file": ("a.csv", file.encode())}
        answer = client.post(IMPORTS, data=form, files=files)
        assert answer.is_client_error
        assert error_code(answer) == code


def test_what_the_service_refuses_the_job_tells(minas: httpx.Client) -> None:
    job = _ended(minas, _send(minas, "products", "%PDF-1.7", dry_run="true"))
    assert (job["status"], job["error"]["code"], job["result"]) == ("failed", "file_type", None)
    job = _ended(minas, _send(minas, "products", PRODUCTS, options='{"unknown": 1}'))
    assert job["error"]["code"] == "options_invalid"


def test_words_and_an_encoding_of_ones_own(haruns: httpx.Client) -> None:
    header = "Employee ID,Name,Department,Region,Position,Hire date,Email\n"
    text = f"{header}E{uuid4().hex[:6].upper()},Zoë,Sales,Seoul,Head honcho,2020-01-02,z@x.example\n"
    form = {"kind": "employees", "dry_run": "true"}

    def checked(encoding: str, words: dict[str, str]) -> dict[str, Any]:
        options = {"encoding": encoding, "words": {"position": words}}
        sent = haruns.post(
            IMPORTS,
            data={**form, "options": json.dumps(options)},
            files={"file": ("a.csv", text.encode("cp1252"))},
        )
        return _ended(haruns, sent)

    assert checked("utf-8", {})["error"]["code"] == "file_encoding"
    assert checked("no-such-encoding", {})["error"]["code"] == "file_encoding"
    not_known = checked("cp1252", {})
    assert not_known["result"]["problem_count"] == 1
    assert _counts(checked("cp1252", {"Head Honcho": "director"})) == (1, 0, 0, 0)


def test_a_service_that_is_away_is_named(transactional_db: None, router: FakeRouter) -> None:
    urls = {"employee_urls": UNREACHABLE, "client_urls": UNREACHABLE}
    root = make_user("root", is_superuser=True)
    with running_manager(router.url, **urls) as manager, manager.client(root) as client:
        assert client.get(f"{IMPORTS}/kinds").json() == {"kinds": [], "unavailable": ["employee", "client"]}
        assert error_code(client.get(f"{IMPORTS}/history")) == "import_unavailable"
        assert error_code(_send(client, "products", PRODUCTS)) == "import_unavailable"
        assert client.get("/import/").status_code == 200


def test_keys_need_their_scope(importing: Manager, mina: User) -> None:
    with importing.client() as program:
        for scopes, can_read, can_write in (
            ([Scope.IMPORTS_READ], True, False),
            ([Scope.IMPORTS_WRITE], False, True),
            ([Scope.CHAT], False, False),
        ):
            made = do_create_key(mina, name="n", scopes=scopes, days=1)
            program.headers["Authorization"] = f"Bearer {made.text}"
            assert (program.get(f"{IMPORTS}/kinds").status_code == 200) == can_read
            assert (program.get(f"{IMPORTS}/history").status_code == 200) == can_read
            sent = _send(program, "products", PRODUCTS, dry_run="true")
            assert (sent.status_code == 202) == can_write, sent.text
            unknown = program.delete(f"{IMPORTS}/{uuid4()}")
            assert error_code(unknown) == ("import_not_found" if can_write else "scope_missing")
            if not can_write:
                assert error_code(sent) == "scope_missing"
