"""The pages: signing in, languages, the chat page, documents, errors, the admin."""

from collections.abc import Iterator

import httpx
import pytest

from django_admin.accounts.models import User
from django_admin.gateway.document_schemas import Passage
from django_admin.web.markdown import safe_html
from django_admin.web.passages import (
    PASSAGES_AT_ONCE,
    Cited,
    find_cited,
    new_headings,
    part_of,
    path_of,
    sheet_of,
)
from tests.fakes.manager import Manager, csrf_field, make_user
from tests.fakes.router_server import FakeRouter
from tests.fakes.turns import TRAVEL_DOCUMENT

ADMIN_PAGES = (
    "/admin/",
    "/admin/accounts/user/",
    "/admin/accounts/user/add/",
    "/admin/auth/group/",
    "/admin/accounts/apikey/",
    "/admin/conversations/conversation/",
    "/admin/reviews/label/",
    "/admin/reviews/reviewaccess/",
)


@pytest.fixture
def browser(manager: Manager) -> Iterator[httpx.Client]:
    """Somebody who is not signed in yet."""
    with manager.client() as client:
        yield client


def _sign_in(browser: httpx.Client, username: str, password: str) -> httpx.Response:
    page = browser.get("/accounts/login/?next=/c/1")
    form = {
        "csrfmiddlewaretoken": csrf_field(page.text),
        "username": username,
        "password": password,
        "next": "/",
    }
    return browser.post("/accounts/login/", data=form)


def test_signs_in_and_out(browser: httpx.Client) -> None:
    User.objects.create_user("ann", password="a good password")

    assert "do not match" in _sign_in(browser, "ann", "wrong").text
    assert _sign_in(browser, "ann", "a good password").headers["Location"] == "/"
    page = browser.get("/")
    assert page.status_code == 200
    out = browser.post("/accounts/logout/", data={"csrfmiddlewaretoken": csrf_field(page.text)})
    assert out.status_code == 302
    assert browser.get("/").status_code == 302


def test_the_language_is_switched_and_remembered(client: httpx.Client, ann: User) -> None:
    assert '<html lang="en">' in client.get("/").text
    page = client.get("/")
    form = {"csrfmiddlewaretoken": csrf_field(page.text), "language": "ko", "next": "//evil.example/"}

    response = client.post("/accounts/language/", data=form)

    assert response.headers["Location"] == "/"
    text = client.get("/").text
    assert '<html lang="ko">' in text
    assert "무엇이 궁금하신가요?" in text
    ann.refresh_from_db()
    assert ann.language == "ko"


def test_the_browsers_language_counts_before_signing_in(browser: httpx.Client) -> None:
    assert "로그인" in browser.get("/accounts/login/", headers={"Accept-Language": "ko-KR,ko;q=0.9"}).text


