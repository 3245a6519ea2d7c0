"""The turns that run in this process. A turn belongs to the runner, not to the request that began it."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from functools import partial
from typing import Any, NamedTuple, TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

import structlog
from django.db import DatabaseError
from structlog.contextvars import bound_contextvars

from django_admin.accounts.identity import identity_of
from django_admin.accounts.models import User
from django_admin.config.threads import in_database
from django_admin.conversations.access import access_question
from django_admin.conversations.actions import Asked, PersonAnswer, do_ask, do_finish, do_resume
from django_admin.conversations.models import Message, MessageStatus
from django_admin.gateway.phrases import waits_for_approval
from django_admin.gateway.router import RouterClient, RunStarted
from django_admin.gateway.transcript import INTERRUPTED, Transcript, stored_closing_event
from django_admin.gateway.turn_log import TurnLog, closed_log
from django_admin.gateway.turn_trace import TurnTrace, start_turn_trace
from narutalk.errors import DeadlineExceeded, NaruTalkError, UpstreamFailed
from narutalk.events import ErrorEvent, FinalEvent
from narutalk.identity import Identity
from narutalk.languages import Language

logger = structlog.get_logger(__name__)
T = TypeVar("T")

SHUTDOWN_TIMEOUT_SECONDS = 5.0


class Turn(NamedTuple):
    """A turn as its readers see it: which one it is, and its log."""

    conversation_id: UUID
    message_id: UUID
    answer_id: UUID
    log: TurnLog


class RunningTurn(NamedTuple):
    """A turn's tasks: `answering` listens to the router and may be cancelled, `task` stores the end."""

    turn: Turn
    answering: asyncio.Task[FinalEvent]
    task: asyncio.Task[None]


