from collections.abc import Iterator

import pytest
from langchain_core.tools import BaseTool

from narutalk.identity import Identity
from narutalk.settings import load_settings
from tests.unit.tools.clients.sample import TINY, Opened, open_company, open_filled
from tools.clients.models import Client, ClientRegion, Contract, Product, Transaction
from tools.clients.store import ClientStore
from tools.clients.tools import build_client_tools
from tools.sample_company.generate import SampleData, generate


@pytest.fixture(scope="session")
def sample_data() -> SampleData:
    return generate()


@pytest.fixture(scope="session")
def sample_company(tmp_path_factory: pytest.TempPathFactory, sample_data: SampleData) -> Iterator[Opened]:
    """The clients of the sample company."""
    settings = load_settings(data_dir=tmp_path_factory.mktemp("sample"), _env_file=None)
    tables = {
        ClientRegion: sample_data.regions,
        Client: sample_data.clients,
        Contract: sample_data.contracts,
        Product: sample_data.products,
        Transaction: sample_data.transactions,
    }
    with open_company(settings, tables) as opened:
        yield opened


@pytest.fixture(scope="session")
def sample_store(sample_company: Opened) -> ClientStore:
    return sample_company.store


@pytest.fixture(scope="session")
def sample_tools(sample_company: Opened) -> list[BaseTool]:
    return build_client_tools(*sample_company)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClientStore]:
    """Four clients, four contracts, seven transactions."""
    with open_filled(load_settings(data_dir=tmp_path_factory.mktemp("tiny"), _env_file=None), TINY) as store:
        yield store


@pytest.fixture(scope="session")
def someone() -> Identity:
    return Identity(user_id="u1", username="someone")
