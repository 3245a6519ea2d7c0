"""What the language model's tokens cost."""

from dataclasses import dataclass

from narutalk.events import Usage
from narutalk.settings import Settings

MILLION = 1_000_000


@dataclass(frozen=True)
class Prices:
    """US dollars for a million tokens of `NARUTALK_MODEL`.

    Attributes:
        input_usd: None where nobody has said; nothing is priced then.
        cached_input_usd: Of input that the provider had cached; None: the same as other input.
        output_usd: None where nobody has said; nothing is priced then.
    """

    input_usd: float | None = None
    cached_input_usd: float | None = None
    output_usd: float | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Prices":
        """Return the prices that the settings hold."""
        return cls(settings.llm_input_usd, settings.llm_cached_input_usd, settings.llm_output_usd)

    def priced(self, usage: Usage) -> Usage:
        """Return a usage with its cost; without one where the prices are not known."""
        if self.input_usd is None or self.output_usd is None:
            return usage
        cached_usd = self.input_usd if self.cached_input_usd is None else self.cached_input_usd
        fresh_tokens = usage.input_tokens - usage.cached_tokens
        cost_usd = (
            fresh_tokens * self.input_usd
            + usage.cached_tokens * cached_usd
            + usage.output_tokens * self.output_usd
        ) / MILLION
        return usage.model_copy(update={"cost_usd": round(cost_usd, 8)})


NO_PRICES = Prices()
