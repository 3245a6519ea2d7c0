"""What requests name, turned into the company's own people and places; and refusals into answers."""

from collections.abc import Iterator
from contextlib import contextmanager

from narutalk.errors import Forbidden, InvalidInput, NotFound, RetryWithFix, TellTheModel
from tools.employees.analysis import Subject
from tools.employees.models import Position
from tools.employees.places import resolve_scope
from tools.employees.records import Person
from tools.employees.results.scope import Scope
from tools.employees.store import EmployeeStore


@contextmanager
def tool_errors_as_http() -> Iterator[None]:
    """Turn a refusal of the tools into 403, and an argument that they do not understand into 422."""
    try:
        yield
    except RetryWithFix as error:
        raise InvalidInput(error.message, details=error.details) from error
    except TellTheModel as error:
        raise Forbidden(error.details.get("en", error.message), details=error.details) from error


def find_person(store: EmployeeStore, employee_id: str) -> Person:
    """Return an employee by id.

    Raises:
        NotFound: ``employee_not_found``.
    """
    person = store.directory.get(store.directory.ids().meant(employee_id) or employee_id)
    if person is None:
        raise NotFound("employee", details={"employee_id": employee_id})
    return person


def find_manager(store: EmployeeStore, text: str | None) -> str | None:
    """Return the id of the person that a name or id means.

    Raises:
        InvalidInput: Nobody, or several people, can be meant; the message lists those.
    """
    if text is None:
        return None
    try:
        return store.directory.one(text).id
    except (RetryWithFix, TellTheModel) as error:
        raise InvalidInput(error.message, details=error.details) from error


def find_scope(
    store: EmployeeStore, department: str | None, region: str | None, position: Position | None = None
) -> Scope:
    """Return what a department's and a region's name or code mean.

    Raises:
        InvalidInput: There is no such department or region; the message lists those there are.
    """
    with tool_errors_as_http():
        return resolve_scope(store.directory, department=department, region=region, position=position)


def find_subject(
    store: EmployeeStore, employee_id: str | None, department: str | None, region: str | None
) -> Subject:
    """Return whom a request is about."""
    if employee_id:
        return Subject(person=find_person(store, employee_id))
    return Subject(scope=find_scope(store, department, region))
