"""The sample company's transactions over three years, and what each person in Sales sold of them."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from tools.clients.models import ClientType, PaymentStatus, TransactionKind
from tools.sample_company.business_days import add_months, business_days, is_business_day, months_between
from tools.sample_company.clients import Course, SampleClient
from tools.sample_company.company import FIRST_DAY, LAST_DAY, ProductFacts, company_facts
from tools.sample_company.people import Person

SALES_COUNT = 49_000  # expected; about 2 % are returned, in part or in full, by a row of its own
RETURN_SHARE = 0.02
GROWTH_PER_MONTH = 0.004
LATE_SHARE = 0.03
MIN_TARGET_KRW = 5_000_000

# How a category sells from January to December; 1.0 is its average month.
SEASONS = {
    "vaccine": (0.6, 0.4, 0.4, 0.4, 0.4, 0.4, 0.5, 0.8, 2.2, 3.2, 1.9, 0.9),
    "respiratory": (1.5, 1.3, 1.2, 1.0, 0.8, 0.6, 0.6, 0.6, 0.9, 1.1, 1.3, 1.6),
    "antibiotic": (1.3, 1.2, 1.1, 1.0, 0.9, 0.8, 0.8, 0.8, 0.9, 1.0, 1.1, 1.3),
    "dermatology": (0.7, 0.7, 0.9, 1.0, 1.2, 1.4, 1.5, 1.3, 1.0, 0.9, 0.8, 0.7),
    "gastrointestinal": (0.9, 1.0, 1.0, 1.0, 1.0, 1.1, 1.1, 1.1, 1.0, 1.0, 0.9, 1.1),
}
FLAT = (1.0,) * 12
# How much of a category clients of a type order.
TASTES = {
    ClientType.HOSPITAL: {"supplies": 1.8, "diabetes": 1.3, "vaccine": 1.2},
    ClientType.CLINIC: {"vaccine": 1.5, "respiratory": 1.3, "dermatology": 1.2},
    ClientType.PHARMACY: {"pain": 1.6, "gastrointestinal": 1.4, "supplies": 0.3, "vaccine": 0.2},
    ClientType.WHOLESALER: {},
}
ORDERS_PER_MONTH = {
    ClientType.HOSPITAL: 2.6,
    ClientType.CLINIC: 1.0,
    ClientType.PHARMACY: 1.2,
    ClientType.WHOLESALER: 2.4,
}

Row = dict[str, Any]


def product_rows() -> list[Row]:
    """Return the rows of `products`."""
    return [
        {
            "code": product.code,
            "name_en": product.en,
            "name_ko": product.ko,
            "category": product.category,
            "unit_price_krw": product.unit_price_krw,
        }
        for product in company_facts().products
    ]


def generate_transactions(random: Random, clients: Sequence[SampleClient]) -> list[Row]:
    """Return the rows of `transactions`, in the order of their dates."""
    plans = [(client, _rates(client)) for client in clients]
    scale = SALES_COUNT / sum(rate for _, rates in plans for rate in rates.values())
    rows: list[Row] = []
    for client, rates in plans:
        favourites = _favourites(random, client)
        weights = {month: _weights(favourites, month) for month in range(1, 13)}
        for month, rate in rates.items():
            for _ in range(_poisson(random, rate * scale)):
                product = random.choices(company_facts().products, cum_weights=weights[month.month])[0]
                rows += _sale(random, client, product, month)
    rows.sort(key=lambda row: (row["date"], row["client_id"], row["product_code"], row["quantity"]))
    return [{"id": f"T{number:06}", **row} for number, row in enumerate(rows, 1)]


def generate_monthly_sales(
    random: Random, people: Sequence[Person], transactions: Sequence[Mapping[str, Any]]
) -> list[Row]:
    """Return the rows of `monthly_sales`: the exact sums of each person's transactions, and their targets."""
    sums: dict[tuple[str, date], int] = defaultdict(int)
    for row in transactions:
        sums[row["owner_id"], row["date"].replace(day=1)] += row["amount_krw"]
    rows = []
    for person in people:
        months = list(_selling_months(person, sums)) if person.sells else []
        for month in months:
            amount = sums[person.id, month]
            target = _target(random, person, month, sums)
            rows.append(
                {"employee_id": person.id, "month": month, "amount_krw": amount, "target_krw": target}
            )
    return rows


