"""Which tools to call for a question, and with what: decided from the tools' hints and the turn before."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from narutalk.languages import Language
from narutalk.offline.clauses import clauses_of
from narutalk.offline.hints import ArgumentFinder, Found, OfflineHints
from narutalk.offline.masking import mask, read, takes_no_words
from narutalk.offline.pointing import named, points_at_a_colleague, what_is_known
from narutalk.offline.several import are_parts_of_one, one_by_one
from narutalk.offline.similarity import WORD, PhraseIndex
from narutalk.offline.unread import unread_words

CONFIDENT = 0.34
UNSURE = 0.16
SURER_THAN_FALLBACK = 0.7
MISSING_ARGUMENT_FACTOR = 0.6
UNUSED_NAME_FACTOR = 0.7
"""Of a tool that has no use for somebody or something that the question names."""
MAX_CALLS = 3
LEANING_CHARS = 40
"""A longer sentence says by itself what "it" is."""
LEANED_ON_CHARS = 200
CONTEXT = "context"
"""Stands for a tool whose arguments were found in what is known already."""

_EMPTY_WORDS = frozenset(
    """
    a an and are about as at but by can could did do does for from give had has have how i in is it its
    let me much many now of on ok okay or our please so tell than that the their them then there these
    they this those to us was we were what when where which who will with would you your show same again
    too also instead compare 그럼 그러면 그리고 은 는 이 가 을 를 의 에 도 만 와 과 요 좀 혹시 어때
    어때요 어떻게 어떤가요 알려줘 알려주세요 보여줘 보여주세요 말해줘 대해 대해서 얼마 얼마야 얼마예요
    얼마인가요 이야 인가요 나요 까지 부터 이번엔 이번에는 어떤가 어떄
    말이야 말고 이요 이에요 입니다 지점 지사 branch office mean meant
    """.split()
)
_PRONOUN = re.compile(
    r"\b(?:its|theirs?|his|hers?|they|it|he|she|them|him|those|these"
    r"|that (?:client|customer|hospital|pharmacy|clinic|wholesaler|company"
    r"|employee|person|salesperson|seller|rep|one))\b"
    r"|(?<![가-힣])그 (?:사람|직원|담당자|거래처|병원|약국|의원|도매업체|회사|고객|분)의?(?![가-힣])"
    r"|(?<![가-힣])(?:그|그의|그곳|그곳의|그녀|그녀의|그들|그들의|해당|거기|그분|그분의)(?![가-힣])",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")
_LINKING_WORDS = frozenset(
    """
    a an and about also at but by compare for from how i in instead now of ok okay on or so than that
    the then this to too versus vs what with 그럼 그러면 그리고 은 는 이 가 을 를 의 에 에서 에는 에선
    branch office mean meant 지점 지사 말이야 말고 도 만 와 과 랑 이랑 요 이요 은요 는요 비교 혹시
    이번엔 이번에는
    """.split()
)


@dataclass(frozen=True)
class OfflineTool:
    """A tool as the planner sees it."""

    name: str
    required: frozenset[str]
    hints: OfflineHints


@dataclass(frozen=True)
class Call:
    """A tool call to make."""

    tool: str
    args: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What to do with a question: calls to make, or a question to ask back.

    Attributes:
        calls: In order; empty when the model has to ask back.
        confidence: Of the best tool, 0 to 1.
        missing: The tool and the required argument that nobody named, when that is why it asks back.
    """

    calls: tuple[Call, ...]
    confidence: float
    missing: tuple[OfflineTool, str] | None = None


@dataclass
class Candidate:
    """A tool with what a sentence says for it.

    Attributes:
        content_words: How many words are neither arguments nor empty.
        fragment: Whether the sentence is nothing but arguments and linking words: "and in Busan?".
        excluded, others: As in `Reading`.
    """

    tool: OfflineTool
    args: dict[str, Any]
    masked: str
    content_words: int
    fragment: bool
    excluded: tuple[str, ...] = ()
    others: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    score: float = 0.0
    missing: list[str] = field(default_factory=list)