@pytest.mark.parametrize("path", ["/", "/c/00000000-0000-0000-0000-000000000001"])
def test_the_chat_page_needs_no_inline_script(client: httpx.Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert response.text.count("<script") == response.text.count("<script src=") + response.text.count(
        '<script type="module" src='
    ) + response.text.count('type="application/json"')
    assert " style=" not in response.text
    assert " onclick=" not in response.text


@pytest.mark.parametrize("name", ["js/app.js", "css/tokens.css", "vendor/marked.esm.js", "logo.svg"])
def test_static_files_need_no_collecting(browser: httpx.Client, name: str) -> None:
    response = browser.get(f"/static/web/{name}")

    assert response.status_code == 200
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    browser.get("/health")  # the same connection: the server is done with the file


def test_shows_a_document_with_the_cited_passage(client: httpx.Client, router: FakeRouter) -> None:
    router.documents["travel-policy"] = TRAVEL_DOCUMENT

    page = client.get(
        "/documents/travel-policy", params={"section": "Hotels", "quote": "Hotel costs are paid up to…"}
    )

    assert page.status_code == 200
    assert page.text.count("is-cited") == 1
    assert 'id="passage-1" class="passage is-cited"' in page.text
    assert '<td align="right">150,000</td>' in page.text
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert" in page.text


@pytest.mark.parametrize(
    "path", ["/documents/unknown", "/documents/unknown/file", "/documents/..%2Fusers", "/nowhere"]
)
def test_what_is_not_there_has_a_page(client: httpx.Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 404
    assert "There is nothing here" in response.text


def test_the_original_file_is_always_a_download(client: httpx.Client, router: FakeRouter) -> None:
    router.files["travel-policy"] = (
        "여비 규정.html".encode().decode("latin-1"),
        "text/html",
        b"<script>alert(1)</script>",
    )

    response = client.get("/documents/travel-policy/file")

    assert response.content == b"<script>alert(1)</script>"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("cited", "index"),
    [
        (Cited(passage=2), 2),
        (Cited(passage=9), None),
        (Cited(quote="second   PAGE, text"), 1),
        (Cited(page=2), 1),
        (Cited(page=2, section="Last"), 2),
        (Cited(section="Last", quote="not in there"), 2),
        (Cited(), None),
    ],
)
def test_finds_the_cited_passage(cited: Cited, index: int | None) -> None:
    passages = [
        Passage(index=0, text="First page", page=1),
        Passage(index=1, text="The *second* page text", page=2, section="Middle"),
        Passage(index=2, text="The end", page=2, section="Last"),
    ]

    found = find_cited(passages, cited)

    assert (found.index if found else None) == index


def test_headings_that_no_passage_holds_are_shown_once() -> None:
    passages = [
        Passage(index=0, text="Who pays what.", section="Travel policy"),
        Passage(index=1, text="Up to 150,000 KRW.", section="Travel policy › Hotels"),
        Passage(index=2, text="More in Seoul.", section="Travel policy › Hotels"),
        Passage(index=3, text="**Trains**\n\nSecond class.", section="Travel policy › Trains"),
        Passage(index=4, text="None.", section="Travel policy › Abroad › Ships"),
        Passage(index=5, text="None either.", section="Travel policy › Abroad › Planes"),
        Passage(index=6, text="No heading."),
    ]
    above: tuple[str, ...] = ("Travel policy",)
    found = []
    for passage in passages:
        found.append(new_headings(passage, above))
        above = ("Travel policy", *path_of(passage))

    assert found == [[], ["Hotels"], [], [], ["Abroad", "Ships"], ["Planes"], []]


@pytest.mark.parametrize(
    ("count", "cited", "asked", "number", "shown"),
    [
        (0, None, None, 1, 0),
        (3, 2, None, 1, 3),
        (2 * PASSAGES_AT_ONCE, PASSAGES_AT_ONCE, None, 2, PASSAGES_AT_ONCE),
        (2 * PASSAGES_AT_ONCE, PASSAGES_AT_ONCE, 1, 1, PASSAGES_AT_ONCE),
        (PASSAGES_AT_ONCE + 1, None, 9, 2, 1),
        (PASSAGES_AT_ONCE + 1, None, 0, 1, PASSAGES_AT_ONCE),
    ],
)
def test_a_long_document_comes_in_parts(
    count: int, cited: int | None, asked: int | None, number: int, shown: int
) -> None:
    passages = [Passage(index=index, text="Text") for index in range(count)]

    part = part_of(passages, passages[cited] if cited is not None else None, asked)

    assert (part.number, len(part.passages)) == (number, shown)
    assert (part.before, part.after) == (
        number - 1 if number > 1 else None,
        number + 1 if number < part.total else None,
    )


@pytest.mark.parametrize(
    ("cells", "sheet"),
    [("Prices!A1:C9", "Prices"), ("'Q1 targets'!A1", "Q1 targets"), ("'It''s'!A1", "It's"), (None, "")],
)
def test_a_passage_of_a_spreadsheet_knows_its_sheet(cells: str | None, sheet: str) -> None:
    assert sheet_of(Passage(index=0, text="1", cells=cells)) == sheet


def test_markdown_of_documents_is_harmless() -> None:
    html = safe_html(
        "[a](javascript:alert(1)) ![x](http://x/y.png) <img src=x onerror=alert(1)>\n\n[b](https://b)"
    )

    assert "javascript:" not in html.replace("[a](javascript:alert(1))", "")
    assert "<img" not in html
    assert '<a href="https://b" rel="noopener noreferrer">' in html


def test_the_admin_is_for_staff(client: httpx.Client, manager: Manager) -> None:
    assert client.get("/admin/conversations/conversation/").status_code == 302
    client.post("/api/chat", json={"message": "How much for a hotel?"})

    with manager.client(make_user("root", is_staff=True, is_superuser=True)) as admin:
        for path in ADMIN_PAGES:
            assert admin.get(path).status_code == 200, path
        listed = admin.get("/admin/conversations/conversation/?q=hotel").text
        assert "How much for a hotel?" in listed
        conversation = admin.get("/api/conversations").json()
        assert conversation["total"] == 0, "an administrator's own list is their own"


def test_roles_are_ticked_in_the_admin(manager: Manager, ann: User) -> None:
    path = f"/admin/accounts/user/{ann.pk}/change/"
    with manager.client(make_user("root", is_staff=True, is_superuser=True)) as admin:
        page = admin.get(path).text
        form = {
            "csrfmiddlewaretoken": csrf_field(page),
            "username": "ann",
            "roles": ["hr", "manager"],
            "is_active": "on",
        }
        assert admin.post(path, data=form).status_code == 302

    ann.refresh_from_db()
    assert ann.roles == ["hr", "manager"]
