"""Which column of a file is which field: by name in English or Korean, or as somebody says."""

from collections.abc import Mapping, Sequence

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
            ``column_ambiguous`` (two columns are the same field).
    """
    places: dict[str, int] = {}
    by_hand: set[int] = set()
    for column, field in said.items():
        place = _place(header, column)
        by_hand.add(place)
        if field:
            _take(places, kind.field(field).name, place, header)
    for place, column in enumerate(header):
        found = None if place in by_hand else kind.by_header.get(folded(column))
        if found is not None and not _is_by_hand(places, found, by_hand):
            _take(places, found.name, place, header)
    return places


def require_columns(kind: Kind, given: Mapping[str, object], header: Sequence[str]) -> None:
    """Refuse a file without the columns that every row needs.

    Raises:
        InvalidInput: ``columns_missing``, with their names.
    """
    missing = [field for field in kind.fields if field.required and field.name not in given]
    if missing:
        english = ", ".join(f"{field.name} ({field.headers_en[0]})" for field in missing)
        korean = ", ".join(f"{field.name} ({field.headers_ko[0]})" for field in missing)
        raise unreadable(
            "columns_missing",
            f"The file has no column for: {english}.",
            f"다음 열이 없습니다: {korean}.",
            missing=[field.name for field in missing],
            columns=list(header),
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


def _take(places: dict[str, int], field: str, place: int, header: Sequence[str]) -> None:
    if field in places:
        first, second = header[places[field]], header[place]
        raise unreadable(
            "column_ambiguous",
            f"The columns '{first}' and '{second}' are both '{field}'; say which one is.",
            f"'{first}' 열과 '{second}' 열이 모두 '{field}'입니다. 어느 열인지 지정해 주세요.",
            field=field,
            columns=[first, second],
        )
    places[field] = place