class Planner:
    """Plans over a fixed set of tools.

    Args:
        tools: All of them.
    """

    def __init__(self, tools: Sequence[OfflineTool]) -> None:
        self.tools = tuple(tools)
        self._tools = {tool.name: tool for tool in tools}
        self._index = PhraseIndex({tool.name: _phrases(tool) for tool in tools})

    def plan(self, question: str, previous: Sequence[Call] = (), context: str = "") -> Plan:
        """Choose the calls for a question.

        Args:
            question: In the person's words.
            previous: The calls of the turn before, for "and last year?" and "his contracts?".
            context: What is known already: a name that the question lacks is the first one there.
        """
        before, asked = previous, question
        known = what_is_known(context, self.tools)
        if known.args or known.people:
            previous = [*previous, Call(CONTEXT, known.args)]
            question = named(question, known, self.tools)
        whole = self._best(question, previous)
        if whole is None:
            return Plan((), 0.0)
        repeated = self._repeat(asked, before, whole)
        if repeated:
            return Plan(repeated, 1.0)
        several = self._plan_clauses(question, previous, changing=whole.tool.hints.asked_for is not None)
        if len(several) > 1 and not (
            whole.others and are_parts_of_one([(one.tool, one.args) for one in several])
        ):
            return Plan(tuple(several), whole.score)
        if whole.tool.hints.asked_for is None:
            fallback = next((tool for tool in self._tools.values() if tool.hints.fallback), None)
            if fallback is not None and whole.score < SURER_THAN_FALLBACK:
                whole = _candidate(question, fallback)
            elif whole.score < UNSURE:
                return Plan((), whole.score)
        _inherit(whole, previous)
        if missing := self._missing(question, whole, previous):
            return Plan((), whole.score, missing)
        _go_on(asked, whole, before)
        if Call(whole.tool.name, whole.args) in before:
            self._move_on(asked, whole, context)
        return Plan(tuple(_calls(whole)), whole.score)

    def _missing(
        self, question: str, chosen: Candidate, previous: Sequence[Call]
    ) -> tuple[OfflineTool, str] | None:
        """Return the tool and the argument that nobody named; None when there is none.

        "그 담당자의 지난달 실적은?", of whom nothing is known, is no question about the whole company: the
        likeliest tool that is about somebody asks whom.
        """
        if missing := chosen.missing or _unknown_person(question, chosen):
            return chosen.tool, missing[0]
        if chosen.tool.hints.people or chosen.args.keys() & chosen.tool.required:
            return None
        if not points_at_a_colleague(question):
            return None
        others = (candidate.tool for candidate in self.ranked(question, previous))
        return next(((tool, min(tool.hints.people)) for tool in others if tool.hints.people), None)

    def _move_on(self, question: str, candidate: Candidate, context: str) -> None:
        """Let "and his manager?" mean whom the answer named last, where it would only ask the same again."""
        _, said = mask(question, candidate.tool.hints)
        leaning = {name for name in candidate.args.keys() & candidate.tool.required if name not in said}
        if len(leaning) != 1 or not _PRONOUN.search(question):
            return
        [name] = leaning
        for line in context.splitlines()[1:]:
            if named := _last_named(_SENTENCE_END.split(line)[0], candidate.tool.hints.finders[name]):
                candidate.args[name] = named
                return

    def _plan_clauses(self, question: str, previous: Sequence[Call], *, changing: bool) -> list[Call]:
        """Return a call for each clause, or none when one of them is no question of its own.

        A sentence that asks for a change is split only into changes: the rest may be a note's text.
        """
        calls: list[Call] = []
        for clause in clauses_of(question)[: MAX_CALLS + 1]:
            candidate = self._best(clause, [*previous, *calls])
            if candidate is None or candidate.score < CONFIDENT:
                return []
            if changing is not (candidate.tool.hints.asked_for is not None):
                return []
            if candidate.fragment:
                # "compare Busan and …" asks nothing yet; "… and in Marketing?" asks the same again.
                repeated = self._repeat(clause, calls[-1:], candidate)
                if not repeated:
                    return []
                calls.extend(call for call in repeated if call not in calls)
                continue
            _inherit(candidate, [*previous, *calls])
            if candidate.missing or _unknown_person(clause, candidate):
                return []
            calls.extend(call for call in _calls(candidate) if call not in calls)
        return calls[:MAX_CALLS]

    def _repeat(self, question: str, previous: Sequence[Call], best: Candidate) -> tuple[Call, ...]:
        """Return the previous calls with what the question changes, when it says nothing else of its own."""
        if not previous or any(call.tool not in self._tools for call in previous):
            return ()
        repeated: list[Call] = []
        changed = False
        for call in previous:
            tool = self._tools[call.tool]
            if tool.hints.asked_for:  # a change is not made again because somebody names another client
                return ()
            candidate = _candidate(question, tool)
            elsewhere = best.tool.name != call.tool and best.score >= CONFIDENT
            if candidate.content_words or (elsewhere and not candidate.fragment):
                return ()
            found = {
                name: value for name, value in candidate.args.items() if not takes_no_words(tool.hints, name)
            }
            changed = changed or bool(found)
            for name in found.keys() & tool.hints.behind.keys() & call.args.keys():
                found[name] = tool.hints.behind[name](call.args[name], found[name])
            args = one_by_one({**call.args, **found}, candidate.others)
            repeated.extend(Call(call.tool, one) for one in args)
        return tuple(repeated[:MAX_CALLS]) if changed else ()

    def unread(self, question: str, called: Iterable[str], context: str = "") -> list[str]:
        """Return the words of a question that none of the tools called for it reads; see `unread_words`.

        What points at something in the context is read as its name.
        A search takes the whole question, and a change shows what it does before it is done: those read all.
        """
        question = named(question, what_is_known(context, self.tools), self.tools)
        tools = [self._tools[name] for name in dict.fromkeys(called) if name in self._tools]
        hints = [tool.hints for tool in tools]
        if not tools or any(hint.fallback or hint.asked_for or hint.approved for hint in hints):
            return []
        first, *others = (self._unread_by(question, tool) for tool in tools)
        return [word for word in first if all(word in words for words in others)]

    def _unread_by(self, question: str, tool: OfflineTool) -> list[str]:
        reading = read(question, tool.hints)
        nearest = self._index.nearest(tool.name, reading.text)
        return [*reading.excluded, *unread_words(reading.text, _phrases(tool), nearest)]

    def ranked(self, question: str, previous: Sequence[Call] = ()) -> list[Candidate]:
        """Return all tools with what one question says for them, the likeliest first.

        Args:
            question: In the person's words.
            previous: Calls that an argument may be taken from.
        """
        inherited = {name for call in previous for name in call.args}
        subjects = inherited & {name for tool in self._tools.values() for name in tool.required}
        candidates = []
        fitting = self._fitting(question)
        named_here = {name for tool in fitting for name in _surely_named(question, tool)}
        for tool in fitting:
            candidate = _candidate(question, tool)
            candidate.score = self._index.similarity(tool.name, _with_subject(candidate, subjects))
            if any(name not in inherited for name in candidate.missing):
                candidate.score *= MISSING_ARGUMENT_FACTOR
            if not tool.hints.fallback and named_here - tool.hints.finders.keys():
                candidate.score *= UNUSED_NAME_FACTOR
            candidates.append(candidate)
        return sorted(candidates, key=lambda candidate: -candidate.score)

    def _best(self, question: str, previous: Sequence[Call]) -> Candidate | None:
        return next(iter(self.ranked(question, previous)), None)

    def _fitting(self, question: str) -> list[OfflineTool]:
        """Return the tools whose change a sentence asks for; else those that change nothing."""
        changing = [tool for tool in self._tools.values() if tool.hints.asked_for]
        asked_for = [tool for tool in changing if tool.hints.asked_for and tool.hints.asked_for(question)]
        return asked_for or [tool for tool in self._tools.values() if not tool.hints.asked_for]


