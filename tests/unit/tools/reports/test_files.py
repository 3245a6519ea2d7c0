"""Reports are their owner's, and for a time."""

from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from narutalk.errors import NotFound
from narutalk.languages import Language
from tests.unit.tools.reports.samples import LIFETIME, MADE_AT, Clock, draft, reports_in, wide_table
from tools.reports.content import ReportContent
from tools.reports.files import MAX_KEPT, ReportFiles
from tools.reports.html import render_html


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(tmp_path: Path, clock: Clock) -> ReportFiles:
    return reports_in(tmp_path, clock)


def _files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_are_listed_newest_first_and_only_to_their_owner(files: ReportFiles, clock: Clock) -> None:
    first = files.make("u1", "one", draft(Language.EN), "html")
    clock.now += timedelta(minutes=1)
    second = files.make("u1", "one", draft(Language.KO), "xlsx")

    assert [report.id for report in files.list("u1")] == [second.id, first.id]
    assert files.path("u1", first).read_bytes().startswith(b"<!doctype html>")
    assert files.list("u2") == []
    for access in (files.get, files.delete):
        with pytest.raises(NotFound):
            access("u2", first.id)
    assert files.get("u1", first.id) == first


def test_what_has_expired_does_not_exist_and_is_swept(
    files: ReportFiles, clock: Clock, tmp_path: Path
) -> None:
    old = files.make("u1", "one", draft(Language.EN), "html")
    clock.now += timedelta(days=1)
    young = files.make("u2", "two", draft(Language.EN), "html")
    clock.now = MADE_AT + LIFETIME

    assert files.list("u1") == []
    with pytest.raises(NotFound) as refused:
        files.get("u1", old.id)
    assert refused.value.code == "report_not_found"
    assert files.sweep() == 1
    assert _files_in(tmp_path) == [f"{young.id}.{ending}" for ending in ("content", "html", "json")]
    assert files.sweep() == 0
    assert files.get("u2", young.id) == young


def test_a_file_that_was_never_finished_is_swept_in_time(
    files: ReportFiles, clock: Clock, tmp_path: Path
) -> None:
    kept = files.make("u1", "one", draft(Language.EN), "html")
    left_over = files.path("u1", kept).with_name(f"r{'0' * 32}.pdf")
    left_over.write_bytes(b"half")

    assert files.sweep() == 0
    # The file's own time is the machine's, which is not before that of the test.
    clock.now += timedelta(days=365 * 100)
    assert files.sweep() == 2
    assert _files_in(tmp_path) == []


@pytest.mark.parametrize("language", list(Language))
def test_other_formats_are_made_of_the_same_content(
    files: ReportFiles, clock: Clock, language: Language
) -> None:
    drafted = draft(language, wide_table(language, 3))
    asked = files.make("u1", "one", drafted, "pdf")
    clock.now += timedelta(days=3)

    html, again, pdf = (files.path_in("u1", asked, name) for name in ("html", "html", "pdf"))

    assert html.read_bytes() == render_html(
        ReportContent(
            draft=drafted,
            company="나루 Naru & Co.",
            asked_by="one",
            made_at=MADE_AT,
            expires_at=MADE_AT + LIFETIME,
        )
    )
    assert again == html
    assert pdf == files.path("u1", asked)
    assert load_workbook(files.path_in("u1", asked, "xlsx")).sheetnames[1] == "Overview"
    assert asked.name_in("xlsx").endswith(".xlsx")
    assert [report.id for report in files.list("u1")] == [asked.id]


@pytest.mark.parametrize("kept", [None, "{}", '{"draft": 1'])
def test_what_another_version_kept_is_there_as_it_was_made_alone(
    files: ReportFiles, kept: str | None
) -> None:
    report = files.make("u1", "one", draft(Language.EN), "html")
    content = files.path("u1", report).with_suffix(".content")
    content.unlink() if kept is None else content.write_text(kept)

    assert files.path_in("u1", report, "html").is_file()
    with pytest.raises(NotFound):
        files.path_in("u1", report, "pdf")


def test_a_deleted_report_leaves_nothing(files: ReportFiles, tmp_path: Path) -> None:
    report = files.make("u1", "one", draft(Language.EN), "pdf")

    files.delete("u1", report.id)

    assert _files_in(tmp_path) == []
    with pytest.raises(NotFound):
        files.delete("u1", report.id)


def test_the_oldest_makes_room(files: ReportFiles, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.reports.files.MAX_KEPT", 2)
    assert MAX_KEPT > 2
    made = []
    for _ in range(3):
        clock.now += timedelta(minutes=1)
        made.append(files.make("u1", "one", draft(Language.EN), "html").id)

    assert [report.id for report in files.list("u1")] == [made[2], made[1]]


@pytest.mark.parametrize("report_id", ["../u1/x", "", "r123", "..", f"r{'0' * 32}"])
def test_an_id_that_is_none_is_not_found(files: ReportFiles, report_id: str) -> None:
    with pytest.raises(NotFound):
        files.get("u1", report_id)


@pytest.mark.parametrize("owner", ["../../etc", "a/b", "..", "한글"])
def test_an_owner_cannot_leave_the_folder(files: ReportFiles, tmp_path: Path, owner: str) -> None:
    report = files.make(owner, "one", draft(Language.EN), "html")

    assert files.path(owner, report).resolve().is_relative_to((tmp_path / "reports").resolve())
    assert files.get(owner, report.id) == report


def test_file_names_are_readable_and_safe(files: ReportFiles) -> None:
    korean = files.make("u1", "one", draft(Language.KO, title="부산 매출 보고서"), "html")
    odd = files.make("u1", "one", draft(Language.EN, title='../a "b"\r\nX: y ' + "z" * 300), "html")

    assert korean.file_name == "부산-매출-보고서-2026-07-01-2026-09-30.html"
    assert odd.file_name.startswith("a-b-X-y-zzz")
    assert len(odd.file_name) < 120
