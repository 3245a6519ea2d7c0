"""How many instances of each service `narutalk up --scale` asks for."""

from collections.abc import Mapping, Sequence

from narutalk.errors import ConfigurationError
from narutalk.registry import SERVICES, ServiceName
from narutalk.settings import Settings

MAX_INSTANCES = 16


def parse_scale(given: Sequence[str]) -> dict[str, int]:
    """Return the number of instances by service.

    Args:
        given: Each ``SERVICE=COUNT``, or several of them with commas between.

    Raises:
        ConfigurationError: ``scale_invalid``.
    """
    scale: dict[str, int] = {}
    for entry in ",".join(given).split(","):
        if not entry.strip():
            continue
        name, _, count = (part.strip() for part in entry.partition("="))
        if name in scale:
            raise _invalid(f"--scale names {name} twice.")
        scale[name] = _count(name, count)
    return scale


def refuse_given_urls(settings: Settings, scale: Mapping[str, int]) -> None:
    """Raise ConfigurationError when a scaled service's URLs are set: they would lead past the new instances.

    Raises:
        ConfigurationError: ``scale_invalid``.
    """
    for name, count in scale.items():
        given: str = getattr(settings, f"{name}_urls", "")
        if count > 1 and given:
            raise _invalid(
                f"NARUTALK_{name.upper()}_URLS says where the instances are, and --scale {name}={count} "
                "starts others. Use one of the two."
            )


def _count(name: str, count: str) -> int:
    if name == ServiceName.MANAGER:
        raise _invalid(
            "The manager cannot be scaled: it keeps the running turns in its memory (docs/adr/0006)."
        )
    scalable = [service.name for service in SERVICES if service.name != ServiceName.MANAGER]
    if name not in scalable:
        raise _invalid(
            f"--scale wants SERVICE=COUNT with one of {', '.join(scalable)}, such as --scale document=2; "
            f"{name!r} is none of them."
        )
    if not count.isascii() or not count.isdigit() or not 1 <= int(count) <= MAX_INSTANCES:
        raise _invalid(f"--scale {name} wants a count from 1 to {MAX_INSTANCES}, not {count!r}.")
    return int(count)


def _invalid(message: str) -> ConfigurationError:
    return ConfigurationError(message, code="scale_invalid")
