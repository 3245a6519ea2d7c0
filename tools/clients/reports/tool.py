"""The client agent's tool that makes a report."""

from langchain_core.tools import BaseTool
from pydantic import Field

from narutalk.errors import Forbidden, TellTheModel
from narutalk.events import Citation
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.offline.hints import OfflineHints
from tools.clients import finders as find
from tools.clients.hints import QUESTIONS
from tools.clients.reports.drafts import draft_report
from tools.clients.reports.requests import ReportKind, ReportWanted
from tools.clients.store import ClientStore
from tools.periods import period_finder
from tools.reports.asking import FORMAT, LANGUAGE, asks_for_report, find_format, find_language
from tools.reports.files import ReportFiles, ReportFormat
from tools.reports.tool import MadeReport
from tools.tool import build_tool

EN, KO = Language.EN, Language.KO
SERVICE = "client"
_KINDS = {
    ReportKind.CONCENTRATION.value: (
        *("concentration of sales", "sales concentration", "concentration", "pareto"),
        *("매출 집중도", "집중도", "파레토", "편중"),
    ),
    ReportKind.CHURN.value: (
        *("churn risk", "churn", "clients at risk of leaving", "clients at risk", "at risk"),
        *("이탈 위험", "이탈"),
    ),
    ReportKind.RECEIVABLES.value: (
        *(
            "ageing of receivables",
            "receivables ageing",
            "receivables aging",
            "receivables",
            "unpaid invoices",
        ),
        *("overdue payments", "aging", "ageing", "미수금 연령", "미수금", "연체", "매출채권"),
    ),
    ReportKind.CONTRACTS.value: (
        *("contract renewals", "renewals", "expiring contracts", "contracts", "contract"),
        *("계약 갱신", "만료 계약", "계약", "갱신"),
    ),
    ReportKind.STORY.value: ("one-page", "one page", "overview", "story", "한 페이지", "한눈에"),
    ReportKind.SALES.value: ("net sales", "sales", "revenue", "turnover", "순매출", "매출"),
}


class MakeReportArgs(ReportWanted):
    """Arguments of `make_client_report`."""

    format: ReportFormat = Field(default="pdf", description=FORMAT)
    language: Language = Field(description=LANGUAGE)


def build_report_tool(store: ClientStore, files: ReportFiles) -> BaseTool:
    """Return the tool; the report is the caller's own."""

    def make(identity: Identity, wanted: MakeReportArgs) -> MadeReport:
        try:
            draft = draft_report(store, identity, wanted, wanted.language)
        except Forbidden as error:
            raise TellTheModel(error.message, code=error.code) from error
        report = files.make(identity.user_id, identity.username, draft, wanted.format)
        contracts = wanted.chosen is ReportKind.CONTRACTS
        source = Citation(
            kind="records",
            title="Contracts" if contracts else "Transactions",
            source="clients.db · contracts" if contracts else "transactions.db · transactions",
            detail=draft.period_label,
        )
        return MadeReport.of(SERVICE, report).model_copy(update={"citations": [source]})

    return build_tool(
        make,
        name="make_client_report",
        description="Make a report as a PDF, Excel or HTML file, with charts, for the person who asks: "
        "sales, concentration of sales, churn risks, ageing of receivables, contract renewals, or one "
        "client's story. Use it only when a report or a file is asked for. Give the person the link exactly "
        "as it is returned.",
        args=MakeReportArgs,
        hints=OfflineHints(
            phrases={
                EN: [
                    "make me a report of {period} {kind} {region} {format}",
                    "make a {kind} report {client} {period} {format}",
                    "prepare a client report on {client}",
                ],
                KO: [
                    "{period} {region} {kind} 보고서를 {format} 만들어 줘",
                    "{client} {kind} 보고서 작성해 주세요",
                    "{kind} 보고서 만들어 줘",
                ],
            },
            finders={
                "language": find_language,
                "format": find_format,
                "client": find.client_finder(store),
                "period": period_finder,
                "owner": find.owner_finder(store),
                "region": find.region_finder(store),
                "product": find.product_finder(store),
                "category": find.word_finder(find.CATEGORIES),
                "client_type": find.word_finder(find.CLIENT_TYPES),
                "kind": find.word_finder(_KINDS),
            },
            questions=QUESTIONS,
            own=frozenset({"period"}),
            asked_for=asks_for_report,
        ),
    )