def plan(question: str, tools: Sequence[OfflineTool], previous: Sequence[Call] = ()) -> Plan:
    """Plan one question over some tools; see `Planner.plan`."""
    return Planner(tools).plan(question, previous)


def missing_question(tool: OfflineTool, argument: str, language: Language) -> str | None:
    """Return what the tool's hints say to ask when an argument is missing."""
    return tool.hints.questions.get(argument, {}).get(language)


def is_empty_word(word: str) -> bool:
    """Whether a word, in lower case, says nothing of what is asked."""
    return word in _EMPTY_WORDS


def points_back(text: str) -> bool:
    """Whether a text has a pronoun: it may mean what was said before it."""
    return bool(_PRONOUN.search(text))


def _candidate(question: str, tool: OfflineTool) -> Candidate:
    masked, args, excluded, others = read(question, tool.hints)
    words = [word.lower() for word in WORD.findall(masked) if not word.startswith("{")]
    return Candidate(
        tool=tool,
        args=args,
        masked=masked,
        content_words=sum(word not in _EMPTY_WORDS for word in words),
        fragment=bool(args) and all(word in _LINKING_WORDS for word in words),
        excluded=excluded,
        others=others,
        missing=[name for name in sorted(tool.required) if name not in args],
    )


def _phrases(tool: OfflineTool) -> list[str]:
    return [phrase for texts in tool.hints.phrases.values() for phrase in texts]


