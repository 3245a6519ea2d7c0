"""Evaluation runs in the manager: done, stored, compared, cancelled, and shown to administrators only."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from django_admin.accounts.models import User
from django_admin.evaluations import labels
from django_admin.evaluations.access import find_baseline, find_run, stored_results
from django_admin.evaluations.actions import do_cancel, do_create_run, do_fail_abandoned, do_start_run
from django_admin.evaluations.models import EvaluationRun, RunStatus, Score
from django_admin.evaluations.running import do_run
from django_admin.evaluations.tasks import run_evaluation
from evals.evaluators import ANSWERED, EVALUATORS
from evals.gate import Gate as EvaluationGate
from evals.runner import Parameters
from narutalk.errors import Conflict, InvalidInput, NotFound
from narutalk.identity import Role
from tests.fakes.manager import Manager, make_user, manager_settings
from tests.fakes.route_server import FakeRoute, running_route
from tests.fakes.router_server import Gate

RUNS = "/admin/evaluations/evaluationrun/"
UNREACHABLE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def _route() -> Iterator[FakeRoute]:
    with running_route() as route:
        yield route


@pytest.fixture
def route(_route: FakeRoute, transactional_db: None) -> Iterator[FakeRoute]:
    _route.misroutes, _route.broken, _route.gate = 0, False, None
    with override_settings(NARUTALK=manager_settings(router_urls=_route.url)):
        yield _route


def create(**options: Any) -> EvaluationRun:
    parameters = Parameters(**options.pop("parameters", {"limit": 8}))
    return do_create_run("routing", settings=manager_settings(), parameters=parameters, **options)


def run(route: FakeRoute, **options: Any) -> EvaluationRun:
    created = create(**options)
    return do_run(created.pk, settings=manager_settings(router_urls=route.url))


def command(*arguments: str) -> int:
    """Run `evaluate`, and return what it ends with."""
    try:
        call_command("evaluate", *arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_a_run_is_stored_with_its_results_and_scores(route: FakeRoute) -> None:
    done = run(route, parameters={"limit": 8, "repetitions": 2})
    assert (done.status, done.done, done.total, done.error) == (RunStatus.SUCCEEDED, 16, 16, "")
    assert done.results.count() == 16
    assert Score.objects.filter(result__run=done, evaluator="agents", value=1.0).count() == 16
    assert done.environment["model"] == "offline"
    assert done.parameters["source"] == "routing"
    assert done.summary["lines"][1]["estimate"][0] == 1.0
    assert done.finished_at >= done.started_at
    first = done.results.first()
    assert (first.inputs["message"], first.share) == ("Am I allowed to bring my dog to the warehouse?", 1.0)
    assert first.output["agents"] == ["document"]


def test_what_was_stored_can_be_reported_again(route: FakeRoute) -> None:
    route.misroutes = 2
    done = run(route)
    assert {one.example_id for one in stored_results(done)} == {one.example_id for one in done.results.all()}
    assert [one["example_id"] for one in done.summary["worst"]] == [
        one.example_id for one in done.results.filter(share__lt=1)
    ]


def test_an_equal_rerun_passes_and_a_regression_fails(
    route: FakeRoute, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("run", "routing", "--url", route.url) == 0
    assert command("run", "routing", "--url", route.url, "--baseline", "latest") == 0
    assert "No significant drop" in capsys.readouterr().out
    route.misroutes = 4
    assert command("run", "routing", "--url", route.url, "--baseline", "latest") == 1
    printed = capsys.readouterr().out
    assert "dropped" in printed
    assert "Significantly worse" in printed
    latest = find_run("latest")
    gate = EvaluationGate.model_validate(latest.comparison)
    assert [one.evaluator for one in gate.comparisons if one.dropped] == ["agents", "agent_overlap"]
    assert command("compare", "latest", str(latest.baseline_id)) == 1
    assert command("compare", str(latest.baseline_id), "latest") == 0
    assert command("show", "latest") == 0
    assert command("list") == 0
    printed = capsys.readouterr().out
    assert "retrieval" in printed
    assert "Worst:" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "nothing"), "Dataset not found"),
        (("run", "routing", "--limit", "0"), "limit must be at least 1"),
        (("run", "routing", "--baseline", "99"), "Evaluation run not found"),
        (("run", "routing", "--baseline", "best"), "'best'"),
        (("run", "routing", "--url", UNREACHABLE), ""),
        (("show", "99"), "Evaluation run not found"),
    ],
)
def test_what_cannot_be_done_ends_with_2(
    route: FakeRoute, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert command(*arguments) == 2
    assert said in capsys.readouterr().err


def test_a_company_that_does_not_run_fails_the_run(
    route: FakeRoute, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = run(route, url=UNREACHABLE)
    assert failed.status == RunStatus.FAILED
    assert "narutalk up" in failed.error
    with pytest.raises(NotFound):
        find_run("latest")


def test_a_run_without_an_answer_fails(route: FakeRoute) -> None:
    route.broken = True
    failed = run(route)
    assert failed.status == RunStatus.FAILED
    assert "HTTP 500" in failed.error
    assert failed.results.exclude(error="").count() == 8


def test_a_run_is_done_once(route: FakeRoute) -> None:
    done = run(route)
    with pytest.raises(Conflict) as caught:
        do_run(done.pk, settings=manager_settings())
    assert caught.value.code == "run_not_queued"


def test_a_baseline_is_a_finished_run_of_the_same_dataset(route: FakeRoute) -> None:
    waiting = create()
    with pytest.raises(Conflict, match="has not finished"):
        find_baseline(str(waiting.pk), dataset="routing")
    with pytest.raises(Conflict, match="another dataset"):
        find_baseline(f"#{waiting.pk}", dataset="company")
    with pytest.raises(InvalidInput):
        find_baseline("-1", dataset="routing")


def test_a_waiting_run_is_cancelled_at_once_and_the_worker_leaves_it_alone(route: FakeRoute) -> None:
    waiting = create()
    do_cancel(waiting)
    assert run_evaluation.call(waiting.pk) == "run_not_queued"
    waiting.refresh_from_db()
    assert waiting.status == RunStatus.CANCELLED


def test_a_running_run_is_cancelled(route: FakeRoute) -> None:
    route.gate = Gate()
    created = create(parameters={"concurrency": 2})
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(do_run, created.pk, settings=manager_settings(router_urls=route.url))
        route.gate.wait_until_reached()
        do_cancel(created)
        ended = running.result(20)
        route.gate.open()
    assert ended.status == RunStatus.CANCELLED
    assert ended.done == 0


def test_a_run_whose_process_died_is_marked(route: FakeRoute) -> None:
    long_ago = timezone.now() - timedelta(seconds=90)
    dead, alive = create(), create()
    EvaluationRun.objects.filter(pk=dead.pk).update(status=RunStatus.RUNNING, heartbeat_at=long_ago)
    EvaluationRun.objects.filter(pk=alive.pk).update(status=RunStatus.RUNNING, heartbeat_at=timezone.now())
    assert do_fail_abandoned() == 1
    dead.refresh_from_db()
    assert (dead.status, dead.error) == (RunStatus.FAILED, "The process that ran it ended.")


def test_starting_hands_the_run_to_the_worker(route: FakeRoute) -> None:
    started = do_start_run("routing", settings=manager_settings(), parameters=Parameters(limit=2))
    queued = DBTaskResult.objects.get()
    assert (queued.task_path, queued.args_kwargs["args"]) == (run_evaluation.module_path, [started.pk])
    assert run_evaluation.call(started.pk) == RunStatus.SUCCEEDED


@pytest.fixture
def administrator(manager: Manager) -> User:
    return make_user("root", is_staff=True, is_superuser=True)


@pytest.fixture
def page(manager: Manager, administrator: User) -> Iterator[httpx.Client]:
    with manager.client(administrator) as client:
        yield client


def test_an_administrator_starts_watches_and_reads_a_run(route: FakeRoute, page: httpx.Client) -> None:
    form = {"dataset_name": "routing", "limit": "6", "repetitions": "1", "concurrency": "2"}
    token = {"csrfmiddlewaretoken": page.headers["X-CSRFToken"]}
    baseline = run(route)
    answer = page.post(f"{RUNS}add/", data={**form, **token, "baseline_name": str(baseline.pk)})
    assert answer.status_code == 302, answer.text
    address = answer.headers["Location"]
    waiting = page.get(address).text
    assert 'http-equiv="refresh"' in waiting
    assert "It waits for the worker." in waiting

    route.misroutes = 2
    started = EvaluationRun.objects.latest("pk")
    assert started.started_by == User.objects.get(username="root")
    run_evaluation.call(started.pk)
    shown = page.get(address).text
    assert 'http-equiv="refresh"' not in shown
    assert "Right agents" in shown
    assert "Against the baseline" in shown
    assert "routing" in page.get(RUNS).text

    wrong = page.get(f"{address}?show=wrong").text
    ids = re.findall(r"results/(\d+)/", wrong.split('id="results"')[1])
    assert ids
    result = page.get(f"{address.removesuffix('change/')}results/{ids[0]}/").text
    assert "nobody-knows" in result
    assert "expected" in result
    assert "No results." in page.get(f"{address}?show=failed").text


def test_a_form_that_makes_no_sense_is_refused(route: FakeRoute, page: httpx.Client) -> None:
    token = {"csrfmiddlewaretoken": page.headers["X-CSRFToken"]}
    form = {
        "dataset_name": "company",
        "repetitions": "99",
        "concurrency": "4",
        "baseline_name": str(run(route).pk),
    }
    answer = page.post(f"{RUNS}add/", data={**form, **token})
    assert answer.status_code == 200
    assert "another dataset" in answer.text
    assert "less than or equal to 20" in answer.text
    assert EvaluationRun.objects.count() == 1


def test_an_administrator_cancels_a_run(route: FakeRoute, page: httpx.Client) -> None:
    waiting = create()
    assert page.get(f"{RUNS}{waiting.pk}/cancel/").status_code == 405
    assert page.post(f"{RUNS}{waiting.pk}/cancel/").status_code == 302
    waiting.refresh_from_db()
    assert waiting.status == RunStatus.CANCELLED


def test_pages_are_korean_too(route: FakeRoute, page: httpx.Client) -> None:
    done = run(route)
    page.headers["Accept-Language"] = "ko"
    shown = page.get(f"{RUNS}{done.pk}/change/").text
    assert "에이전트 일치" in shown
    assert "신뢰구간" in shown


@pytest.mark.parametrize("roles", [[], [Role.MANAGER.value, Role.HR.value, Role.REVIEWER.value]])
def test_others_see_nothing(route: FakeRoute, manager: Manager, roles: list[str]) -> None:
    done = run(route)
    result = done.results.first()
    assert result is not None
    addresses = [RUNS, f"{RUNS}add/", f"{RUNS}{done.pk}/change/", f"{RUNS}{done.pk}/results/{result.pk}/"]
    with manager.client(make_user("staff", is_staff=True, roles=roles)) as client:
        assert [client.get(address).status_code for address in addresses] == [403] * 4
        assert client.post(f"{RUNS}{done.pk}/cancel/").status_code == 403
        assert "Evaluations" not in client.get("/admin/").text


def test_every_evaluator_has_a_name_for_people() -> None:
    used = {evaluator.name for evaluators in EVALUATORS.values() for evaluator in evaluators}
    assert used | {ANSWERED} == set(labels.EVALUATORS)
