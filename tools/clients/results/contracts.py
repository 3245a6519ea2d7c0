"""Contracts of a client, or those that end in a period."""

from datetime import date

from narutalk.clock import COMPANY_TIME_ZONE
from narutalk.events import Citation
from narutalk.languages import Language
from tools.clients import wording
from tools.clients.models import ClientType, ContractStatus
from tools.clients.records import ClientRecord, ContractRecord, Names
from tools.clients.results.scope import Days
from tools.tool import ToolResult

KO = Language.KO
MAX_NOTES_SHOWN = 5


class ClientContracts(ToolResult):
    """Contracts.

    Attributes:
        contracts: The first of them, those that end first before the others, or those worth most.
        counts: How many there are of each status.
        annual_value_krw: What they are worth in a year, together; of the active ones only, when neither a
            status nor a period was asked for.
        ends_in: When they end; None for any time.
        is_default: Nobody named a client, a period or a status: what ends soon.
        auto_renewal: Whether only those are meant that renew themselves, or that do not; None for both.
        as_of: Today.
    """

    contracts: list[ContractRecord]
    counts: dict[ContractStatus, int]
    annual_value_krw: int
    client: ClientRecord | None = None
    ends_in: Days | None = None
    is_default: bool = False
    status: ContractStatus | None = None
    auto_renewal: bool | None = None
    largest_first: bool = False
    region: Names | None = None
    client_type: ClientType | None = None
    grade: str | None = None
    owner: Names | None = None
    as_of: date

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def active_until(self) -> date | None:
        """The last day of the last active contract of a client; None of several clients, or without any."""
        ends = [entry.end_date for entry in self.contracts if entry.status is ContractStatus.ACTIVE]
        return max(ends, default=None) if self.client else None

    @property
    def is_of_active(self) -> bool:
        """Whether `annual_value_krw` leaves out what is not active."""
        return self.status is None and self.ends_in is None

    def to_markdown(self, language: Language) -> str:
        first = self._korean() if language is KO else self._english()
        if not self.contracts:
            return first
        if self.largest_first:
            first = f"{first} {self._largest(language)}"
        split = ""
        if self.status is None and self.counts:
            counts = (
                f"{wording.CONTRACT_STATUSES[status][language]} {count:,}"
                for status, count in self.counts.items()
            )
            split = f"{'상태별' if language is KO else 'By status'}: {', '.join(counts)}."
        more = wording.more(len(self.contracts), self.total, language)
        return wording.paragraphs(first, split, self._table(language), more, self._notes(language))

    def _notes(self, language: Language) -> str:
        """Return the latest notes of a client's contracts; empty of several clients, or without any."""
        noted = [(contract.id, note) for contract in self.contracts for note in contract.notes]
        if self.client is None or not noted:
            return ""
        noted.sort(key=lambda entry: entry[1].written_at, reverse=True)
        lines = [
            (f"{note.written_at.astimezone(COMPANY_TIME_ZONE):%Y-%m-%d}", contract_id, note.author, note.text)
            for contract_id, note in noted[:MAX_NOTES_SHOWN]
        ]
        header = ("날짜", "계약", "작성자", "메모") if language is KO else ("Date", "Contract", "By", "Note")
        return wording.table(header, lines)

    def _english(self) -> str:
        what = " ".join(
            part
            for part in (
                wording.CONTRACT_STATUSES[self.status][Language.EN] if self.status else "",
                "contract" if self.total == 1 else "contracts",
                wording.RENEWALS[self.auto_renewal][Language.EN] if self.auto_renewal is not None else "",
                f"with {self._clients_in_english()}" if self._is_of_some else "",
                f"in {self.region.en}" if self.region else "",
            )
            if part
        )
        days = f" that end in {self.ends_in.period.label(Language.EN)}" if self.ends_in else ""
        if self.ends_in and "(" not in days:
            days = f" that end from {self.ends_in.start} to {self.ends_in.end}"
        if self.total == 1:
            days = days.replace("that end", "that ends")
        if self.is_default:
            days += " (the next 90 days)"
        who = self.client.name.en if self.client else ""
        if not self.total:
            return f"{who} has no {what}{days}." if who else f"There are no {what}{days}."
        amount = wording.krw(self.annual_value_krw, Language.EN)
        worth = f"the active ones worth {amount} a year" if self.is_of_active else f"worth {amount} a year"
        verb = "is" if self.total == 1 else "are"
        subject = f"{who} has" if who else f"There {verb}"
        ends = f" The active contract ends on {self.active_until}." if self.active_until else ""
        return f"{subject} {self.total:,} {what}{days}, {worth}.{ends}"

    def _korean(self) -> str:
        what = " ".join(
            part
            for part in (
                self.client.name.ko if self.client else "",
                self.region.ko if self.region else "",
                f"{self.grade}등급" if self.grade else "",
                wording.types(self.client_type, 2, KO) if self.client_type else "",
                "거래처" if self.grade and not self.client_type else "",
                f"{self.owner.ko} 담당" if self.owner else "",
                wording.RENEWALS[self.auto_renewal][KO] if self.auto_renewal is not None else "",
                f"{wording.CONTRACT_STATUSES[self.status][KO]} 상태" if self.status else "",
            )
            if part
        )
        days = f"{self.ends_in.period.label(KO)}에 끝나는 " if self.ends_in else ""
        if self.is_default:
            days = (
                f"앞으로 90일 안({self.ends_in.start} – {self.ends_in.end})에 끝나는 " if self.ends_in else ""
            )
        subject = f"{days}{what} 계약" if what else f"{days}계약"
        if not self.total:
            return f"{wording.topic(subject)} 없습니다."
        worth = wording.krw(self.annual_value_krw, KO)
        ends = f" 유효한 계약은 {self.active_until}에 끝납니다." if self.active_until else ""
        of_active = "유효한 계약의 " if self.is_of_active else ""
        return f"{wording.topic(subject)} {self.total:,}건이며 {of_active}연간 금액은 {worth}입니다.{ends}"

    def _largest(self, language: Language) -> str:
        contract = self.contracts[0]
        title, amount = contract.title.in_language(language), wording.krw(contract.annual_value_krw, language)
        if language is KO:
            return f"연간 금액이 가장 큰 것은 {title}({contract.id}), {amount}입니다."
        return f"Worth most: {title} ({contract.id}) with {amount} a year."

    @property
    def _is_of_some(self) -> bool:
        return any((self.client_type, self.grade, self.owner))

    def _clients_in_english(self) -> str:
        words = (
            f"grade {self.grade}" if self.grade else "",
            wording.types(self.client_type, 2, Language.EN) if self.client_type else "clients",
            f"of {self.owner.en}" if self.owner else "",
        )
        return " ".join(word for word in words if word)

    def _table(self, language: Language) -> str:
        header = (
            ("계약", "번호", "시작", "종료", "상태", "자동 갱신", "연간 금액")
            if language is KO
            else ("Contract", "Id", "Starts", "Ends", "Status", "Renews itself", "Per year")
        )
        yes, no = ("예", "아니요") if language is KO else ("yes", "no")
        rows = [
            (
                contract.title.in_language(language),
                contract.id,
                str(contract.start_date),
                str(contract.end_date),
                wording.CONTRACT_STATUSES[contract.status][language],
                yes if contract.auto_renewal else no,
                wording.krw(contract.annual_value_krw, language),
            )
            for contract in self.contracts
        ]
        return wording.table(header, rows, numbers=1)


def contract_citation(*filters: str | None) -> Citation:
    """Return the source of facts about contracts."""
    detail = ", ".join(part for part in filters if part)
    return Citation(
        kind="records", title="Contracts", source="clients.db · contracts", detail=detail or "all contracts"
    )
