"""The employee service's REST routes, over the small company of `tests.unit.tools.employees.sample`."""

from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from tests.unit.services.employee.conftest import ClientFor
from tests.unit.tools.employees.sample import HR, MANAGER, USER

pytestmark = pytest.mark.asyncio


async def test_employees_are_filtered_and_paged(client_for: ClientFor) -> None:
    async with client_for(USER) as client:
        first = (await client.get("/employees", params={"department": "영업부", "limit": 3})).json()
        second = (
            await client.get(
                "/employees", params={"department": "영업부", "limit": 3, "cursor": first["next_cursor"]}
            )
        ).json()

    assert [person["id"] for person in first["employees"]] == ["E0001", "E0002", "E0003"]
    assert (first["total"], second["total"]) == (5, None)
    assert [person["id"] for person in second["employees"]] == ["E0004", "E0006"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({"name": "김민수"}, ["E0002", "E0007"]),
        ({"name": "seoyeon lee"}, ["E0003"]),
        ({"region": "Busan", "position": "associate"}, ["E0003", "E0009"]),
        ({"status": "left"}, ["E0006"]),
        ({"manager": "E0002"}, ["E0003"]),
        ({"hired_from": "2025-01-01", "hired_to": "2025-03-01"}, ["E0003"]),
        ({"name": "nobody at all"}, []),
    ],
)
async def test_employee_filters(client_for: ClientFor, params: dict[str, str], ids: list[str]) -> None:
    async with client_for(USER) as client:
        answer = await client.get("/employees", params=params)

    assert [person["id"] for person in answer.json()["employees"]] == ids


async def test_one_employee_with_direct_reports(client_for: ClientFor) -> None:
    async with client_for(USER) as client:
        answer = await client.get("/employees/E0002")

    body = answer.json()
    assert (body["name_ko"], body["manager_en"]) == ("김민수", "Park Jihun")
    assert [person["id"] for person in body["reports"]] == ["E0003"]
    assert "salary" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/employees/E9999", None, 404, "employee_not_found"),
        ("GET", "/employees?limit=101", None, 422, "invalid_input"),
        ("GET", "/employees?limit=0", None, 422, "invalid_input"),
        ("GET", "/employees?offset=20", None, 422, "invalid_input"),
        ("GET", "/employees?sort=salary", None, 422, "sort_invalid"),
        ("GET", "/employees?sort=id,id", None, 422, "sort_invalid"),
        ("GET", "/employees?cursor=WyJhIl0", None, 422, "cursor_invalid"),
        ("GET", "/employees?manager=김민수", None, 422, "invalid_input"),
        ("GET", "/employees?department=Space", None, 422, "invalid_input"),
        ("GET", "/employees?position=king", None, 422, "invalid_input"),
        ("GET", "/employees?hired_from=soon", None, 422, "invalid_input"),
        ("GET", "/stats?period=whenever", None, 422, "invalid_input"),
        ("GET", "/stats?group_by=shoe_size", None, 422, "invalid_input"),
        ("POST", "/analyze", {"analysis_type": "gossip"}, 422, "invalid_input"),
        ("POST", "/analyze", {"employee_id": "E0002", "department": "Sales"}, 422, "invalid_input"),
        ("POST", "/analyze", {"employee_id": "E9999"}, 404, "employee_not_found"),
        ("POST", "/analyze", {"period": "whenever"}, 422, "invalid_input"),
        ("POST", "/analyze", {"surprise": 1}, 422, "invalid_input"),
        ("POST", "/analyze", {"employee_id": "E0002", "analysis_type": "attendance"}, 403, "forbidden"),
        ("POST", "/reports", {"format": "docx"}, 422, "invalid_input"),
        ("POST", "/reports", {"kind": "turnover", "employee_id": "E0002"}, 403, "forbidden"),
        ("POST", "/reports", {"kind": "reviews", "employee_id": "E0002"}, 403, "forbidden"),
        ("POST", "/reports", {"employee_id": "E9999"}, 404, "employee_not_found"),
        ("DELETE", "/reports/r00000000000000000000000000000000", None, 404, "report_not_found"),
        ("GET", "/reports/r00000000000000000000000000000000", None, 404, "report_not_found"),
        ("GET", "/reports/..%2F..%2Femployees", None, 404, None),
    ],
)
async def test_faults_have_a_status_and_a_code(
    client_for: ClientFor, method: str, path: str, body: dict[str, Any] | None, status: int, code: str | None
) -> None:
    async with client_for(USER) as client:
        answer = await client.request(method, path, json=body)

    assert answer.status_code == status, answer.text
    if code:
        assert answer.json()["error"]["code"] == code


