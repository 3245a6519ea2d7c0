"""Puts a report on clients together."""

from collections.abc import Callable, Mapping
from functools import partial

from narutalk.errors import RetryWithFix
from narutalk.identity import Identity
from narutalk.languages import Language
from tools.clients.reports import sales, standing
from tools.clients.reports.requests import (
    ReportKind,
    ReportWanted,
    Request,
    called,
    filters_told,
    resolve,
    rights_told,
)
from tools.clients.reports.story import story, story_period
from tools.clients.store import ClientStore
from tools.periods import Period
from tools.reports.content import Draft, Section
from tools.reports.drafting import with_queries

_SECTIONS: Mapping[ReportKind, Callable[[Request], Section]] = {
    ReportKind.CONCENTRATION: standing.concentration,
    ReportKind.CHURN: standing.churn,
    ReportKind.RECEIVABLES: standing.receivables,
    ReportKind.CONTRACTS: standing.contracts,
    ReportKind.STORY: story,
}
_TITLES = {
    ReportKind.SALES: ("Sales report", "매출 보고서"),
    ReportKind.CONCENTRATION: ("Concentration of sales", "매출 집중도 보고서"),
    ReportKind.CHURN: ("Clients at risk of leaving", "거래처 이탈 위험 보고서"),
    ReportKind.RECEIVABLES: ("Ageing of receivables", "미수금 연령 보고서"),
    ReportKind.CONTRACTS: ("Contracts to renew", "계약 갱신 보고서"),
    ReportKind.STORY: ("Client report", "거래처 보고서"),
}
_FILTERS = {
    ReportKind.SALES: {"region", "client_type", "product", "category", "owner"},
    ReportKind.CONCENTRATION: {"region", "client_type", "product", "category"},
    ReportKind.CHURN: {"client", "region", "client_type", "owner"},
    ReportKind.RECEIVABLES: {"client", "region", "client_type", "owner"},
    ReportKind.CONTRACTS: {"client", "region", "client_type"},
    ReportKind.STORY: {"client"},
}
"""What each kind is narrowed down by; the title page never names a filter that the figures do not have."""
_OF_A_PERIOD = (ReportKind.SALES, ReportKind.CONCENTRATION)


def draft_report(store: ClientStore, identity: Identity, wanted: ReportWanted, language: Language) -> Draft:
    """Return a report on the clients that the caller may see.

    Raises:
        Forbidden: The caller may not read client data.
        RetryWithFix: A name or a period that does not exist, or a filter that the kind does not have.
        TellTheModel: No client or owner, or several, can be meant.
    """
    kind = wanted.chosen
    _check(wanted, kind)
    request = resolve(store, identity, wanted, language)
    title, of = request.say(*_TITLES[kind]), _of(request)
    period = _period(request, kind)
    return Draft(
        kind=kind.value,
        language=language,
        title=request.say(f"{title}: {of}", f"{of} {title}") if of else title,
        period_label=_label(request, kind, period),
        period=period,
        filters=filters_told(request),
        rights=rights_told(request),
        sections=tuple(
            sales.sections(request)
            if kind is ReportKind.SALES
            else [with_queries(partial(_SECTIONS[kind], request))]
        ),
    )


def _check(wanted: ReportWanted, kind: ReportKind) -> None:
    """Refuse a filter that would be on the title page, but not in the figures."""
    given = set(wanted.model_dump(exclude_none=True, exclude={"kind", "period", "format", "language"}))
    surplus = ", ".join(sorted(given - _FILTERS[kind]))
    known = ", ".join(sorted(_FILTERS[kind]))
    if surplus:
        raise _refusal(
            f"A report of the kind '{kind}' has no {surplus}. It takes: {known}.",
            f"'{kind}' 보고서에는 {surplus} 조건이 없습니다. 쓸 수 있는 조건: {known}.",
        )
    if kind is ReportKind.STORY and not wanted.client:
        raise _refusal("A story is of one client: name it.", "거래처 한 곳의 이름을 말씀해 주세요.")


def _refusal(english: str, korean: str) -> RetryWithFix:
    return RetryWithFix(
        f"{english}\n{korean}", details={Language.EN.value: english, Language.KO.value: korean}
    )


def _of(request: Request) -> str:
    if request.client:
        return called(request.client, request.language)
    return ", ".join(str(figure.value) for figure in filters_told(request))


def _period(request: Request, kind: ReportKind) -> Period | None:
    if kind is ReportKind.CONTRACTS:
        return standing.ends_in(request)
    if kind is ReportKind.STORY:
        return story_period(request)
    return request.period if kind in _OF_A_PERIOD else None


def _label(request: Request, kind: ReportKind, period: Period | None) -> str:
    if period is None:
        covered = request.store.covered()
        end = covered.end if covered else request.store.today()
        label = request.say(f"all data until {end}", f"{end}까지의 모든 자료")
    else:
        label = period.label(request.language)
    if kind is ReportKind.CONTRACTS:
        return request.say(f"ending in {label}", f"{label}에 종료")
    if kind not in _OF_A_PERIOD and request.wanted.period:
        other = request.say("not of the period that was asked for", "요청한 기간의 수치가 아닙니다")
        return f"{label} ({other})"
    return label
