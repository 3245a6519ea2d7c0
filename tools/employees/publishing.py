"""Publishing an analysis of sales as a report for everyone, once a person has approved it."""

import re

from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from narutalk.errors import NaruTalkError
from narutalk.events import Citation
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.offline.hints import OfflineHints
from tools.changing import Approval, ApprovedCall, FieldChange, Proposal, build_changing_tool
from tools.employees.analysis import Analysis, AnalysisType, Subject, analyse
from tools.employees.hints import build_hints
from tools.employees.permissions import require_publishing
from tools.employees.places import resolve_scope
from tools.employees.publications import Publication, Publications, published_already
from tools.employees.refusals import refusal
from tools.employees.store import EmployeeStore
from tools.tool import ToolResult

EN, KO = Language.EN, Language.KO
_ASKED_FOR = re.compile(
    r"^\W*(?:please[, ]+)?(?:(?:can|could|would) you (?:please )?|i (?:want|need) (?:you )?to )?publish\b"
    r"|(?:게시|발행|공개)(?:를|을)?\s?(?:해|하여)\s?(?:줘|주세요|주십시오|줄래)|보고서\S*\s(?:게시|발행)\s?부탁",
    re.IGNORECASE,
)


class PublishArgs(BaseModel):
    """Arguments of `publish_report`."""

    period: str | None = Field(
        None, max_length=40, description="Such as 2026-Q3 or last_month; the newest year to date if left out."
    )
    region: str | None = Field(
        None, max_length=80, description="A region's name; the whole company if left out."
    )
    department: str | None = Field(None, max_length=80, description="A department's name.")


class Published(ToolResult):
    """A report that everyone can read."""

    report: Publication

    def to_markdown(self, language: Language) -> str:
        title, days = self.report.title, f"{self.report.period_start} – {self.report.period_end}"
        if language is KO:
            return f"보고서 **{title}** ({days})을(를) 모두가 볼 수 있게 게시했습니다."
        return f"The report **{title}** ({days}) was published for everyone."


def build_publishing_tool(store: EmployeeStore, publications: Publications) -> BaseTool:
    """Return the tool that publishes a report; managers, HR and administrators may."""

    def prepare(identity: Identity, args: PublishArgs, language: Language) -> tuple[str, Analysis]:
        require_publishing(identity)
        scope = resolve_scope(store.directory, department=args.department, region=args.region)
        subject = Subject(scope=scope)
        found = analyse(store, identity, subject, AnalysisType.PERFORMANCE, args.period, language)
        if found.sales is None:
            raise refusal(found.text, found.text, reason="no_figures")
        label = subject.label(language)
        title = f"{label} 실적 보고서" if language is KO else f"Performance report: {label}"
        if publications.is_published(title, found):
            raise published_already()
        return title, found

    def propose(identity: Identity, args: PublishArgs, language: Language) -> Proposal:
        title, found = prepare(identity, args, language)
        days = f"{found.used.start} – {found.used.end}"
        labels = ("보고서", "기간", "내용") if language is KO else ("Report", "Period", "Text")
        lines = zip(labels, (title, days, found.text), strict=True)
        return Proposal(
            description="이 보고서를 모두가 볼 수 있게 게시합니다."
            if language is KO
            else "This report will be published for everyone.",
            changes=[FieldChange(field=label, before=None, after=value) for label, value in lines],
            seen={"args": args.model_dump(), "text": found.text, "language": language},
        )

    def done(key: str) -> Published | None:
        report = publications.find(key)
        return _published(report) if report else None

    def publish_report(identity: Identity, args: PublishArgs, call: ApprovedCall) -> Published:
        language = Language(call.seen.get("language", EN))
        try:
            title, found = prepare(identity, args, language)
            if args.model_dump() == call.seen.get("args") and found.text != call.seen.get("text"):
                raise refusal(
                    "The figures have changed since they were shown, so nothing was published. Ask again.",
                    "보여 드린 뒤에 수치가 바뀌어 게시하지 않았습니다. 다시 요청해 주세요.",
                    reason="changed_meanwhile",
                )
            return _published(publications.publish(title, found, language, identity, call))
        except NaruTalkError:
            if first := done(call.key):  # the same call, at the same time, was faster
                return first
            raise

    finders = build_hints(store.directory)["department_statistics"].finders
    return build_changing_tool(
        publish_report,
        name="publish_report",
        description="Publish a performance report (sales against target) of the company, a region or a "
        "department for everyone, when the person asks for that. Needs their approval.",
        args=PublishArgs,
        hints=OfflineHints(
            phrases={
                EN: ["publish a report on {region} {period}", "publish the performance report {period}"],
                KO: ["{region} {period} 실적 보고서 게시해 줘", "{period} 보고서 발행해 주세요"],
            },
            finders={name: finders[name] for name in ("period", "region", "department")},
            asked_for=lambda sentence: bool(_ASKED_FOR.search(sentence)),
        ),
        approval=Approval(propose=propose, done=done),
    )


def _published(report: Publication) -> Published:
    source = Citation(
        kind="records",
        title="Published reports",
        source="employees.db · published_reports",
        detail=f"{report.period_start} to {report.period_end}, report {report.id}",
    )
    return Published(report=report, citations=[source])
