"""How the arguments of the client tools are found in a sentence."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from narutalk.offline.finders import choice, names
from narutalk.offline.hints import ArgumentFinder, Found
from narutalk.run_identity import current_identity
from tools.clients.catalogue import Catalogue
from tools.clients.records import Names
from tools.clients.store import ClientStore
from tools.clients.unknown_names import unknown_client
from tools.identifiers import with_name_before
from tools.place_sounds import find_by_sound

CLIENT_TYPES: Mapping[str, Sequence[str]] = {
    "hospital": ("hospitals", "hospital", "병원"),
    "clinic": ("clinics", "clinic", "의원", "개인 의원"),
    "pharmacy": ("pharmacies", "pharmacy", "drugstores", "drugstore", "약국"),
    "wholesaler": (
        *("wholesalers", "wholesaler", "wholesale clients", "wholesale", "distributors", "distributor"),
        *("도매업체", "도매 업체", "도매상", "도매처", "도매"),
    ),
}
CATEGORIES: Mapping[str, Sequence[str]] = {
    "cardiovascular": (
        *("cardiovascular products", "cardiovascular drugs", "cardiovascular", "heart drugs"),
        *("심혈관계 제품", "심혈관 제품", "심혈관계", "심혈관", "순환기"),
    ),
    "antibiotic": ("antibiotics", "antibiotic", "항생제"),
    "diabetes": (
        "diabetes products",
        "diabetes drugs",
        "diabetes",
        "당뇨병 치료제",
        "당뇨약",
        "당뇨 제품",
        "당뇨",
    ),
    "respiratory": (
        *("respiratory products", "respiratory drugs", "respiratory"),
        *("호흡기 제품", "호흡기계", "호흡기약", "호흡기"),
    ),
    "gastrointestinal": (
        *("gastrointestinal products", "gastrointestinal", "stomach drugs"),
        *("소화기 제품", "소화기계", "위장약", "소화제", "소화기"),
    ),
    "pain": ("pain relief", "painkillers", "painkiller", "pain products", "진통제", "진통 제품"),
    "vaccine": ("vaccines", "vaccine", "백신"),
    "dermatology": (
        "dermatology products",
        "dermatology",
        "skin products",
        "피부 제품",
        "피부과 제품",
        "피부과용",
    ),
    "supplies": ("medical supplies", "supplies", "consumables", "의료소모품", "의료 소모품", "소모품"),
}
GROUPS: Mapping[str, Sequence[str]] = {
    "region": (
        *("by region", "per region", "for each region", "each region", "by area", "region by region"),
        *("which region", "which of our regions", "best region", "지역별로", "지역별", "권역별", "어느 지역"),
        *("높은 지역", "많은 지역", "큰 지역", "좋은 지역", "낮은 지역", "적은 지역"),
    ),
    "type": (
        *("by client type", "by customer type", "by type of client", "per client type", "by type"),
        *("거래처 유형별로", "거래처 유형별", "유형별로", "유형별", "거래처 종류별", "종류별"),
    ),
    "product": ("by product", "per product", "for each product", "제품별로", "제품별", "품목별로", "품목별"),
    "category": (
        *("by product category", "by category", "per category", "by product group"),
        *("which product category", "which category", "which product group", "어느 제품군", "어떤 제품군"),
        *("제품군별로", "제품군별", "카테고리별로", "카테고리별", "분류별"),
    ),
    "month": (
        *("by month", "per month", "month by month", "monthly", "for each month", "each month"),
        *("which month", "best month", "worst month", "월별로", "월별", "매월", "달마다", "매달", "어느 달"),
        *("높은 달", "많은 달", "높았던 달", "많았던 달", "낮은 달", "좋았던 달", "몇 월"),
    ),
    "owner": (
        *("by owner", "by salesperson", "by sales rep", "per salesperson", "by account manager"),
        *("담당자별로", "담당자별", "영업사원별"),
    ),
}
ORDERS: Mapping[str, Sequence[str]] = {
    "top": (
        *("top", "best", "biggest", "largest", "highest", "strongest", "the most", "most"),
        *(
            "상위",
            "최상위",
            "최고",
            "가장 많이",
            "가장 많은",
            "가장 큰",
            "가장 높은",
            "가장 잘",
            "제일 많이",
            "제일 많은",
        ),
        *("제일 큰", "제일 높은", "제일 잘", "최대", "베스트", "1위인", "1위", "1등인", "1등", "일등"),
    ),
    "bottom": (
        *("bottom", "worst", "lowest", "smallest", "weakest", "the least", "least", "slowest"),
        *("하위", "최하위", "가장 적게", "가장 적은", "가장 낮은", "가장 안", "가장 작은", "가장 저조한"),
        *("제일 적게", "제일 적은", "제일 낮은", "제일 안", "최저", "워스트", "꼴찌", "꼴등"),
    ),
}
GRADES: Mapping[str, Sequence[str]] = {
    grade: (
        *(f"grade {grade}", f"grade-{grade}", f"{grade}-grade", f"{grade} grade", f"graded {grade}"),
        *(f"{grade}등급", f"{grade} 등급"),
    )
    for grade in "ABCD"
}
CLIENT_STATUSES: Mapping[str, Sequence[str]] = {
    "active": ("active", "거래 중인", "거래중인", "활성", "현재 거래 중인", "거래하고 있는"),
    "inactive": (
        *("inactive", "dormant", "no longer active", "that stopped buying", "no longer buy from us"),
        *("no longer buy", "no longer order", "stopped ordering", "have stopped buying"),
        *("더 이상 거래하지 않는", "더 이상 안 사는", "거래를 끊은"),
        *("거래 중단", "거래가 중단된", "거래 중단된", "비활성", "휴면", "거래가 끊긴", "거래 끊긴"),
    ),
}
CONTRACT_STATUSES: Mapping[str, Sequence[str]] = {
    "active": (
        "active",
        "current",
        "valid",
        "in force",
        "running",
        "유효한",
        "유효",
        "진행 중인",
        "현재 유효한",
    ),
    "expired": ("expired", "lapsed", "만료된", "만료됐던", "이미 끝난", "종료된"),
    "pending": ("pending", "not yet started", "not started", "시작 예정인", "시작 예정", "대기 중인"),
    "terminated": ("terminated", "cancelled", "canceled", "해지된", "해지한", "중도 해지", "해지"),
}
PAYMENT_STATUSES: Mapping[str, Sequence[str]] = {
    "overdue": (
        "overdue",
        "past due",
        "late payments",
        "in arrears",
        "연체된",
        "연체 중인",
        "연체",
        "기한이 지난",
    ),
    "unpaid": ("not yet due", "not due yet", "기한 전", "아직 기한이 안 된", "결제 예정"),
}
KINDS: Mapping[str, Sequence[str]] = {
    "return": (
        *("come back most", "came back most", "come back", "came back"),
        *("send back", "sent back", "sends back", "returned", "returns", "give back", "gave back", "return"),
        *("반품한", "반품된", "반품", "반송", "되돌려 보낸", "돌려보낸"),
    ),
}
RETURN_GROUPS: Mapping[str, Sequence[str]] = {
    "region": GROUPS["region"],
    "type": GROUPS["type"],
    "category": GROUPS["category"],
    "product": (*GROUPS["product"], "which products", "which product", "products", "product", "제품", "품목"),
    "client": (
        *("by client", "per client", "which clients", "which client", "which customers", "which customer"),
        *("clients", "client", "customers", "customer", "거래처별로", "거래처별", "거래처", "고객"),
    ),
}
UNPAID_GROUPS: Mapping[str, Sequence[str]] = {
    "region": GROUPS["region"],
    "client": (
        *("by client", "per client", "by customer", "each client", "by account"),
        *("거래처별로", "거래처별", "고객별", "많은 거래처", "큰 거래처", "which client", "which customer"),
    ),
}
DIRECTIONS: Mapping[str, Sequence[str]] = {
    "shrank": (
        *("lost the most revenue", "lost most revenue", "lost the most sales", "lost revenue", "lost sales"),
        *("shrank", "shrunk", "shrinking", "bought less", "buy less", "buying less", "declined", "declining"),
        *(
            "dropped",
            "decreased",
            "lost ground",
            "줄어든",
            "줄은",
            "줄었",
            "감소한",
            "감소",
            "축소된",
            "떨어진",
            "하락한",
        ),
    ),
    "grew": (
        *("grew", "grown", "growing", "bought more", "buy more", "buying more", "increased", "gained"),
        *("늘어난", "늘었", "증가한", "증가", "성장한", "커진", "오른"),
    ),
}
LARGEST: Mapping[bool, Sequence[str]] = {
    True: (
        *(
            "the largest",
            "largest",
            "the biggest",
            "biggest",
            "highest value",
            "worth the most",
            "worth most",
        ),
        *("가장 큰", "제일 큰", "가장 비싼", "제일 비싼", "최대"),
    )
}
_NUMBER_WORDS = {
    **{word: n for n, word in enumerate(str.split("two three four five six seven eight nine ten"), 2)},
    **{"한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9, "열": 10},
}
_COUNT = re.compile(
    r"(?<![\w.])(?:(?P<digits>\d{1,2})(?![\d.%]|\s*(?:월|분기|반기|년|일|주|개월))\s*(?:곳|개사|개소|개|군데|위까지|위)?"
    rf"|(?P<english>{'|'.join(w for w in _NUMBER_WORDS if w.isascii())})\b"
    rf"|(?P<korean>{'|'.join(w for w in _NUMBER_WORDS if not w.isascii())})\s*(?:곳|개사|개소|개|군데))",
    re.IGNORECASE,
)
_CLIENTS = re.compile(
    r"\b(?:clients?|customers?|accounts?|hospitals?|clinics?|pharmac(?:y|ies)|wholesalers?|distributors?"
    r"|drugstores?|who|whose|those)\b|거래처|고객|병원|의원|약국|도매|업체|곳|어디|누구|거래가|구매가",
    re.IGNORECASE,
)
_AGE = re.compile(
    r"\b(?:(?:older|longer|more) than|over|beyond|past|(?P<least>at least)) (?P<days>\d{1,4}) days\b(?: old)?"
    r"|(?<!\d)(?P<days_ko>\d{1,4})일(?:을|이)? ?"
    r"(?:넘게|넘은|넘긴|넘는|초과한?|지난|경과한?|(?P<least_ko>이상))(?: ?된)?",
    re.IGNORECASE,
)
_AND = r"(?:\s*,\s*|(?:이랑|랑|하고|과|와)\s*|\s+(?:and|with|to|against|vs\.?|versus|및)\s+)+"
_BEFORE = re.compile(
    r"(?:\b(?:in|for|from|of|at|within|across|to|with|by)\s+)?(?:\b(?:the|our|all|all the|all our)\s+)?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:['’]s\b)?(?:\s+(?:region|area)\b)?(?:\s*(?:지역|권역|본부|소재))?(?:들)?"
    r"(?:(?:에서의|에서|에게|의|에|은|는|이|가|을|를|도|과|와|로|으로)(?![가-힣]))?"
)


def client_finder(store: ClientStore) -> ArgumentFinder:
    """Find a client by its id, its name, or a part of its name; or what only reads like a name."""

    def find(sentence: str) -> Found | None:
        catalogue = _catalogue(store)
        found = catalogue.clients.find(sentence)
        regions = {name.casefold() for name in _both(catalogue.regions.values())}
        stranger = unknown_client(sentence, regions)
        if stranger is None or (found and found.end >= stranger.end > found.start >= stranger.start):
            return found
        return found if catalogue.clients.matches(stranger.value) else stranger

    return with_particles(find)


def region_finder(store: ClientStore) -> ArgumentFinder:
    """Find a region by its name, or by what sounds like it."""
    written = names(lambda: _both(_catalogue(store).regions.values()), fuzzy=False)
    several = several_regions_finder(store)

    def find(sentence: str) -> Found | None:
        if several(sentence):
            return None
        regions = [(name.en, name.ko) for name in _catalogue(store).regions.values()]
        return written(sentence) or find_by_sound(sentence, regions)

    return with_particles(find)


def several_regions_finder(store: ClientStore) -> ArgumentFinder:
    """Find "region" where a sentence names two or more side by side: then they are to be compared."""

    def find(sentence: str) -> Found | None:
        known = sorted(_both(_catalogue(store).regions.values()), key=len, reverse=True)
        name = "|".join(map(re.escape, known))
        match = re.search(rf"(?:{name}){_AND}(?:{name})(?:{_AND}(?:{name}))*", sentence) if known else None
        return Found("region", match.start(), match.end()) if match else None

    return with_particles(find)


def product_finder(store: ClientStore) -> ArgumentFinder:
    """Find a product by its name or code."""

    def known() -> list[str]:
        products = _catalogue(store).products
        return [*products, *_both(product.name for product in products.values())]

    return with_particles(names(known, fuzzy=False))


def owner_finder(store: ClientStore) -> ArgumentFinder:
    """Find an employee who looks after clients, by id or by name."""
    by_name = names(lambda: _both(owner.name for owner in _catalogue(store).owners), fuzzy=False)

    def find(sentence: str) -> Found | None:
        found = _catalogue(store).owner_ids.find(sentence)
        return with_name_before(sentence, found, by_name) if found else by_name(sentence)

    return with_particles(find)


def contract_finder(store: ClientStore) -> ArgumentFinder:
    """Find a contract by its id, or by its client."""

    def find(sentence: str) -> Found | None:
        catalogue = _catalogue(store)
        return catalogue.contract_ids.find(sentence) or catalogue.clients.find(sentence)

    return with_particles(find)


def word_finder(words: Mapping[Any, Sequence[str]]) -> ArgumentFinder:
    """Find one of a closed set of values by the words for it, with their preposition or particle."""
    return with_particles(choice(words))


def find_age(sentence: str) -> Found | None:
    """Find the days that something is older than: 90 in "over 90 days" and "90일 넘은", 89 in "90일 이상"."""
    match = _AGE.search(sentence)
    if match is None:
        return None
    days = int(match["days"] or match["days_ko"]) - bool(match["least"] or match["least_ko"])
    return Found(days, match.start(), match.end()) if days > 0 else None


def find_count(sentence: str) -> Found | None:
    """Find how many rows to return: a number of one or two digits, or a word up to ten."""
    match = _COUNT.search(sentence)
    if match is None:
        return None
    word = match["english"] or match["korean"]
    count = _NUMBER_WORDS[word.lower()] if word else int(match["digits"])
    return Found(count, match.start(), match.end()) if count else None


def of_clients(find: ArgumentFinder) -> ArgumentFinder:
    """Make a finder blind in sentences that speak of no clients: "how much did sales grow?"."""
    return lambda sentence: find(sentence) if _CLIENTS.search(sentence) else None


def where(spoken_of: ArgumentFinder, find: ArgumentFinder) -> ArgumentFinder:
    """Make a finder blind in sentences in which another one finds nothing."""
    return lambda sentence: find(sentence) if spoken_of(sentence) else None


def with_particles(find: ArgumentFinder) -> ArgumentFinder:
    """Let a finder also take up the preposition before its words, and the particle after them."""

    def wider(sentence: str) -> Found | None:
        found = find(sentence)
        if found is None or found.start == found.end:
            return found
        before = _BEFORE.search(sentence[: found.start])
        after = _AFTER.match(sentence, found.end)
        return Found(
            found.value, before.start() if before else found.start, after.end() if after else found.end
        )

    return wider


def _catalogue(store: ClientStore) -> Catalogue:
    """Return the names that the person who asks may know of.

    Outside of a run, where no tool can be called either, that is all of them.
    """
    identity = current_identity()
    return store.catalogue(identity) if identity else store.every_name()


def _both(every: Iterable[Names]) -> list[str]:
    return [name for entry in every for name in (entry.en, entry.ko)]
