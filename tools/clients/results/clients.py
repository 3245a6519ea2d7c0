"""A client, and lists of clients."""

from narutalk.events import Citation
from narutalk.languages import Language
from tools.clients import wording
from tools.clients.models import ClientStatus, ClientType
from tools.clients.records import ClientRecord, Names
from tools.tool import ToolResult

KO = Language.KO


class FoundClient(ToolResult):
    """Who a client is."""

    client: ClientRecord

    def to_markdown(self, language: Language) -> str:
        client = self.client
        name, other = (client.name.ko, client.name.en) if language is KO else (client.name.en, client.name.ko)
        status = wording.CLIENT_STATUSES[client.status][language]
        if language is KO:
            kind = wording.TYPES[client.client_type][KO]
            subject = wording.topic(f"{name}({client.id})")
            first = (
                f"{subject} {client.region.ko} 지역의 {client.grade}등급 {kind}이며 우리 회사 담당자는 "
                f"{client.owner.ko}({client.owner_id})입니다."
            )
            if client.contact_name:
                first += f" 거래처 측 연락 담당자는 {client.contact_name}입니다."
            header = ("항목", "내용")
            labels = (
                *("영문 이름", "상태", "거래 시작", "우리 회사 담당자", "거래처 측 연락 담당자", "이메일"),
                *("전화", "주소"),
            )
        else:
            kind = wording.TYPES[client.client_type][language]
            first = (
                f"{name} ({client.id}) is a grade {client.grade} {kind} in {client.region.en}, "
                f"looked after by {client.owner.en} ({client.owner_id})."
            )
            if client.contact_name:
                first += f" The contact person there is {client.contact_name}."
            header = ("Field", "Value")
            labels = (
                *("Korean name", "Status", "Client since", "Account manager (ours)"),
                *("Contact person (theirs)", "E-mail", "Phone", "Address"),
            )
        values = (
            *(other, status, str(client.since), client.owner.in_language(language)),
            *(client.contact_name or "–", client.contact_email or "–", client.phone or "–"),
            client.address or "–",
        )
        return wording.paragraphs(first, wording.table(header, zip(labels, values, strict=True)))


class ClientList(ToolResult):
    """Clients that fit filters.

    Attributes:
        clients: The first of them.
        total: How many fit.
        by_type: How many of each type fit.
    """

    clients: list[ClientRecord]
    total: int
    by_type: dict[ClientType, int]
    client_type: ClientType | None = None
    region: Names | None = None
    grade: str | None = None
    owner: Names | None = None
    status: ClientStatus | None = None

    def to_markdown(self, language: Language) -> str:
        first = self._korean() if language is KO else self._english()
        if not self.clients:
            return first
        split = ""
        if self.client_type is None and len(self.by_type) > 1:
            split = ", ".join(f"{wording.types(kind, n, language)} {n:,}" for kind, n in self.by_type.items())
            split = f"유형별: {split}." if language is KO else f"By type: {split}."
        return wording.paragraphs(
            first, split, self._table(language), wording.more(len(self.clients), self.total, language)
        )

    def _english(self) -> str:
        words = [
            wording.CLIENT_STATUSES[self.status][Language.EN] if self.status else "",
            f"grade {self.grade}" if self.grade else "",
            wording.types(self.client_type, self.total, Language.EN),
            f"in {self.region.en}" if self.region else "",
            f"looked after by {self.owner.en}" if self.owner else "",
        ]
        what = " ".join(word for word in words if word)
        if self.total == 1:
            return f"There is 1 {what}."
        return f"There are {self.total:,} {what}." if self.total else f"There are no {what}."

    def _korean(self) -> str:
        words = [
            f"{self.owner.ko} 담당" if self.owner else "",
            self.region.ko if self.region else "",
            f"{self.grade}등급" if self.grade else "",
            wording.CLIENT_STATUSES[self.status][KO] if self.status else "",
            wording.types(self.client_type, self.total, KO),
        ]
        subject = wording.topic(" ".join(word for word in words if word))
        return f"{subject} {self.total:,}곳입니다." if self.total else f"{subject} 없습니다."

    def _table(self, language: Language) -> str:
        header = (
            ("거래처", "번호", "유형", "지역", "등급", "담당자", "상태")
            if language is KO
            else ("Client", "Id", "Type", "Region", "Grade", "Owner", "Status")
        )
        rows = [
            (
                client.name.in_language(language),
                client.id,
                wording.TYPES[client.client_type][language],
                client.region.in_language(language),
                client.grade,
                client.owner.in_language(language),
                wording.CLIENT_STATUSES[client.status][language],
            )
            for client in self.clients
        ]
        return wording.table(header, rows)


def client_citation(*filters: str | None) -> Citation:
    """Return the source of facts about clients."""
    detail = ", ".join(part for part in filters if part)
    return Citation(
        kind="records", title="Clients", source="clients.db · clients", detail=detail or "all clients"
    )
