"""How figures, codes and filters of client data read in each language."""

from collections.abc import Iterable, Mapping, Sequence

from narutalk.languages import Language
from tools.clients.models import ClientStatus, ClientType, ContractStatus, PaymentStatus, TransactionKind

EN, KO = Language.EN, Language.KO
Words = Mapping[Language, str]

TYPES: Mapping[ClientType, Words] = {
    ClientType.HOSPITAL: {EN: "hospital", KO: "병원"},
    ClientType.CLINIC: {EN: "clinic", KO: "의원"},
    ClientType.PHARMACY: {EN: "pharmacy", KO: "약국"},
    ClientType.WHOLESALER: {EN: "wholesaler", KO: "도매업체"},
}
_PLURALS = {
    "hospital": "hospitals",
    "clinic": "clinics",
    "pharmacy": "pharmacies",
    "wholesaler": "wholesalers",
}
CLIENT_STATUSES: Mapping[ClientStatus, Words] = {
    ClientStatus.ACTIVE: {EN: "active", KO: "거래 중"},
    ClientStatus.INACTIVE: {EN: "inactive", KO: "거래 중단"},
}
CONTRACT_STATUSES: Mapping[ContractStatus, Words] = {
    ContractStatus.PENDING: {EN: "pending", KO: "시작 예정"},
    ContractStatus.ACTIVE: {EN: "active", KO: "유효"},
    ContractStatus.EXPIRED: {EN: "expired", KO: "만료"},
    ContractStatus.TERMINATED: {EN: "terminated", KO: "해지"},
}
RENEWALS: Mapping[bool, Words] = {
    True: {EN: "with automatic renewal", KO: "자동 갱신되는"},
    False: {EN: "without automatic renewal", KO: "자동 갱신되지 않는"},
}
PAYMENT_STATUSES: Mapping[PaymentStatus, Words] = {
    PaymentStatus.PAID: {EN: "paid", KO: "결제 완료"},
    PaymentStatus.UNPAID: {EN: "not yet due", KO: "미결제(기한 전)"},
    PaymentStatus.OVERDUE: {EN: "overdue", KO: "연체"},
}
KINDS: Mapping[TransactionKind, Words] = {
    TransactionKind.SALE: {EN: "sale", KO: "판매"},
    TransactionKind.RETURN: {EN: "return", KO: "반품"},
}
CATEGORIES: Mapping[str, Words] = {
    "cardiovascular": {EN: "cardiovascular", KO: "심혈관계"},
    "antibiotic": {EN: "antibiotics", KO: "항생제"},
    "diabetes": {EN: "diabetes", KO: "당뇨"},
    "respiratory": {EN: "respiratory", KO: "호흡기"},
    "gastrointestinal": {EN: "gastrointestinal", KO: "소화기"},
    "pain": {EN: "pain relief", KO: "진통"},
    "vaccine": {EN: "vaccines", KO: "백신"},
    "dermatology": {EN: "dermatology", KO: "피부과"},
    "supplies": {EN: "medical supplies", KO: "의료소모품"},
}
_FINALS = 28  # of a Hangul syllable: 27 consonants and none
_CLOSED_DIGITS = "013678"  # whose Korean reading ends in a consonant


def category(code: str, language: Language) -> str:
    """Return the words for a product category; the code itself where there are none."""
    return CATEGORIES.get(code, {}).get(language, code)


def types(client_type: ClientType | None, count: int, language: Language) -> str:
    """Return "hospitals", "client" or "병원"."""
    if language is KO:
        return TYPES[client_type][KO] if client_type else "거래처"
    word = TYPES[client_type][EN] if client_type else "client"
    return word if count == 1 else _PLURALS.get(word, f"{word}s")


def krw(amount: float, language: Language) -> str:
    """Return an amount such as ``1,234,567 KRW`` or ``1,234,567원``."""
    return f"{amount:,.0f}원" if language is KO else f"{amount:,.0f} KRW"


def percent(share: float) -> str:
    """Return a fraction such as 0.123 as ``12.3%``."""
    return f"{share * 100:.1f}%"


def counted(count: int, one: str, many: str) -> str:
    """Return ``1 contract`` or ``12 contracts``."""
    return f"{count:,} {one if count == 1 else many}"


def topic(word: str) -> str:
    """Return a Korean word with 은 or 는, as its last sound asks."""
    last = next((char for char in reversed(word) if char.isalnum()), "")
    is_hangul = "가" <= last <= "힣"
    closed = (ord(last) - ord("가")) % _FINALS != 0 if is_hangul else last in _CLOSED_DIGITS
    return word + ("은" if closed and last else "는")


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = 0) -> str:
    """Return a Markdown table whose last ``numbers`` columns are set to the right."""
    marks = ["---"] * (len(header) - numbers) + ["---:"] * numbers
    lines = [_line(header), _line(marks)]
    return "\n".join(lines + [_line(row) for row in rows])


def more(shown: int, total: int, language: Language) -> str:
    """Return a line that says how many rows a table leaves out; empty when it shows all."""
    if total <= shown:
        return ""
    left = total - shown
    return f"외 {left:,}건이 더 있습니다." if language is KO else f"… and {left:,} more."


def paragraphs(*parts: str) -> str:
    """Join the parts that are not empty, with a blank line between."""
    return "\n\n".join(part for part in parts if part)


def _line(cells: Sequence[str]) -> str:
    escaped = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(escaped)} |"
