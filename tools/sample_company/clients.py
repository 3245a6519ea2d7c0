"""The sample company's clients, who looks after them since when, and their contracts."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum, auto
from random import Random
from typing import Any

from tools.clients.models import ClientStatus, ClientType, ContractStatus
from tools.sample_company.business_days import add_months
from tools.sample_company.company import FIRST_DAY, LAST_DAY, Named, company_facts
from tools.sample_company.names import Name, client_names, person_names
from tools.sample_company.people import Person

CLIENTS_BY_TYPE = {
    ClientType.HOSPITAL: 150,
    ClientType.CLINIC: 450,
    ClientType.PHARMACY: 330,
    ClientType.WHOLESALER: 70,
}
# How large clients of a type are, from the smallest to the largest; 1.0 is a small clinic.
SIZES = {
    ClientType.HOSPITAL: (4.0, 22.0),
    ClientType.CLINIC: (0.6, 3.0),
    ClientType.PHARMACY: (0.5, 2.6),
    ClientType.WHOLESALER: (6.0, 26.0),
}
GRADE_SHARES = (("A", 0.10), ("B", 0.30), ("C", 0.70), ("D", 1.0))
CHURNED, FADING, GROWING = 38, 30, 70
PENDING_CONTRACTS = 60

_PHONE_AREAS = {"SEO": "02", "GYE": "031", "BUS": "051", "DAE": "053", "GWA": "062", "DJN": "042"}
_STREETS = (
    Name("새빛로", "Saebit-ro"),
    Name("나루길", "Naru-gil"),
    Name("솔향로", "Solhyang-ro"),
    Name("은하대로", "Eunha-daero"),
    Name("물결길", "Mulgyeol-gil"),
    Name("노을로", "Noeul-ro"),
    Name("온새미로", "Onsaemi-ro"),
    Name("달맞이고개로", "Dalmaji-ro"),
)
_CONTRACT_TITLES = (
    Name("의약품 공급 계약", "Supply agreement"),
    Name("백신 공급 계약", "Vaccine supply agreement"),
    Name("의료소모품 공급 계약", "Medical supplies agreement"),
    Name("냉장유통 공급 계약", "Cold-chain supply agreement"),
)


class Course(Enum):
    """How a client's purchases go over the three years."""

    STEADY = auto()
    GROWING = auto()
    FADING = auto()
    CHURNED = auto()


@dataclass
class SampleClient:
    """One client.

    Attributes:
        size: Of its purchases; 1.0 is a small clinic.
        owners: Who looked after it, in order, each from a first day on.
        stopped: The last day it bought; None when it still buys.
        terms_days: From a sale to its due date.
    """

    id: str
    name: Name
    client_type: ClientType
    region: str
    size: float
    since: date
    phone: str
    address: str
    course: Course = Course.STEADY
    grade: str = "D"
    stopped: date | None = None
    terms_days: int = 30
    owners: list[tuple[date, Person]] = field(default_factory=list)

    def owner_on(self, day: date) -> Person:
        """Return who looked after the client on a day."""
        index = bisect_right([first for first, _ in self.owners], day) - 1
        return self.owners[max(index, 0)][1]


def generate_clients(random: Random, people: Sequence[Person]) -> list[SampleClient]:
    """Return the clients, each with an owner among the people who sell in its region."""
    sellers = [person for person in people if person.sells]
    clients = _named(random, sellers)
    random.shuffle(clients)
    for number, client in enumerate(clients, 1):
        client.id = f"C{number:04}"
    _grade(clients)
    _set_courses(random, clients)
    by_region = _by_region(sellers)
    for client in clients:
        _give_owner(random, client, by_region[client.region])
    return clients


def client_row(client: SampleClient) -> dict[str, Any]:
    """Return a client as a row of `clients`."""
    owner = client.owners[-1][1]
    contact = _contact(client)
    return {
        "id": client.id,
        "name_ko": client.name.ko,
        "name_en": client.name.en,
        "client_type": client.client_type.value,
        "region_code": client.region,
        "grade": client.grade,
        "owner_id": owner.id,
        "owner_name_ko": owner.name.ko,
        "owner_name_en": owner.name.en,
        "status": (ClientStatus.INACTIVE if client.course is Course.CHURNED else ClientStatus.ACTIVE).value,
        "since": client.since,
        "phone": client.phone,
        "address": client.address,
        "contact_name": f"{contact.ko} ({contact.en})",
        "contact_email": f"{contact.en.lower().replace(' ', '.')}@{client.id.lower()}.example",
    }


def _contact(client: SampleClient) -> Name:
    """Return whom to talk to at a client: drawn from its id, so that nothing else depends on it."""
    return person_names(Random(f"contact of {client.id}"), 1)[0]


def generate_contracts(random: Random, clients: Sequence[SampleClient]) -> list[dict[str, Any]]:
    """Return the rows of `contracts`: for each client a chain of them, one following the other."""
    rows: list[dict[str, Any]] = []
    renewed = set(random.sample([client.id for client in clients if not client.stopped], PENDING_CONTRACTS))
    for client in clients:
        rows += _chain(random, client, has_next=client.id in renewed)
    rows.sort(key=lambda row: (row["start_date"], row["client_id"]))
    return [{"id": f"K{number:05}", **row} for number, row in enumerate(rows, 1)]


