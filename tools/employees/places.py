"""Departments and regions as people write them, turned into the company's own."""

from collections.abc import Sequence

from narutalk.errors import RetryWithFix
from narutalk.languages import Language
from tools.employees.directory import Directory, Filters
from tools.employees.models import Position
from tools.employees.records import Place
from tools.employees.results.scope import Scope
from tools.name_search import name_key

_KINDS_KO = {"department": "부서", "region": "지역"}
_MISSING_KO = {"department": " 부서는", "region": " 지역은"}


def resolve_scope(
    directory: Directory,
    *,
    department: str | None = None,
    region: str | None = None,
    position: Position | None = None,
) -> Scope:
    """Return the department, region and position that a question names.

    Raises:
        RetryWithFix: There is no such department or region; the message lists those there are.
    """
    return Scope(
        department=resolve_place(department, directory.departments(), "department") if department else None,
        region=resolve_place(region, directory.regions(), "region") if region else None,
        position=position,
    )


def resolve_place(asked: str, places: Sequence[Place], kind: str) -> Place:
    """Return the place that a name or code means.

    Args:
        asked: A code, or a name in either language, with or without its last syllable ("부").
        places: Those there are.
        kind: "department" or "region", for the message.

    Raises:
        RetryWithFix: None of them.
    """
    key = name_key(asked)
    for place in places:
        korean = name_key(place.name_ko)
        if key in (place.code.casefold(), name_key(place.name_en), korean, korean.removesuffix("부")):
            return place
    known = ", ".join(f"{place.name_en} ({place.name_ko})" for place in places)
    english = f"There is no {kind} “{asked}”. There are: {known}."
    korean = f"“{asked}”{_MISSING_KO[kind]} 없습니다. 있는 {_KINDS_KO[kind]}: {known}."
    raise RetryWithFix(
        f"{english}\n{korean}",
        details={kind: asked, Language.EN.value: english, Language.KO.value: korean},
    )


def filters_of(scope: Scope, *, current: bool = False) -> Filters:
    """Return a scope as filters of a query."""
    return Filters(
        department=scope.department.code if scope.department else None,
        region=scope.region.code if scope.region else None,
        position=scope.position,
        current=current,
    )
