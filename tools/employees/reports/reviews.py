"""Reviews: of a person, or of the people whose reviews the caller may see."""

from collections import defaultdict
from statistics import mean, median

from tools.employees.permissions import require_some_personal_records
from tools.employees.places import filters_of
from tools.employees.records import ReviewRecord
from tools.employees.reports.requests import Request
from tools.employees.results.people import called
from tools.reports.content import Cell, Chart, Column, Figure, Kind, Section, Table
from tools.reports.drafting import with_queries

MAX_PEOPLE = 300


def sections(request: Request) -> list[Section]:
    """Return the parts of a report on reviews.

    Raises:
        TellTheModel: The caller may not see these reviews.
    """
    require_some_personal_records(request.identity)
    if request.subject.person:
        return [with_queries(lambda: _of_one(request))]
    return [with_queries(lambda: _of_many(request))]


def _of_one(request: Request) -> Section:
    person = request.subject.person
    found = request.store.confidential.reviews(request.identity, person.id) if person else []
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (entry.half, entry.score, entry.summary(request.language)) for entry in found[::-1]
    )
    columns = (
        *_half_and_score(request),
        Column(request.say("Summary", "요약")),
    )
    title = request.say("Reviews", "인사평가")
    return _section(
        request,
        Table(title, columns, rows, Chart(request.say("Score", "점수"), (1,), "lines")),
        [entry.score for entry in found],
    )


def _of_many(request: Request) -> Section:
    reviews = request.store.confidential.reviews_of_seen(
        request.identity, filters_of(request.subject.scope, current=True)
    )
    people = {person.id: person for person in request.store.directory.by_ids(sorted(reviews))}
    latest = sorted(
        ((key, found[0]) for key, found in reviews.items()), key=lambda entry: (-entry[1].score, entry[0])
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (called(people[key], request.language), entry.half, entry.score) for key, entry in latest[:MAX_PEOPLE]
    )
    left = len(latest) - len(rows)
    by_person = Table(
        request.say("Latest review by person", "직원별 최근 평가"),
        (Column(request.say("Name", "이름")), *_half_and_score(request)),
        rows,
        note=request.say(f"… and {left:,} more.", f"외 {left:,}명이 더 있습니다.") if left else "",
    )
    section = _section(request, by_person, [entry.score for _, entry in latest])
    by_half = _by_half(request, reviews)
    return section if not rows else Section(**{**vars(section), "tables": (by_half, by_person)})


def _by_half(request: Request, reviews: dict[str, list[ReviewRecord]]) -> Table:
    scores: dict[str, list[float]] = defaultdict(list)
    for found in reviews.values():
        for entry in found:
            scores[entry.half].append(entry.score)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (half, round(mean(values), 2), float(median(values)), len(values))
        for half, values in sorted(scores.items())
    )
    columns = (
        Column(request.say("Half-year", "반기")),
        Column(request.say("Mean score", "평균 점수"), Kind.NUMBER),
        Column(request.say("Median", "중앙값"), Kind.NUMBER),
        Column(request.say("People", "인원"), Kind.COUNT),
    )
    title = request.say("By half-year", "반기별 평가")
    return Table(title, columns, rows, Chart(request.say("Mean score", "평균 점수"), (1,)))


def _section(request: Request, table: Table, scores: list[float]) -> Section:
    nothing = request.say("There are no reviews that you may see.", "볼 수 있는 평가가 없습니다.")
    return Section(
        title=request.say("Reviews", "인사평가"),
        text="" if scores else nothing,
        figures=(
            Figure(request.say("Reviews", "평가 수"), len(scores), Kind.COUNT),
            Figure(request.say("Mean score (1 to 5)", "평균 점수(1~5)"), mean(scores), Kind.NUMBER),
        )
        if scores
        else (),
        tables=(table,) if scores else (),
        method=request.say(
            "Half-yearly scores from 1 to 5, of current staff whose reviews you may see; means are not "
            "weighted.",
            "볼 수 있는 현재 직원의 반기 평가 점수(1~5)이며, 평균에는 가중치가 없습니다.",
        ),
    )


def _half_and_score(request: Request) -> tuple[Column, Column]:
    return Column(request.say("Half-year", "반기")), Column(request.say("Score", "점수"), Kind.NUMBER)
