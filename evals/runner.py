"""Runs a dataset against a target with `langsmith.aevaluate`, without LangSmith unless told to upload."""

import asyncio
import io
import time
import uuid
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

from langsmith import Client, aevaluate, tracing_context
from langsmith.evaluation import EvaluationResult, EvaluationResults, RunEvaluator
from langsmith.evaluation._arunner import AsyncExperimentResults
from langsmith.schemas import Example as LangSmithExample
from langsmith.schemas import Run

from evals.evaluators import ANSWERED, EVALUATORS, Answered, Evaluator
from evals.examples import Dataset, Example, Inputs
from evals.langsmith_client import langsmith_failures, local_examples, uploaded_examples
from evals.results import Result, Score
from evals.targets import Target
from narutalk.errors import DeadlineExceeded

DEFAULT_CONCURRENCY = 4
DEFAULT_TIMEOUT_SECONDS = 60.0
MAX_CONCURRENCY = 32
MAX_REPETITIONS = 20
MAX_ERROR_CHARS = 2000
UPLOAD_FLUSH_SECONDS = 60.0
UNANSWERED = "not answered"

OnResult = Callable[[Result], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """How a run asks.

    Attributes:
        limit: Only that many examples, spread over the dataset; None for all.
        repetitions: How often each example is asked, from 1.
        concurrency: How many questions are asked at a time, from 1.
        timeout_seconds: After which a question counts as failed.
    """

    limit: int | None = None
    repetitions: int = 1
    concurrency: int = DEFAULT_CONCURRENCY
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise ValueError("limit must be at least 1")
        if not 1 <= self.repetitions <= MAX_REPETITIONS:
            raise ValueError(f"repetitions must be from 1 to {MAX_REPETITIONS}")
        if not 1 <= self.concurrency <= MAX_CONCURRENCY:
            raise ValueError(f"concurrency must be from 1 to {MAX_CONCURRENCY}")


def chosen_examples(dataset: Dataset, limit: int | None) -> list[Example]:
    """Return the examples a run asks: all, or ``limit`` of them, evenly spread and always the same."""
    examples = dataset.examples
    if limit is None or limit >= len(examples):
        return list(examples)
    return [examples[number * len(examples) // limit] for number in range(limit)]


async def run_dataset(
    dataset: Dataset,
    target: Target,
    client: Client,
    *,
    parameters: Parameters,
    upload: bool = False,
    evaluators: Sequence[Evaluator] | None = None,
    on_result: OnResult | None = None,
) -> list[Result]:
    """Ask every example and score the answers.

    Args:
        dataset: What is asked.
        target: Who is asked.
        client: Of LangSmith: `offline_client`, or with ``upload`` `upload_client`.
        parameters: How.
        upload: Whether LangSmith gets dataset, runs and scores.
        evaluators: Instead of those of the dataset's target.
        on_result: Awaited with each result when it is there, in the order of completion.

    Returns:
        The results in the order of the dataset, the repetitions of an example one after another. A question
        that failed is a result with an error; a score that failed is "unscored".

    Raises:
        UpstreamFailed: ``langsmith_failed``: it was told to upload, and LangSmith does not take it.
    """
    chosen = chosen_examples(dataset, parameters.limit)
    judges = EVALUATORS[dataset.header.target] if evaluators is None else evaluators
    if upload:
        with langsmith_failures():
            data = await asyncio.to_thread(uploaded_examples, client, dataset, chosen)
    else:
        data = local_examples(dataset, chosen)
    by_uuid = {there.id: position for position, there in enumerate(data)}
    seen: Counter[int] = Counter()
    results = []
    async with _experiment(
        _Asker(target, parameters.timeout_seconds),
        data,
        [
            _LangSmithEvaluator(judge, chosen, by_uuid, dataset.header.latency_budget_seconds)
            for judge in judges
        ],
        client,
        name=dataset.name,
        parameters=parameters,
        upload=upload,
    ) as rows:
        async for row in rows:
            position = by_uuid[row["example"].id]
            result = _result(
                chosen[position],
                dataset.examples.index(chosen[position]),
                seen[position],
                row["run"],
                row["evaluation_results"]["results"],
                judges,
            )
            seen[position] += 1
            results.append(result)
            if on_result:
                await on_result(result)
    if upload:
        await asyncio.to_thread(client.flush, UPLOAD_FLUSH_SECONDS)
    return sorted(results, key=lambda result: (result.position, result.repetition))


@asynccontextmanager
async def _experiment(
    asker: "_Asker",
    data: list[LangSmithExample],
    evaluators: list[RunEvaluator],
    client: Client,
    *,
    name: str,
    parameters: Parameters,
    upload: bool,
) -> AsyncIterator[AsyncExperimentResults]:
    """Start an experiment; end it when the block ends, however it does."""
    # LangSmith prints a line and draws a bar of its own, on the stream that is there when it begins.
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'upload_results' parameter is in beta")
        with langsmith_failures():
            rows = await aevaluate(
                asker.ask,
                data=data,
                evaluators=evaluators,
                client=client,
                max_concurrency=parameters.concurrency,
                num_repetitions=parameters.repetitions,
                experiment_prefix=name,
                upload_results=upload,
                blocking=False,
            )
        await asyncio.sleep(0)
    end = asyncio.create_task(rows.wait())
    try:
        yield rows
    finally:
        end.cancel()  # and with it, the experiment that it waits for
        await asyncio.gather(end, return_exceptions=True)
        await asker.stop()


class _Asker:
    """Asks a target, each question within a time; LangSmith does not end its questions itself."""

    def __init__(self, target: Target, timeout_seconds: float) -> None:
        self._target = target
        self._timeout_seconds = timeout_seconds
        self._asking: set[asyncio.Task[Any]] = set()
        self._stopped = False

    async def ask(self, inputs: dict[str, Any]) -> dict[str, Any]:
        if self._stopped:
            raise asyncio.CancelledError
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  (a coroutine that runs has one)
        self._asking.add(task)
        try:
            return await self._answered(Inputs.model_validate(inputs))
        finally:
            self._asking.discard(task)

    async def _answered(self, question: Inputs) -> dict[str, Any]:
        started = time.perf_counter()
        try:
            # The company traces itself; the run tree of the evaluation must not travel in its requests.
            with tracing_context(enabled=False):
                async with asyncio.timeout(self._timeout_seconds):
                    answer = await self._target(question)
        except TimeoutError as error:
            raise DeadlineExceeded(f"No answer within {self._timeout_seconds:g} s.") from error
        return {"answer": answer, "seconds": time.perf_counter() - started}

    async def stop(self) -> None:
        """End the questions that are asked now, and ask no further ones."""
        self._stopped = True
        asking = list(self._asking)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


class _LangSmithEvaluator(RunEvaluator):
    """One of our evaluators in LangSmith's form, which turns what it raises into a result without a score."""

    def __init__(
        self,
        evaluator: Evaluator,
        examples: Sequence[Example],
        positions: dict[uuid.UUID, int],
        budget: float,
    ) -> None:
        self._evaluator = evaluator
        self._examples = examples
        self._positions = positions
        self._budget = budget

    @property
    def feedback_keys(self) -> list[str]:
        return [self._evaluator.name]

    def evaluate_run(
        self,
        run: Run,
        example: LangSmithExample | None = None,
        evaluator_run_id: uuid.UUID | None = None,
    ) -> EvaluationResult | EvaluationResults:
        assert example is not None  # noqa: S101  (LangSmith gives the example of every run)
        ours = self._examples[self._positions[example.id]]
        if run.error or not self._evaluator.applies(ours):
            return EvaluationResults(results=[])
        outputs = run.outputs or {}
        verdict = self._evaluator.judge(ours, Answered(outputs["answer"], outputs["seconds"]), self._budget)
        return EvaluationResult(
            key=self._evaluator.name, score=verdict.value, comment=verdict.comment or None
        )

    async def aevaluate_run(
        self,
        run: Run,
        example: LangSmithExample | None = None,
        evaluator_run_id: uuid.UUID | None = None,
    ) -> EvaluationResult | EvaluationResults:
        """Judge at once, in this thread: our evaluators are quick and pure."""
        return self.evaluate_run(run, example, evaluator_run_id)


def _result(
    example: Example,
    position: int,
    repetition: int,
    run: Run,
    evaluated: Sequence[EvaluationResult],
    judges: Sequence[Evaluator],
) -> Result:
    outputs = None if run.error else run.outputs
    by_key = {one.key: one for one in evaluated}
    scores = [Score(ANSWERED, 0.0 if outputs is None else 1.0)]
    for judge in judges:
        if not judge.applies(example):
            continue
        given = by_key.get(judge.name)
        if given is None:
            scores.append(Score(judge.name, None, UNANSWERED))
        else:
            value = None if given.score is None else float(given.score)
            scores.append(Score(judge.name, value, given.comment or ""))
    return Result(
        example_id=example.id,
        position=position,
        repetition=repetition,
        language=example.language.value,
        tags=example.tags,
        inputs=example.inputs.model_dump(mode="json"),
        reference=example.reference.model_dump(mode="json"),
        output=outputs["answer"] if outputs else None,
        error=_short(run.error or ""),
        duration_ms=outputs["seconds"] * 1000 if outputs else None,
        scores=tuple(scores),
    )


def _short(error: str) -> str:
    """Return what went wrong without the traceback that LangSmith appends."""
    return error.split("\n\nTraceback", maxsplit=1)[0].strip()[:MAX_ERROR_CHARS]
