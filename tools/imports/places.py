"""Departments and regions as files name them: by code, or by either name."""

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Table, select

from tools.imports.problems import Fault
from tools.imports.values import folded

MAX_CODE_CHARS = 8
MAX_NAME_CHARS = 80
MAX_SHOWN = 12
_LETTERS = re.compile(r"[^A-Z]")


class Places:
    """The departments, or the regions, of one database.

    Args:
        table: With the columns ``code``, ``name_en`` and ``name_ko``.
        code: Of the fault when a place is not known.
        connection: To read them.
        create: Make those that are not known.
    """

    def __init__(self, table: Table, code: str, connection: Connection, *, create: bool) -> None:
        self.table = table
        self.new: list[dict[str, Any]] = []
        self._fault = code
        self._create = create
        rows = connection.execute(select(table.c.code, table.c.name_en, table.c.name_ko)).all()
        self._codes = {row.code for row in rows}
        self._known = [row.name_en for row in rows]
        self._by_name = {
            folded(name): row.code for row in rows for name in (row.name_en, row.name_ko, row.code)
        }

    def code(self, name: str) -> str:
        """Return the code of a place.

        Raises:
            Fault: It is not known, and is not made.
        """
        found = self._by_name.get(folded(name))
        if found is not None:
            return str(found)
        if not self._create or not folded(name):
            raise Fault(self._fault, known=_shown(self._known))
        if len(name) > MAX_NAME_CHARS:
            raise Fault("text_too_long", limit=MAX_NAME_CHARS)
        return self._make(name)

    def _make(self, name: str) -> str:
        code = self._free_code(name)
        self._codes.add(code)
        self._by_name[folded(name)] = code
        self.new.append({"code": code, "name_en": name, "name_ko": name})
        return code

    def _free_code(self, name: str) -> str:
        letters = _LETTERS.sub("", name.upper())[:3] or "P"
        if letters not in self._codes and len(letters) == 3:
            return letters
        return next(code for code in _numbered(letters) if code not in self._codes)


def _numbered(letters: str) -> Iterable[str]:
    return (f"{letters}{number}" for number in range(1, 10 ** (MAX_CODE_CHARS - len(letters))))


def _shown(names: list[str]) -> str:
    more = [f"… (+{len(names) - MAX_SHOWN})"] if len(names) > MAX_SHOWN else []
    return ", ".join([*sorted(names)[:MAX_SHOWN], *more])
