from collections.abc import Iterator

import pytest

from tests.company import Company, start_company


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """All processes, as `narutalk up` starts them on an empty data dir."""
    with start_company(tmp_path_factory.mktemp("company") / "data") as started:
        yield started
