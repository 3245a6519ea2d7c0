"""Money as people write it, and as it stands in the books."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narutalk.money import (
    CURRENCY_EXPONENTS,
    MAX_MINOR_UNITS,
    MoneyError,
    convert,
    read_money,
    to_minor,
    write_money,
)

currencies = st.sampled_from(sorted(CURRENCY_EXPONENTS))
minor_units = st.integers(-MAX_MINOR_UNITS, MAX_MINOR_UNITS)


@given(minor_units, currencies)
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    read = read_money(write_money(minor, currency))

    assert read.currency == currency
    assert to_minor(read.amount, currency) == minor


@given(minor_units, currencies)
def test_minor_units_are_the_amount_times_a_power_of_ten(minor: int, currency: str) -> None:
    scale = 10 ** CURRENCY_EXPONENTS[currency]

    assert to_minor(Decimal(minor).scaleb(-CURRENCY_EXPONENTS[currency]), currency) == minor
    assert Fraction(minor, scale) * scale == minor


@given(st.lists(minor_units, max_size=30), currencies)
def test_a_sum_of_written_amounts_is_the_sum_of_the_amounts(amounts: list[int], currency: str) -> None:
    read = [to_minor(read_money(write_money(minor, currency)).amount, currency) for minor in amounts]

    assert sum(read) == sum(amounts)


@pytest.mark.parametrize(
    ("currency", "decimals"), [("KRW", 0), ("JPY", 0), ("USD", 2), ("EUR", 2), ("KWD", 3)]
)
@given(whole=st.integers(-(10**9), 10**9), part=st.integers(0, 999))
def test_a_minor_unit_has_as_many_decimals_as_iso_4217_says(
    currency: str, decimals: int, whole: int, part: int
) -> None:
    part %= 10**decimals
    written = f"{abs(whole)}.{part:0{decimals}}" if decimals else f"{abs(whole)}"
    sign = -1 if whole < 0 else 1

    minor = to_minor(sign * read_money(f"{written} {currency}").amount, currency)

    assert minor == sign * (abs(whole) * 10**decimals + part)
    with pytest.raises(MoneyError):
        to_minor(Decimal(whole) + Decimal(1).scaleb(-decimals - 1), currency)


@given(st.integers(-(10**9), 10**9), st.sampled_from(["{}", "₩{}", "{}원", "KRW {}", " {} ", "{}.00"]))
def test_the_same_won_is_read_however_it_is_written(amount: int, shape: str) -> None:
    for written in (shape.format(amount), shape.format(f"{amount:,}")):
        assert to_minor(read_money(written).amount, "KRW") == amount


@given(
    st.decimals(-(10**9), 10**9, places=4),
    st.decimals(Decimal("0.0001"), 5000, places=4),
    currencies,
    currencies,
)
def test_conversion_is_within_half_a_minor_unit(
    amount: Decimal, rate: Decimal, currency: str, into: str
) -> None:
    exact = Fraction(amount) * Fraction(rate) * 10 ** CURRENCY_EXPONENTS[into]
    if abs(exact) > MAX_MINOR_UNITS - 1:
        return
    assert abs(convert(amount, currency, rate, into) - exact) <= Fraction(1, 2)


def test_halves_go_to_the_even_won() -> None:
    assert convert(Decimal("0.5"), "USD", Decimal(1)) == 0
    assert convert(Decimal("1.5"), "USD", Decimal(1)) == 2
    assert Decimal("2.5").quantize(Decimal(1), ROUND_HALF_EVEN) == convert(Decimal("2.5"), "USD", Decimal(1))


@pytest.mark.parametrize(
    ("written", "amount", "currency"),
    [
        ("(300)", "-300", None),
        ("−300", "-300", None),
        ("1,234,567.50", "1234567.50", None),
        ("$12.50", "12.50", "USD"),
        ("usd 12.50", "12.50", "USD"),
        ("12.50 EUR", "12.50", "EUR"),
        ("１２３원", "123", "KRW"),
        ("₩ 1 000", "1000", "KRW"),
    ],
)
def test_amounts_are_read(written: str, amount: str, currency: str | None) -> None:
    assert read_money(written) == (Decimal(amount), currency)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "abc",
        "1,5",
        "1.234,56",
        "12,34,567",
        "1e9",
        "NaN",
        "1/2",
        "--5",
        "(-5)",
        "(5",
        "$€5",
        "1" * 100,
        "USD",
    ],
)
def test_what_is_no_amount_or_two_is_refused(written: str) -> None:
    with pytest.raises(MoneyError):
        read_money(written)


@given(st.text(max_size=40))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    try:
        read = read_money(text)
    except MoneyError:
        return
    assert read.amount.is_finite()


def test_amounts_that_do_not_fit_are_refused() -> None:
    for amount, currency, code in (
        ("0.5", "KRW", "money_fraction"),
        ("0.005", "USD", "money_fraction"),
        (str(MAX_MINOR_UNITS + 1), "KRW", "money_range"),
        ("1", "ABC", "currency_unknown"),
    ):
        with pytest.raises(MoneyError) as raised:
            to_minor(Decimal(amount), currency)
        assert raised.value.code == code