def _named(random: Random, sellers: Sequence[Person]) -> list[SampleClient]:
    places = {region.code: region for region in company_facts().regions}
    regions = [person.region for person in sellers if not person.left_date and not person.away_from]
    clients = []
    for client_type, count in CLIENTS_BY_TYPE.items():
        smallest, largest = SIZES[client_type]
        for name in client_names(random, client_type.value, count):
            region = places[random.choice(regions)]
            first = date(2010, 1, 4) + timedelta(days=random.randrange(5000))
            is_new = random.random() < 0.12
            since = FIRST_DAY + timedelta(days=random.randrange(30, 900)) if is_new else first
            clients.append(
                SampleClient(
                    id="",
                    name=name,
                    client_type=client_type,
                    region=region.code,
                    size=smallest + (largest - smallest) * random.random() ** 3,
                    since=since,
                    phone=f"{_PHONE_AREAS[region.code]}-000-{random.randrange(1000, 10000)}",
                    address=_address(random, region),
                    terms_days=random.choice((30, 30, 30, 60, 60, 90)),
                )
            )
    return clients


def _address(random: Random, region: Named) -> str:
    street, number = random.choice(_STREETS), random.randrange(3, 280)
    return f"{region.ko} {street.ko} {number} ({number} {street.en}, {region.en})"


def _grade(clients: Sequence[SampleClient]) -> None:
    ranked = sorted(clients, key=lambda client: (-client.size, client.id))
    for rank, client in enumerate(ranked):
        client.grade = next(grade for grade, upto in GRADE_SHARES if rank < upto * len(ranked))


def _set_courses(random: Random, clients: Sequence[SampleClient]) -> None:
    old = [client for client in clients if client.since < FIRST_DAY and client.name.ko != "한빛중앙병원"]
    chosen = random.sample(old, CHURNED + FADING + GROWING)
    for index, client in enumerate(chosen):
        if index < CHURNED:
            client.course = Course.CHURNED
            client.stopped = FIRST_DAY + timedelta(days=random.randrange(240, 800))
        else:
            client.course = Course.FADING if index < CHURNED + FADING else Course.GROWING


def _by_region(sellers: Sequence[Person]) -> Mapping[str, list[Person]]:
    regions: dict[str, list[Person]] = {}
    for person in sellers:
        regions.setdefault(person.region, []).append(person)
    return regions


def _give_owner(random: Random, client: SampleClient, sellers: Sequence[Person]) -> None:
    """Give the client its owner, and one before, so that nobody owns it before hire or after leaving."""
    active = [person for person in sellers if not person.left_date and not person.away_from]
    owner = random.choice(active)
    client.owners = [(date.min, owner)]
    start = max(FIRST_DAY, client.since)
    takes_over = add_months(owner.hire_date, 2)
    if takes_over > start:
        before = [person for person in active if add_months(person.hire_date, 2) <= start]
        client.owners = [(date.min, random.choice(before)), (takes_over, owner)]
        return
    gone = [person for person in sellers if not (person in active or _end(person) <= start)]
    if gone and random.random() < 0.10 + 0.09 * len(gone):
        before_owner = random.choice(gone)
        client.owners = [(date.min, before_owner), (_end(before_owner), owner)]


def _end(person: Person) -> date:
    """Return the first day of the month in which the person hands over: before leaving, or being away."""
    return person.away_from or (person.left_date or date.max).replace(day=1)


def _chain(random: Random, client: SampleClient, *, has_next: bool) -> list[dict[str, Any]]:
    title = random.choices(_CONTRACT_TITLES, (80, 8, 8, 4))[0]
    value = client.size * 12_000_000 * random.uniform(0.7, 1.3)
    if client.stopped:
        end = client.stopped + timedelta(days=random.randrange(0, 60))
    else:
        end = LAST_DAY + timedelta(days=random.randrange(-60 if random.random() < 0.12 else 5, 620))
    has_next = has_next and LAST_DAY < end < LAST_DAY + timedelta(days=240)
    rows: list[dict[str, Any]] = []
    terminated = client.stopped is not None and random.random() < 0.6
    while True:
        years = random.choices((1, 2, 3), (60, 28, 12))[0]
        while (start := _years_before(end + timedelta(days=1), years)) > LAST_DAY:
            years += 1
        if start < client.since:
            start = min(client.since, end - timedelta(days=180))
        rows.append(_contract(random, client, title, start, end, value, terminated=terminated and not rows))
        if start <= client.since or start < date(2025, 1, 1) or len(rows) == 3:
            break
        end = start - timedelta(days=1)
        value *= 0.94
    if has_next:
        after = rows[0]["end_date"] + timedelta(days=1)
        end = _years_before(after, -1) - timedelta(days=1)
        rows.append(_contract(random, client, title, after, end, value * 1.05, terminated=False))
    return rows


def _contract(
    random: Random,
    client: SampleClient,
    title: Name,
    start: date,
    end: date,
    value: float,
    *,
    terminated: bool,
) -> dict[str, Any]:
    if start > LAST_DAY:
        status = ContractStatus.PENDING
    elif terminated:
        status = ContractStatus.TERMINATED
    else:
        status = ContractStatus.ACTIVE if end > LAST_DAY else ContractStatus.EXPIRED
    return {
        "client_id": client.id,
        "title_ko": f"{title.ko} {start.year} ({client.name.ko})",
        "title_en": f"{title.en} {start.year} ({client.name.en})",
        "start_date": start,
        "end_date": end,
        "annual_value_krw": round(value / 100_000) * 100_000,
        "payment_terms_days": client.terms_days,
        "auto_renewal": random.random() < 0.45,
        "status": status.value,
    }


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