class TurnRunner:
    """Asks the router and stores what comes back, however many clients listen, and when none does.

    Args:
        router: Answers the questions.
        deadline_seconds: From the question to the end of its answer.
    """

    def __init__(self, router: RouterClient, *, deadline_seconds: float) -> None:
        self._router = router
        self._deadline_seconds = deadline_seconds
        self._running: dict[UUID, RunningTurn] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        # Guards "stored, therefore running": between the two nobody else with the same message id looks.
        self._admissions: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    async def ask(self, user: User, *, message_id: UUID, conversation_id: UUID | None, text: str) -> Turn:
        """Store a question and start its turn, or join the one with the same message id.

        Raises:
            NotFound: ``conversation_not_found`` or ``message_not_found``.
            Conflict: ``message_id_reused``.
        """
        admission = self._own(
            self._admit(user, message_id, partial(_store, user, message_id, conversation_id, text))
        )
        # A client that leaves now must not leave behind a question that is stored but never asked.
        return await asyncio.shield(admission)

    async def resume(
        self, user: User, conversation_id: UUID, *, message_id: UUID, answer: PersonAnswer
    ) -> Turn:
        """Store a person's answer to what waits in a conversation and start the turn that goes on with it.

        Raises:
            NotFound: ``conversation_not_found`` or ``message_not_found``.
            Conflict: ``nothing_waits`` or ``message_id_reused``.
        """
        store = partial(_store_resumption, user, message_id, conversation_id, answer)
        return await asyncio.shield(self._own(self._admit(user, message_id, store)))

    async def find(self, user: User, message_id: UUID, *, after: int = 0) -> Turn:
        """Return a person's turn. Of one that is over there is only the closing event, its id past ``after``.

        Raises:
            NotFound: ``message_not_found``.
        """
        question, answer = await in_database(_question_and_answer, user, message_id)
        running = self._running.get(question.pk)
        if running:
            return running.turn
        if answer.status == MessageStatus.RUNNING:  # it ended between the two looks
            question, answer = await in_database(_question_and_answer, user, message_id)
        return _turn_that_is_over(question, answer, after=after)

    async def stop(self, user: User, message_id: UUID) -> MessageStatus:
        """Stop a person's turn, keep what came so far, and return how it ended.

        Raises:
            NotFound: ``message_not_found``.
        """
        question, _ = await in_database(_question_and_answer, user, message_id)
        running = self._running.get(question.pk)
        if running:
            running.answering.cancel()
            await asyncio.wait_for(running.turn.log.outcome(), SHUTDOWN_TIMEOUT_SECONDS)
        _, answer = await in_database(_question_and_answer, user, message_id)
        return MessageStatus(answer.status)

    async def stop_conversation(self, conversation_id: UUID) -> None:
        """Stop every turn of a conversation."""
        await self._end([r for r in self._running.values() if r.turn.conversation_id == conversation_id])

    async def close(self) -> None:
        """Stop all turns, and wait until they are stored, but not for ever."""
        await self._end(list(self._running.values()))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _admit(self, user: User, message_id: UUID, store: Callable[[], tuple[Asked, Identity]]) -> Turn:
        lock = self._admissions.setdefault(message_id, asyncio.Lock())
        async with lock:
            asked, identity = await in_database(store)
            running = self._running.get(message_id)
            if running:
                return running.turn
            if not asked.to_run:
                return await self.find(user, message_id)
            return self._start(asked, identity)

    def _start(self, asked: Asked, identity: Identity) -> Turn:
        turn = Turn(asked.question.conversation_id, asked.question.pk, asked.answer.pk, TurnLog())
        trace = start_turn_trace(asked.question, identity)
        transcript = Transcript(trace_id=trace.trace_id)
        with bound_contextvars(conversation_id=str(turn.conversation_id), message_id=str(turn.message_id)):
            answering = self._own(self._answer(turn, asked.question, identity, transcript, trace))
            task = self._own(self._see_through(turn, asked.answer, identity, transcript, trace, answering))
        self._running[turn.message_id] = RunningTurn(turn, answering, task)
        return turn

    async def _see_through(
        self,
        turn: Turn,
        answer: Message,
        identity: Identity,
        transcript: Transcript,
        trace: TurnTrace,
        answering: asyncio.Task[FinalEvent],
    ) -> None:
        closing: FinalEvent | ErrorEvent
        try:
            closing = await answering
        except asyncio.CancelledError:
            closing = ErrorEvent(code=INTERRUPTED, message="The answer was stopped.")
        except NaruTalkError as error:
            closing = ErrorEvent(code=error.code, message=error.message)
        except Exception:
            logger.exception("turn failed", message_id=str(turn.message_id))
            closing = ErrorEvent(
                code="turn_failed", message="The assistant failed to answer. Please ask again."
            )
        try:
            await self._store_end(turn, answer, closing, transcript, trace)
        except DatabaseError:  # readers still get the answer; the record stays "running" until the next start
            logger.exception("the end of a turn was not stored", message_id=str(turn.message_id))
        finally:
            del self._running[turn.message_id]
            turn.log.close(closing)
        if isinstance(closing, ErrorEvent):
            await self._router.cancel_turn(
                identity,
                conversation_id=turn.conversation_id,
                message_id=turn.message_id,
                run_id=transcript.run_id,
            )

    async def _answer(
        self, turn: Turn, question: Message, identity: Identity, transcript: Transcript, trace: TurnTrace
    ) -> FinalEvent:
        events = self._router.stream_turn(
            identity,
            conversation_id=turn.conversation_id,
            message_id=turn.message_id,
            text=question.content,
            trace_headers=trace.headers,
            resumes=question.resumes,
        )
        final: FinalEvent | None = None
        try:
            async with asyncio.timeout(self._deadline_seconds), aclosing(events):
                async for event in events:
                    match event:
                        case RunStarted():
                            transcript.run_id = event.run_id
                        case FinalEvent():
                            # Read on to the stream's end: the run has not stored yet what it remembers, and
                            # a connection that is dropped here could not be used again.
                            final = event
                        case ErrorEvent():
                            raise UpstreamFailed(event.message, code=event.code)
                        case _:
                            transcript.add(event)
                            turn.log.append(event)
        except TimeoutError as error:
            if final is None:
                raise DeadlineExceeded("The assistant took too long to answer.") from error
        except NaruTalkError:
            if final is None:
                raise
        final = final or _waiting(question, transcript)
        if final is not None:
            return _with_our_ids(final, turn, transcript)
        raise UpstreamFailed("The assistant's answer broke off. Please ask again.", code="turn_failed")

    async def _store_end(
        self,
        turn: Turn,
        answer: Message,
        closing: FinalEvent | ErrorEvent,
        transcript: Transcript,
        trace: TurnTrace,
    ) -> None:
        outcome = (
            transcript.complete(closing) if isinstance(closing, FinalEvent) else transcript.failed(closing)
        )
        trace.end(outcome)
        await in_database(do_finish, answer.pk, outcome)
        logger.info(
            "turn ended",
            conversation_id=str(turn.conversation_id),
            message_id=str(turn.message_id),
            status=outcome.status.value,
            error_code=outcome.error_code,
            duration_ms=outcome.duration_ms,
        )

    def _own(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._disown)
        return task

    def _disown(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # seen: whoever waited has it, and nobody else needs to be told

    async def _end(self, turns: list[RunningTurn]) -> None:
        for running in turns:
            running.answering.cancel()
        if turns:
            _, pending = await asyncio.wait([r.task for r in turns], timeout=SHUTDOWN_TIMEOUT_SECONDS)
            if pending:
                logger.warning("turns did not end in time", count=len(pending))


def _store(user: User, message_id: UUID, conversation_id: UUID | None, text: str) -> tuple[Asked, Identity]:
    asked = do_ask(user, message_id=message_id, conversation_id=conversation_id, text=text)
    return asked, identity_of(user, conversation_id=str(asked.question.conversation_id))


def _store_resumption(
    user: User, message_id: UUID, conversation_id: UUID, answer: PersonAnswer
) -> tuple[Asked, Identity]:
    asked = do_resume(user, message_id=message_id, conversation_id=conversation_id, answer=answer)
    return asked, identity_of(user, conversation_id=str(conversation_id))


def _question_and_answer(user: User, message_id: UUID) -> tuple[Message, Message]:
    question = access_question(user, message_id)
    return question, question.answer


def _turn_that_is_over(question: Message, answer: Message, *, after: int) -> Turn:
    closing = stored_closing_event(question, answer)
    return Turn(question.conversation_id, question.pk, answer.pk, closed_log(closing, after=after))


def _waiting(question: Message, transcript: Transcript) -> FinalEvent | None:
    """Return what closes a turn whose agents wait for a person; None when none does."""
    if not transcript.waiting:
        return None
    return transcript.paused(waits_for_approval(transcript.waiting, Language(question.language)))


def _with_our_ids(final: FinalEvent, turn: Turn, transcript: Transcript) -> FinalEvent:
    return final.model_copy(
        update={
            "conversation_id": str(turn.conversation_id),
            "message_id": str(turn.message_id),
            "answer_id": str(turn.answer_id),
            "run_id": transcript.run_id,
        }
    )
