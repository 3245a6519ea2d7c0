"""`docs/langgraph-api.md` says what is served, what is not, and what differs."""

from fastapi import FastAPI

from tests.contract.services.ownership import routes
from tests.contract.wire.page import ADDED, PAGE, endpoints, tables, with_tables


def test_the_page_has_the_tables_as_they_are() -> None:
    page = PAGE.read_text()
    for name in tables():
        assert f"<!-- {name} -->\n" in page
    assert page == with_tables(page), "run: python -m tests.contract.wire.page"


def test_every_endpoint_but_those_named_is_served(app: FastAPI) -> None:
    served = {f"{method} {path}" for method, path in routes(app)}
    promised = {one.name for one in endpoints() if one.is_served}
    assert len(promised) == 60
    assert not promised - served
    assert served - promised == set(ADDED)
