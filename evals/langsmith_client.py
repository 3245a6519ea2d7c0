"""The LangSmith client of a run: one that opens no socket, or, when told to upload, a real one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from langsmith import Client
from langsmith.schemas import Example as LangSmithExample
from langsmith.utils import LangSmithError

from evals.examples import Dataset, Example
from narutalk.errors import ConfigurationError, UpstreamFailed
from narutalk.settings import Settings

UPLOAD_TIMEOUT_MS = 30_000
_OFFLINE_URL = "http://offline.invalid"
_NO_DATASET = UUID(int=0)


def offline_client() -> Client:
    """Return a client that makes run trees and sends nothing: no thread, no request, not even for `/info`."""
    return Client(
        api_url=_OFFLINE_URL,
        api_key="none",
        auto_batch_tracing=False,
        info={"version": "0.16.0"},
        tracing_sampling_rate=0.0,
    )


def upload_client(settings: Settings) -> Client:
    """Return a client of the LangSmith that the settings name.

    Raises:
        ConfigurationError: There is no API key.
    """
    if not settings.langsmith_api_key:
        raise ConfigurationError("Uploading to LangSmith needs LANGSMITH_API_KEY.")
    return Client(
        api_url=settings.langsmith_endpoint,
        api_key=settings.langsmith_api_key.get_secret_value(),
        timeout_ms=UPLOAD_TIMEOUT_MS,
    )


def local_examples(dataset: Dataset, examples: Sequence[Example]) -> list[LangSmithExample]:
    """Return examples in LangSmith's form; their ids are the same in every run of this version."""
    return [_example(dataset, example, _NO_DATASET) for example in examples]


def uploaded_examples(
    client: Client, dataset: Dataset, examples: Sequence[Example]
) -> list[LangSmithExample]:
    """Make sure that LangSmith has this version of the dataset; return its examples. Blocks."""
    name = f"narutalk-{dataset.name}-{dataset.digest}"
    if client.has_dataset(dataset_name=name):
        dataset_id = client.read_dataset(dataset_name=name).id
    else:
        dataset_id = client.create_dataset(name, description=dataset.header.description).id
        everything = [_example(dataset, example, dataset_id) for example in dataset.examples]
        client.create_examples(
            dataset_id=dataset_id,
            examples=[
                {
                    "id": one.id,
                    "inputs": one.inputs,
                    "reference_outputs": one.outputs,
                    "metadata": one.metadata,
                }
                for one in everything
            ],
        )
    return [_example(dataset, example, dataset_id) for example in examples]


@contextmanager
def langsmith_failures() -> Iterator[None]:
    """Turn what LangSmith answers into an error of ours: ``langsmith_failed``."""
    try:
        yield
    except LangSmithError as error:
        raise UpstreamFailed(f"LangSmith: {error}", code="langsmith_failed") from error


def _example(dataset: Dataset, example: Example, dataset_id: UUID) -> LangSmithExample:
    return LangSmithExample(
        id=uuid5(NAMESPACE_URL, f"narutalk:{dataset_id}:{dataset.digest}:{example.id}"),
        dataset_id=dataset_id,
        inputs=example.inputs.model_dump(mode="json"),
        outputs=example.reference.model_dump(mode="json"),
        metadata={"example_id": example.id, "language": example.language, "tags": list(example.tags)},
        created_at=datetime.fromtimestamp(0, tz=UTC),
    )
