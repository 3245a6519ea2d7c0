"""What all bodies of requests have in common."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

Field = TypeVar("Field", bound=str)


class Body(BaseModel):
    """A body that is refused with the name of a field it does not know."""

    model_config = ConfigDict(extra="forbid")


def selected(shown: dict[str, Any], names: list[Field] | None) -> dict[str, Any]:
    """Return the fields of an answer that were asked for; all where none were named."""
    return {name: shown[name] for name in names if name in shown} if names else shown