def _rates(client: SampleClient) -> dict[date, float]:
    """Return how many orders a client places each month, before scaling."""
    first = add_months(client.since, 1) if client.since >= FIRST_DAY else FIRST_DAY
    last = client.stopped or LAST_DAY
    base = ORDERS_PER_MONTH[client.client_type] * (0.7 + 0.6 * min(client.size, 20) / 20)
    rates = {}
    for month in months_between(first, last):
        age = (month.year - FIRST_DAY.year) * 12 + month.month - FIRST_DAY.month
        course = {Course.GROWING: 0.6 + 0.05 * age, Course.FADING: 1.3 - 0.033 * age}.get(client.course, 1.0)
        rates[month] = (
            base * (1 + GROWTH_PER_MONTH * age) * max(course, 0.05) * len(business_days(month)) / 20
        )
    return rates


def _favourites(random: Random, client: SampleClient) -> list[float]:
    tastes = TASTES[client.client_type]
    return [
        tastes.get(product.category, 1.0) * (random.uniform(0.6, 2.0) if random.random() < 0.45 else 0.12)
        for product in company_facts().products
    ]


def _weights(favourites: Sequence[float], month: int) -> list[float]:
    products = company_facts().products
    return list(
        accumulate(
            taste * SEASONS.get(product.category, FLAT)[month - 1]
            for taste, product in zip(favourites, products, strict=True)
        )
    )


def _sale(random: Random, client: SampleClient, product: ProductFacts, month: date) -> Iterator[Row]:
    days = [day for day in business_days(month) if client.stopped is None or day <= client.stopped]
    if not days:
        return
    day = random.choice(days)
    # Cheap products are ordered in larger numbers, so that an order is worth about as much.
    boxes = client.size * random.uniform(0.5, 1.8) * 750_000 / (product.unit_price_krw + 4_000)
    quantity = max(5, round(boxes / 5) * 5)
    yield _row(client, product, day, quantity, _payment(random, client, day))
    if random.random() < RETURN_SHARE:
        returned = day + timedelta(days=random.randrange(4, 31))
        while not is_business_day(returned):
            returned += timedelta(days=1)
        if returned <= LAST_DAY:
            back = max(1, round(quantity * random.choice((0.1, 0.2, 0.3, 0.5, 1.0))))
            yield _row(client, product, returned, -back, PaymentStatus.PAID)


def _row(
    client: SampleClient, product: ProductFacts, day: date, quantity: int, payment: PaymentStatus
) -> Row:
    kind = TransactionKind.RETURN if quantity < 0 else TransactionKind.SALE
    return {
        "client_id": client.id,
        "client_type": client.client_type.value,
        "region_code": client.region,
        "owner_id": client.owner_on(day).id,
        "product_code": product.code,
        "date": day,
        "kind": kind.value,
        "quantity": quantity,
        "unit_price_krw": product.unit_price_krw,
        "amount_krw": quantity * product.unit_price_krw,
        "payment_status": payment.value,
    }


def _payment(random: Random, client: SampleClient, day: date) -> PaymentStatus:
    due = day + timedelta(days=client.terms_days)
    luck = random.random()
    if due > LAST_DAY:
        return PaymentStatus.PAID if luck < 0.3 else PaymentStatus.UNPAID
    is_recent = due > LAST_DAY - timedelta(days=120)
    late = LATE_SHARE * (3.0 if is_recent else 0.1) * (2.0 if client.course is Course.FADING else 1.0)
    return PaymentStatus.OVERDUE if luck < late else PaymentStatus.PAID


def _poisson(random: Random, mean: float) -> int:
    """Return a Poisson variate (Knuth, The Art of Computer Programming 2, 3.4.1 F)."""
    limit = math.exp(-mean)
    count, product = 0, random.random()
    while product > limit:
        count += 1
        product *= random.random()
    return count


def _selling_months(person: Person, sums: Mapping[tuple[str, date], int]) -> Iterator[date]:
    """Yield the months in which a person had clients: from the first sale on, without gaps."""
    sold = [month for month in months_between(FIRST_DAY, LAST_DAY) if (person.id, month) in sums]
    if not sold:
        return
    gone = person.left_date or person.away_from
    yield from months_between(sold[0], sold[-1] if gone else LAST_DAY)


def _target(random: Random, person: Person, month: date, sums: Mapping[tuple[str, date], int]) -> int:
    """Return a target that lies between what the months around it and the month itself would suggest."""
    amount = sums.get((person.id, month), 0)
    around = [sums.get((person.id, add_months(month, offset)), 0) for offset in (-1, 0, 1)]
    expected = 0.55 * amount + 0.45 * sum(around) / len(around)
    target = expected / (0.84 + 0.24 * person.skill + random.uniform(-0.08, 0.08))
    return max(MIN_TARGET_KRW, round(target / 100_000) * 100_000)
