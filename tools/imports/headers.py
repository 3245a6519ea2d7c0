"""Which column of a file is which field: by name in English or Korean, or as somebody says."""

from collections.abc import Mapping, Sequence

from narutalk.errors import InvalidInput
from tools.imports.kinds import Field, Kind
from tools.imports.problems import unreadable
from tools.imports.values import folded


def match_columns(kind: Kind, header: Sequence[str], said: Mapping[str, str]) -> dict[str, int]:
    """Return the place of each field's column in the file.

    Args:
        kind: What is imported.
        header: The file's columns.
        said: By a file's column the field that it is; an empty field leaves the column out. It goes before
            what the names say.

    Raises:
        InvalidInput: ``column_unknown`` (the file has no such column), ``field_unknown``,
            ``column_ambiguous`` (two columns are the same field; with what the others were taken for).
    """
    places: dict[str, int] = {}
    clashes: list[tuple[str, int]] = []

    def take(field: str, place: int) -> None:
        if field in places:
            clashes.append((field, place))
        else:
            places[field] = place

    by_hand: set[int] = set()
    for column, field in said.items():
        place = _place(header, column)
        by_hand.add(place)
        if field:
            take(kind.field(field).name, place)
    for place, column in enumerate(header):
        found = None if place in by_hand else kind.by_header.get(folded(column))
        if found is not None and not _is_by_hand(places, found, by_hand):
            take(found.name, place)
    if clashes:
        raise _ambiguous(*clashes[0], places, header)
    return places


def require_columns(
    kind: Kind, places: Mapping[str, int], constants: Mapping[str, str], header: Sequence[str]
) -> None:
    """Refuse a file without the columns that every row needs and no constant stands for.

    Raises:
        InvalidInput: ``columns_missing``, with their names and what the others were taken for.
    """
    missing = [f for f in kind.fields if f.required and f.name not in places and f.name not in constants]
    if missing:
        english = ", ".join(f"{field.name} ({field.headers_en[0]})" for field in missing)
        korean = ", ".join(f"{field.name} ({field.headers_ko[0]})" for field in missing)
        raise unreadable(
            "columns_missing",
            f"The file has no column for: {english}.",
            f"다음 열이 없습니다: {korean}.",
            missing=[field.name for field in missing],
            columns=list(header),
            mapping=_named(places, header),
        )


def _is_by_hand(places: Mapping[str, int], field: Field, by_hand: set[int]) -> bool:
    return field.name in places and places[field.name] in by_hand


def _place(header: Sequence[str], column: str) -> int:
    wanted = folded(column)
    found = [place for place, name in enumerate(header) if name == column.strip()] or [
        place for place, name in enumerate(header) if wanted and folded(name) == wanted
    ]
    if len(found) != 1:
        raise unreadable(
            "column_unknown",
            f"The file has no column '{column}', or several.",
            f"파일에 '{column}' 열이 없거나 여러 개입니다.",
            columns=list(header),
        )
    return found[0]


def _ambiguous(field: str, place: int, places: Mapping[str, int], header: Sequence[str]) -> InvalidInput:
    first, second = header[places[field]], header[place]
    return unreadable(
        "column_ambiguous",
        f"The columns '{first}' and '{second}' are both '{field}'; say which one is.",
        f"'{first}' 열과 '{second}' 열이 모두 '{field}'입니다. 어느 열인지 지정해 주세요.",
        field=field,
        both=[first, second],
        columns=list(header),
        mapping=_named(places, header),
    )


def _named(places: Mapping[str, int], header: Sequence[str]) -> dict[str, str]:
    return {field: header[place] for field, place in places.items()}
