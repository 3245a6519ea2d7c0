"""Template filters for figures with units."""

from django import template

register = template.Library()

SECOND_MS = 1000
MEBIBYTE = 1024 * 1024
NOTHING = "–"


@register.filter
def duration(milliseconds: float | None) -> str:
    """Return 7.3 ms, 240 ms, 1.4 s; a dash for None."""
    if milliseconds is None:
        return NOTHING
    if milliseconds >= SECOND_MS:
        return f"{milliseconds / SECOND_MS:.1f} s"
    return f"{milliseconds:.1f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"


@register.filter
def percent(value: float | None) -> str:
    """Return 100 %, 99.8 %; a dash for None. Never rounded up to a hundred."""
    if value is None:
        return NOTHING
    return f"{value:.0f} %" if value in (0, 100) else f"{min(value, 99.9):.1f} %"


@register.filter
def rate(per_second: float) -> str:
    """Return a rate with two digits that say something."""
    return f"{per_second:.2f}" if per_second < 10 else f"{per_second:.0f}"


@register.filter
def megabytes(size_bytes: int | None) -> str:
    """Return 312 MB; a dash for None."""
    return NOTHING if size_bytes is None else f"{size_bytes / MEBIBYTE:.0f} MB"
