"""`narutalk eval` against the real company: an equal rerun passes, a planted regression does not."""

import os
import re
import subprocess
import sys

import pytest

from tests.company import TODAY, Company
from tests.fakes.corrupting_proxy import corrupting_proxy

pytestmark = pytest.mark.slow

TIMEOUT_SECONDS = 90
PASSED, DROPPED, UNABLE = 0, 1, 2
PART = ("--limit", "120")


def evaluate(company: Company, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli", "eval", *arguments]
    command += ["--data-dir", str(company.settings.data_dir)]
    if arguments[0] == "run":
        command += ["--port", str(company.settings.port)]
    environment = {**os.environ, "NARUTALK_TODAY": TODAY, "COLUMNS": "120"}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )


def test_a_planted_regression_fails_and_an_equal_rerun_passes(company: Company) -> None:
    first = evaluate(company, "run", "routing", *PART)
    assert first.returncode == PASSED, first.stdout + first.stderr
    assert "120 of 120 questions" in first.stdout
    baseline = re.search(r"Run #(\d+)", first.stdout)
    assert baseline

    again = evaluate(company, "run", "routing", *PART, "--baseline", baseline[1])
    assert again.returncode == PASSED, again.stdout + again.stderr
    assert "No significant drop" in again.stdout

    with corrupting_proxy(company.settings.service_urls("router")[0]) as url:
        worse = evaluate(company, "run", "routing", *PART, "--baseline", baseline[1], "--url", url)
    assert worse.returncode == DROPPED, worse.stdout + worse.stderr
    assert "Significantly worse" in worse.stdout


@pytest.mark.parametrize(
    ("dataset", "least"), [("retrieval", ("source_recall", 0.8)), ("company", ("trajectory", 0.7))]
)
def test_documents_and_whole_questions_are_scored(
    company: Company, dataset: str, least: tuple[str, float]
) -> None:
    ended = evaluate(company, "run", dataset, "--repetitions", "1")
    assert ended.returncode == PASSED, ended.stdout + ended.stderr
    assert "failed" not in ended.stdout
    evaluator, score = least
    found = re.search(rf"{evaluator} +│ ([\d.]+)", ended.stdout)
    assert found, ended.stdout
    assert float(found[1]) >= score


def test_evaluations_leave_no_conversation_behind(company: Company) -> None:
    before = company.rows("manager", "SELECT count(*) FROM conversations_conversation")
    assert evaluate(company, "run", "company", "--limit", "6").returncode == PASSED
    assert company.rows("manager", "SELECT count(*) FROM conversations_conversation") == before
    for service in ("router", "document", "employee", "client"):
        left = company.rows(f"threads-{service}", "SELECT count(*) FROM threads WHERE user_id = 'evaluation'")
        assert left == [(0,)], service


def test_a_company_that_does_not_run_is_said_so(company: Company) -> None:
    nobody = evaluate(company, "run", "routing", "--url", "http://127.0.0.1:9")
    assert nobody.returncode == UNABLE
    assert "narutalk up" in nobody.stdout