def _calls(candidate: Candidate) -> list[Call]:
    return [Call(candidate.tool.name, args) for args in one_by_one(candidate.args, candidate.others)]


def _surely_named(question: str, tool: OfflineTool) -> set[str]:
    """Return the arguments that a tool cannot do without and that a question names by words of their own."""
    needed = {name for name in tool.required if not takes_no_words(tool.hints, name)}
    return needed & mask(question, tool.hints, sure=True)[1].keys() if needed else set()


def _with_subject(candidate: Candidate, subjects: Set[str]) -> str:
    """Return the masked sentence, a pronoun replaced by the known argument that it can only stand for."""
    meant = [name for name in candidate.tool.hints.finders if name in subjects and name not in candidate.args]
    if len(meant) != 1 or takes_no_words(candidate.tool.hints, meant[0]):
        return candidate.masked
    return _PRONOUN.sub(f" {{{meant[0]}}} ", candidate.masked, count=1)


def _last_named(text: str, find: ArgumentFinder) -> Any:
    """Return the value of an argument that a text names last; None without any."""
    last: Found | None = None
    start = 0
    while (found := find(text[start:])) and found.end > found.start:
        last = found
        start += found.end
    return last.value if last else None


def _inherit(candidate: Candidate, previous: Sequence[Call]) -> None:
    """Take from the latest call that has them: missing arguments, and after a pronoun all others too."""
    wanted = list(candidate.tool.hints.finders) if _PRONOUN.search(candidate.masked) else candidate.missing
    for name in [name for name in wanted if name not in candidate.args]:
        for call in reversed(previous):
            if name in call.args and (
                call.tool == candidate.tool.name or name not in candidate.tool.hints.own
            ):
                candidate.args[name] = call.args[name]
                candidate.missing = [other for other in candidate.missing if other != name]
                break


def _unknown_person(question: str, candidate: Candidate) -> list[str]:
    """Return the argument that a question means somebody for who is not known; empty for others.

    Without that person the tool would answer for everybody.
    """
    people = sorted(candidate.tool.hints.people)
    return [] if candidate.args.keys() & people or not points_at_a_colleague(question) else people


def _go_on(question: str, candidate: Candidate, before: Sequence[Call]) -> None:
    """Put the sentence before in front of a short one that leans on it: "and how long can it be kept?"."""
    if len(question) > LEANING_CHARS or not _PRONOUN.search(question):
        return
    for call in before:
        if call.tool != candidate.tool.name:
            continue
        for name, value in candidate.args.items():
            earlier = call.args.get(name)
            if value == question.strip() and earlier and takes_no_words(candidate.tool.hints, name):
                candidate.args[name] = f"{str(earlier)[:LEANED_ON_CHARS]} {value}"
