"""What an agent says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from narutalk.languages import Language


@dataclass(frozen=True)
class AgentCard:
    """What an agent can be asked.

    Attributes:
        name: As in `narutalk.registry`.
        description: One or two sentences, by language.
        examples: Questions it answers, by language.
    """

    name: str
    description: Mapping[Language, str]
    examples: Mapping[Language, tuple[str, ...]]
