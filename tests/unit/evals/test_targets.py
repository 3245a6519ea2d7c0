"""The company as evaluations ask it: at the router, in nobody's name, leaving nothing behind."""

from collections.abc import Iterator

import pytest

from evals.examples import Inputs, TargetName
from evals.targets import EVALUATOR_ID, open_target
from narutalk.errors import NaruTalkError, Unavailable, UpstreamFailed
from narutalk.identity import Issuer, Role, build_verifier
from narutalk.registry import AGENTS
from narutalk.settings import Settings, load_settings
from narutalk.threads import agent_thread_id
from tests.fakes.router_server import Cut, Fail, FakeRouter, Refuse, Step, serve
from tests.fakes.turns import document_turn

QUESTION = Inputs(message="hotel costs")


@pytest.fixture
def router(settings: Settings) -> Iterator[FakeRouter]:
    fake = FakeRouter(build_verifier(settings, Issuer.MANAGER), default=document_turn())
    with serve(fake.application()) as url:
        fake.url = url
        yield fake


@pytest.fixture
def company(settings: Settings, router: FakeRouter) -> Settings:
    """Settings in which the fake is the router and every agent."""
    urls = {f"{name}_urls": router.url for name in ("router", *(agent.name for agent in AGENTS))}
    return load_settings(data_dir=settings.data_dir, _env_file=None, **urls)


async def test_an_answer_is_read_and_its_threads_are_deleted(company: Settings, router: FakeRouter) -> None:
    async with open_target(TargetName.COMPANY, company, timeout_seconds=5) as target:
        answer = await target(QUESTION)
    assert answer["response"] == "Up to **150,000 KRW** a night [1]."
    assert (answer["agents"], answer["sources"]) == (["document"], ["travel-policy.md"])
    (run,) = router.runs
    assert run.identity.user_id == EVALUATOR_ID
    assert run.identity.has_role(Role.ADMIN)
    assert run.identity.conversation_id == run.thread_id
    assert router.deleted == [
        run.thread_id,
        *(agent_thread_id(run.thread_id, agent.name) for agent in AGENTS),
    ]


async def test_questions_before_are_asked_in_the_same_thread(company: Settings, router: FakeRouter) -> None:
    inputs = Inputs(message="and in Busan?", before=("hotel costs in Seoul",))
    async with open_target(TargetName.COMPANY, company, timeout_seconds=5) as target:
        await target(inputs)
        await target(inputs)
    threads = [run.thread_id for run in router.runs]
    assert [threads.count(thread) for thread in dict.fromkeys(threads)] == [2, 2]


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ((Fail(),), UpstreamFailed),
        ((Refuse(),), UpstreamFailed),
        ((*document_turn()[:3], Cut()), Unavailable),
        (document_turn()[:-1], UpstreamFailed),
        (({"type": "error", "code": "deadline", "message": "too slow"},), UpstreamFailed),
        (({"type": "unknown"},), UpstreamFailed),
    ],
)
async def test_what_goes_wrong_is_an_error_and_leaves_nothing(
    company: Settings, router: FakeRouter, script: tuple[Step, ...], error: type[NaruTalkError]
) -> None:
    router.script(*script)
    async with open_target(TargetName.COMPANY, company, timeout_seconds=5) as target:
        with pytest.raises(error):
            await target(QUESTION)
    assert router.deleted[0] == router.runs[0].thread_id if router.runs else router.deleted
