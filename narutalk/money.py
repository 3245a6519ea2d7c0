"""Money: an amount as people write it, turned into whole minor units of a currency (ISO 4217).

The company's books are in one currency, the company currency; its minor unit is the won, so an amount in the
books is a whole number of won. See `docs/adr/0032-money-and-days.md`.
"""

import re
import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import NamedTuple

COMPANY_CURRENCY = "KRW"
MAX_MINOR_UNITS = 10**15
"""Amounts beyond it are mistakes; a sum of a thousand of them still fits a 64-bit column."""

_EXPONENTS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR "
    "MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK "
    "SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER "
    "ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
CURRENCY_EXPONENTS: dict[str, int] = {
    code: exponent for exponent, codes in _EXPONENTS.items() for code in codes.split()
}
"""How many decimal places a currency's minor unit has: 0 for the won, 2 for the cent."""

# A dollar is taken for the US dollar; other dollars are written by their code.
_SIGNS = {"₩": "KRW", "원": "KRW", "$": "USD", "€": "EUR", "£": "GBP", "元": "CNY", "円": "JPY"}
_AMOUNT = re.compile(
    r"(?P<open>\()?(?P<minus>[-−])?(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<close>\))?"
)
_CODE = re.compile(r"(?<![A-Z])[A-Z]{3}(?![A-Z])")
_PRECISION = 60
_MAX_CHARS = 60


class MoneyError(ValueError):
    """An amount that cannot be taken as money.

    Args:
        code: ``money_invalid``, ``money_fraction`` (smaller than the minor unit), ``money_range`` or
            ``currency_unknown``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class WrittenMoney(NamedTuple):
    """An amount in whole units, such as Decimal("12.50"), and its currency where the text names one."""

    amount: Decimal
    currency: str | None


def read_money(text: str) -> WrittenMoney:
    """Return the amount a text says: "₩1,234,000", "USD 12.50", "1,000원", "(300)" for minus 300.

    A comma groups thousands and a point begins the decimals. What can be read in two ways, such as "1,5" or
    "1.234,56", is refused.

    Raises:
        MoneyError: ``money_invalid`` or ``currency_unknown``.
    """
    written = unicodedata.normalize("NFKC", text).strip().upper()
    if len(written) > _MAX_CHARS:
        raise MoneyError("money_invalid")
    currency, number = _take_currency(written)
    match = _AMOUNT.fullmatch("".join(number.split()))
    if match is None or bool(match["open"]) != bool(match["close"]):
        raise MoneyError("money_invalid")
    if match["open"] and match["minus"]:
        raise MoneyError("money_invalid")
    amount = Decimal(match["number"].replace(",", ""))
    return WrittenMoney(-amount if match["open"] or match["minus"] else amount, currency)


def to_minor(amount: Decimal, currency: str) -> int:
    """Return an amount in a currency's minor units: 12.50 USD is 1250, 12 KRW is 12.

    Raises:
        MoneyError: ``currency_unknown``, ``money_fraction`` or ``money_range``.
    """
    with localcontext(prec=_PRECISION):
        scaled = amount.scaleb(_exponent(currency))
        if scaled != scaled.to_integral_value():
            raise MoneyError("money_fraction")
        return _in_range(int(scaled))


def convert(amount: Decimal, currency: str, rate: Decimal, into: str = COMPANY_CURRENCY) -> int:
    """Return an amount of one currency in minor units of another, rounded half to even.

    Args:
        amount: In whole units of ``currency``; finer than its minor unit it is rounded only once, at the end.
        currency: Of the amount.
        rate: How many whole units of ``into`` one whole unit of ``currency`` is; above 0.
        into: The currency wanted.

    Raises:
        MoneyError: ``currency_unknown`` or ``money_range``.
    """
    _exponent(currency)
    with localcontext(prec=_PRECISION):
        scaled = (amount * rate).scaleb(_exponent(into))
        return _in_range(int(scaled.to_integral_value(ROUND_HALF_EVEN)))


def write_money(minor: int, currency: str) -> str:
    """Return minor units as people write them, with the code: "KRW 1,234,000", "USD -12.50"."""
    exponent = _exponent(currency)
    with localcontext(prec=_PRECISION):
        return f"{currency} {Decimal(minor).scaleb(-exponent):,.{exponent}f}"


def _take_currency(written: str) -> tuple[str | None, str]:
    named = {_SIGNS[sign] for sign in _SIGNS if sign in written}
    rest = written
    for sign in _SIGNS:
        rest = rest.replace(sign, "")
    for code in _CODE.findall(rest):
        if code not in CURRENCY_EXPONENTS:
            raise MoneyError("currency_unknown")
        named.add(code)
    if len(named) > 1:
        raise MoneyError("money_invalid")
    return (next(iter(named)) if named else None), _CODE.sub("", rest)


def _exponent(currency: str) -> int:
    if currency not in CURRENCY_EXPONENTS:
        raise MoneyError("currency_unknown")
    return CURRENCY_EXPONENTS[currency]


def _in_range(minor: int) -> int:
    if abs(minor) > MAX_MINOR_UNITS:
        raise MoneyError("money_range")
    return minor
