"""What tokens cost."""

import pytest

from narutalk.events import Usage
from narutalk.pricing import NO_PRICES, Prices
from narutalk.settings import load_settings

USED = Usage(input_tokens=1_000_000, cached_tokens=400_000, output_tokens=100_000, total_tokens=1_100_000)


@pytest.mark.parametrize(
    ("prices", "cost_usd"),
    [
        (Prices(1.0, 0.1, 8.0), 0.6 + 0.04 + 0.8),
        (Prices(1.0, None, 8.0), 1.0 + 0.8),
        (Prices(0.0, None, 0.0), 0.0),
        (Prices(1.0, 0.1, None), None),
        (NO_PRICES, None),
    ],
)
def test_input_cached_input_and_output_have_prices_of_their_own(
    prices: Prices, cost_usd: float | None
) -> None:
    priced = prices.priced(USED)

    assert priced.cost_usd == (None if cost_usd is None else pytest.approx(cost_usd))
    assert priced.model_copy(update={"cost_usd": None}) == USED


def test_nothing_used_costs_nothing() -> None:
    assert Prices(1.0, 0.1, 8.0).priced(Usage()).cost_usd == 0


def test_costs_are_not_added_but_computed_from_all_tokens() -> None:
    twice = Prices(1.0, 0.1, 8.0).priced(USED) + USED

    assert (twice.total_tokens, twice.cached_tokens, twice.cost_usd) == (2_200_000, 800_000, None)


@pytest.mark.parametrize(("given", "price"), [("", None), ("0.25", 0.25), ("0", 0.0)])
def test_prices_come_from_the_settings(
    monkeypatch: pytest.MonkeyPatch, given: str, price: float | None
) -> None:
    monkeypatch.setenv("NARUTALK_LLM_INPUT_USD", given)

    assert Prices.of(load_settings(_env_file=None)).input_usd == price


def test_what_langchain_counts() -> None:
    metadata = {
        "input_tokens": 7,
        "output_tokens": 2,
        "total_tokens": 9,
        "input_token_details": {"cache_read": 5},
    }

    assert Usage.counted(metadata) == Usage(input_tokens=7, cached_tokens=5, output_tokens=2, total_tokens=9)
    assert Usage.counted(None) == Usage()