async def test_stats_by_region(client_for: ClientFor) -> None:
    async with client_for(HR) as client:
        answer = await client.get("/stats", params={"group_by": "region", "period": "2026-Q3"})

    body = answer.json()
    groups = {group["key"]: group for group in body["groups"]}
    assert body["total"]["headcount"] == 8
    assert body["total"]["sales"] == {
        "amount_krw": 1_100_000,
        "target_krw": 1_100_000,
        "attainment_percent": 100.0,
    }
    assert groups["BUS"]["headcount"] == 3
    assert groups["BUS"]["sales"]["attainment_percent"] == 96.67
    assert groups["SEO"]["attendance"]["late_days"] == 6
    assert body["period"]["assumed"] is False


async def test_stats_of_a_department_without_sales_have_none(client_for: ClientFor) -> None:
    async with client_for(USER) as client:
        body = (await client.get("/stats", params={"department": "Marketing"})).json()

    assert body["total"]["headcount"] == 1
    assert body["total"]["sales"] is None
    assert body["total"]["attendance"] is None


async def test_analysis_of_a_person(client_for: ClientFor) -> None:
    asked = {"employee_id": "E0002", "analysis_type": "performance", "period": "2026-10"}
    async with client_for(USER) as client:
        body = (await client.post("/analyze", json=asked)).json()

    assert body["subject"] == "Kim Minsu (E0002)"
    assert body["sales"]["amount_krw"] == 140_000
    assert body["sales"]["before"]["amount_krw"] == 130_000
    assert body["sales"]["growth_percent"] == 7.69
    assert "140,000 KRW, 140.0% of the target of 100,000 KRW" in body["text"]


async def test_general_analysis_leaves_out_what_the_caller_may_not_see(client_for: ClientFor) -> None:
    asked = {"employee_id": "E0002", "analysis_type": "general", "period": "2026-Q3", "language": "ko"}
    async with client_for(USER) as client:
        for_user = (await client.post("/analyze", json=asked)).json()
    async with client_for(MANAGER) as client:
        for_manager = (await client.post("/analyze", json=asked)).json()

    assert for_user["attendance"] is None
    assert for_manager["attendance"]["late_days"] == 3
    assert "부산 영업부 과장" in for_user["text"]
    assert "360,000원" in for_user["text"]


async def test_few_peoples_attendance_is_withheld(client_for: ClientFor) -> None:
    async with client_for(USER) as client:
        stats = (await client.get("/stats", params={"group_by": "region", "period": "2026-Q3"})).json()
        days = (await client.post("/analyze", json={"analysis_type": "attendance", "period": "2026"})).json()

    for figures in (stats["total"], *stats["groups"], days):
        assert figures["attendance"] is None
    assert stats["total"]["attendance_withheld"] is days["attendance_withheld"] is True
    assert "fewer than 5 people" in days["text"]


async def test_analysis_of_a_department_and_of_the_company(client_for: ClientFor) -> None:
    async with client_for(HR) as client:
        sales = (
            await client.post(
                "/analyze", json={"department": "Sales", "analysis_type": "sales", "period": "2026-Q3"}
            )
        ).json()
        days = (await client.post("/analyze", json={"analysis_type": "attendance", "period": "2026"})).json()

    assert sales["headcount"] == 4
    assert [region["key"] for region in sales["sales"]["regions"]] == [
        "BUS",
        "SEO",
    ]
    assert sales["sales"]["top"][0]["employee_id"] == "E0004"
    assert days["attendance"]["working_days"] == 300
    assert days["sales"] is None


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_pdf_report_reads_back(client_for: ClientFor, language: str) -> None:
    asked = {"department": "Sales", "period": "2026-Q3", "format": "pdf", "language": language}
    async with client_for(USER) as client:
        made = await client.post("/reports", json=asked)
        file = await client.get(made.json()["url"])

    text = "".join(page.extract_text() for page in PdfReader(BytesIO(file.content)).pages)
    assert made.status_code == 201
    assert file.headers["content-type"] == "application/pdf"
    assert "1,100,000" in text
    assert ("월별 실적" if language == "ko" else "By month") in text
    assert ("최유진" if language == "ko" else "Choi Yujin") in text


