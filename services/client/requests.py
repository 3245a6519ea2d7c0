"""What requests name, turned into codes and periods of the company; and refusals into answers."""

from collections.abc import Iterator
from contextlib import contextmanager

from narutalk.errors import InvalidInput, RetryWithFix, TellTheModel
from narutalk.identity import Identity
from tools.clients.analyses import AnalysisType
from tools.clients.lookups import SOON
from tools.clients.scoping import DEFAULT_MONTHS, category_code, last_months
from tools.clients.store import ClientStore
from tools.periods import Period, resolve_period


@contextmanager
def tool_errors_as_http() -> Iterator[None]:
    """Turn names and periods that do not exist, or are not clear, into 422."""
    try:
        yield
    except (RetryWithFix, TellTheModel) as error:
        raise InvalidInput(error.message, details=error.details) from error


def find_period(store: ClientStore, text: str | None) -> Period | None:
    """Return the period that a text means; None without one.

    Raises:
        InvalidInput: It says no period.
    """
    with tool_errors_as_http():
        return resolve_period(text, store.today()) if text else None


def find_region(store: ClientStore, caller: Identity, text: str | None) -> str | None:
    """Return the code of a region told by name or code.

    Raises:
        InvalidInput: There is no such region; the message lists those there are.
    """
    with tool_errors_as_http():
        return store.catalogue(caller).region_code(text) if text else None


def find_product(store: ClientStore, caller: Identity, text: str | None) -> str | None:
    """Return the code of a product told by name or code.

    Raises:
        InvalidInput: There is no such product; the message lists those there are.
    """
    with tool_errors_as_http():
        return store.catalogue(caller).product_code(text) if text else None


def find_owner(store: ClientStore, caller: Identity, text: str | None, region_code: str | None) -> str | None:
    """Return the id of who looks after clients, told by name or id.

    Raises:
        InvalidInput: Nobody, or several people, can be meant.
    """
    with tool_errors_as_http():
        return store.catalogue(caller).owner(text, region_code).id if text else None


def find_category(text: str | None) -> str | None:
    """Return a product category told in either language.

    Raises:
        InvalidInput: There is no such category; the message lists those there are.
    """
    with tool_errors_as_http():
        return category_code(text) if text else None


def default_period(store: ClientStore, kind: AnalysisType) -> Period:
    """Return the period of an analysis that names none."""
    if kind is AnalysisType.CONTRACTS:
        return resolve_period(SOON, store.today())
    covered = store.covered()
    return last_months(covered.end if covered else store.today(), DEFAULT_MONTHS)
