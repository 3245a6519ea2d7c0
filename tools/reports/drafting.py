"""How the sections of a report are put together, with the queries that they asked."""

from collections.abc import Callable
from dataclasses import replace

from narutalk.sql_recording import recorded_queries
from tools.reports.content import Section


def with_queries(build: Callable[[], Section]) -> Section:
    """Return a section with the SQL that was asked while it was built."""
    with recorded_queries() as queries:
        section = build()
    return replace(section, queries=tuple(queries))