async def test_xlsx_report_reads_back_with_numbers_and_a_chart(client_for: ClientFor) -> None:
    asked = {"employee_id": "E0002", "period": "2026-Q3", "format": "xlsx"}
    async with client_for(USER) as client:
        made = (await client.post("/reports", json=asked)).json()
        file = await client.get(made["url"])

    sheet: Any = load_workbook(BytesIO(file.content))["Sales and target"]
    rows = [[cell.value for cell in row[:4]] for row in sheet.iter_rows()]
    assert ["2026-07", 110_000, 100_000, 1.1] in rows
    assert len(sheet._charts) == 1
    assert made["file_name"] == "Sales-report-Kim-Minsu-E0002-2026-07-01-2026-09-30.xlsx"


async def test_html_report_holds_the_chart_and_runs_nothing(client_for: ClientFor) -> None:
    asked = {"region": "부산", "period": "2026-Q3", "format": "html", "language": "ko"}
    async with client_for(USER) as client:
        made = (await client.post("/reports", json=asked)).json()
        file = await client.get(made["url"])

    assert "<svg" in file.text
    assert "580,000원" in file.text
    assert "<script" not in file.text
    assert file.headers["content-disposition"].startswith("attachment")


async def test_reports_are_their_owners_alone(client_for: ClientFor) -> None:
    async with client_for(HR) as client:
        made = (await client.post("/reports", json={"period": "2026-Q3", "format": "html"})).json()
        mine = (await client.get("/reports")).json()
        read = await client.get(made["url"])
    async with client_for(MANAGER) as client:
        others = (await client.get("/reports")).json()
        stolen = await client.get(made["url"])
        destroyed = await client.delete(made["url"])
    async with client_for(HR) as client:
        deleted = await client.delete(made["url"])
        gone = await client.get(made["url"])

    assert mine["reports"] == [made]
    assert read.status_code == 200
    assert others["total"] == 0
    assert (stolen.status_code, destroyed.status_code, deleted.status_code) == (404, 404, 204)
    assert stolen.json()["error"]["code"] == gone.json()["error"]["code"] == "report_not_found"


async def test_a_korean_file_name_travels_as_rfc_5987(client_for: ClientFor) -> None:
    asked = {"region": "부산", "period": "2026-Q3", "format": "pdf", "language": "ko"}
    async with client_for(USER) as client:
        made = (await client.post("/reports", json=asked)).json()
        file = await client.get(made["url"])

    assert made["file_name"] == "부산-매출-실적-보고서-2026-07-01-2026-09-30.pdf"
    _, _, told = file.headers["content-disposition"].partition("filename*=utf-8''")
    assert unquote(told) == made["file_name"]
    assert file.headers["content-disposition"].isascii()
    assert file.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("kind", ["sales", "attendance", "reviews", "turnover"])
@pytest.mark.parametrize("language", ["en", "ko"])
async def test_each_kind_is_made_for_hr(client_for: ClientFor, kind: str, language: str) -> None:
    async with client_for(HR) as client:
        made = await client.post("/reports", json={"kind": kind, "format": "html", "language": language})
        page = (await client.get(made.json()["url"])).text

    assert made.status_code == 201, made.text
    assert page.count("<table>") >= 1
    assert ("요청자" if language == "ko" else "Requested by") in page


async def test_attendance_of_few_people_is_withheld_in_a_report(client_for: ClientFor) -> None:
    asked = {"kind": "attendance", "region": "Busan", "format": "xlsx"}
    async with client_for(USER) as client:
        made = (await client.post("/reports", json=asked)).json()
        file = await client.get(made["url"])

    sheet: Any = load_workbook(BytesIO(file.content))["Attendance"]
    cells = [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert "※" in cells
    assert not [value for value in cells if isinstance(value, int | float)]
