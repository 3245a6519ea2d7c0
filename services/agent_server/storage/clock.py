"""The database's own clock, which all instances share."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, type_coerce

from services.agent_server.storage.models import UtcDateTime

_SQLITE_FORMAT = "%Y-%m-%d %H:%M:%f000"
"""As SQLAlchemy writes times: with microseconds, of which SQLite knows the first three digits."""


def database_time(dialect: str, *, seconds: float = 0) -> ColumnElement[datetime]:
    """Return an expression for the present moment, or one before or after it.

    Not the transaction's start: a transaction may have waited for a lock.

    Args:
        dialect: ``sqlite`` or ``postgresql``.
        seconds: From now.
    """
    if dialect == "postgresql":
        return type_coerce(
            func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds), UtcDateTime
        )
    return type_coerce(func.strftime(_SQLITE_FORMAT, "now", f"{seconds:+.3f} seconds"), UtcDateTime)
