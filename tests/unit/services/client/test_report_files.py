"""Random clients and callers: the files of reports, in each format, say nothing of rows that are not seen."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from narutalk.identity import Identity
from services.client.resources import ClientResources
from tests.unit.services.client.conftest import NO_IMPORTS, serve_routes
from tests.unit.services.client.permission_worlds import (
    Databases,
    World,
    callers,
    opened_databases,
    unlimited,
    worlds,
)
from tests.unit.tools.reports.reading import held_by, told_by
from tests.unit.tools.reports.samples import reports_in
from tools.reports.files import ReportFormat

FORMATS: tuple[ReportFormat, ...] = ("html", "pdf", "xlsx")
PERIOD = {"period": "2025-10..2026-10"}
WANTED: list[dict[str, Any]] = [
    {"kind": "sales", **PERIOD},
    {"kind": "sales", "region": "Busan", **PERIOD},
    {"kind": "sales", "owner": "Park Jihun", **PERIOD},
    {"kind": "concentration", **PERIOD},
    {"kind": "churn"},
    {"kind": "receivables"},
    {"kind": "contracts"},
]


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with opened_databases(tmp_path_factory.mktemp("files") / "company") as opened:
        yield opened


async def _files(
    opened: ClientResources, who: Identity, wanted: Sequence[dict[str, Any]]
) -> list[dict[ReportFormat, str]]:
    """Return what each report says, by its format; a refusal stands for all of them."""
    told: list[dict[ReportFormat, str]] = []
    async with serve_routes(opened, who) as client:
        for report in wanted:
            said: dict[ReportFormat, str] = {}
            for name in FORMATS:
                made = await client.post("/reports", json={**report, "format": name})
                if made.is_client_error:
                    said[name] = made.text
                    continue
                file = await client.get(made.raise_for_status().json()["url"])
                said[name] = told_by(file.raise_for_status().content, name)
            told.append(said)
    return told


@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(world=worlds(), who=callers(), language=st.sampled_from(["en", "ko"]))
def test_no_file_tells_of_what_the_caller_does_not_see(
    databases: Databases, tmp_path: Path, world: World, who: Identity, language: str
) -> None:
    store = databases.fill(world.tables())
    opened = ClientResources(store, databases.ledger(), NO_IMPORTS, reports_in(tmp_path))
    stories = [{"kind": "story", "client": row["id"]} for row in world.clients[:3]]
    asked = [{**wanted, "language": language} for wanted in (*WANTED, *stories)]
    hidden = world.marks() - world.of(who).marks()

    mine = asyncio.run(_files(opened, who, asked))
    all_of_it = asyncio.run(_files(opened, unlimited(who), asked[:1]))

    for wanted, told in zip(asked, mine, strict=True):
        for name in FORMATS:
            assert not held_by(told[name], hidden), (wanted, name)
            # The three say the same, so that what one of them held would be found in the others.
            assert held_by(told[name], world.marks()) == held_by(told["html"], world.marks()), (wanted, name)
    names = {client["name_ko" if language == "ko" else "name_en"] for client in world.clients}
    for name in FORMATS:
        assert held_by(all_of_it[0][name], names), "a reader that finds nothing"
