"""A language model searches twice at once, then reads further: every number means one passage."""

import json
from typing import Any
from uuid import uuid4

import openai
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import SecretStr

from agents.document.graph import build_graph
from narutalk.embedding import PACKAGED_MODEL, build_embedder
from narutalk.identity import Identity
from narutalk.run_identity import run_config
from narutalk.settings import Settings
from services.document.resources import open_library
from tests.fakes.openai_server import Call, Say, running_openai
from tools.documents.library import DocumentLibrary
from tools.documents.store import DocumentStore, build_documents_engine, migrate_documents
from tools.documents.writing import NewDocument

ANNA = Identity(user_id="u-anna", username="anna")
TEXTS = {
    "leave": "# Annual leave\n\nEveryone gets 15 days of annual leave a year.",
    "badges": "# Parking badges\n\nThe front desk gives out parking badges for cars.",
}
SCRIPT = (
    Say(
        calls=(
            Call("search_documents", {"query": "How many days of annual leave do I get?"}),
            Call("search_documents", {"query": "Who gives out parking badges?"}),
        )
    ),
    Say(calls=(Call("read_document", {"document": "Annual leave"}),)),
    Say(text="Fifteen days."),
)


def _library(settings: Settings) -> DocumentLibrary:
    migrate_documents(settings)
    store = DocumentStore(build_documents_engine(settings))
    library = open_library(settings, build_embedder(PACKAGED_MODEL), store)
    for name, text in TEXTS.items():
        library.add(NewDocument(content=text.encode(), file_name=f"{name}.md"))
    library.refresh()
    return library


async def test_numbers_of_several_calls_follow_each_other(settings: Settings) -> None:
    config = run_config(ANNA)
    config["configurable"]["thread_id"] = str(uuid4())
    with running_openai(SCRIPT) as provider:
        async with openai.DefaultAsyncHttpxClient() as client:
            model = ChatOpenAI(
                model="fake-1",
                api_key=SecretStr("k"),
                base_url=provider.url,
                max_retries=0,
                timeout=5,
                http_async_client=client,
            )
            graph = build_graph(model, _library(settings), InMemorySaver())
            told = await graph.ainvoke(
                {"messages": [HumanMessage("How much leave?")]},
                RunnableConfig(**config),  # type: ignore[typeddict-item]
            )
        last: list[dict[str, Any]] = provider.asked[-1].messages

    results = [message for message in told["messages"] if isinstance(message, ToolMessage)]
    assert [result.name for result in results] == ["search_documents", "search_documents", "read_document"]
    numbers = [[citation["index"] for citation in result.artifact["citations"]] for result in results]
    flat = [number for found in numbers for number in found]
    assert all(numbers)
    assert len(set(flat)) == len(flat), numbers
    assert flat == sorted(flat)
    for result, found in zip(results, numbers, strict=True):
        assert all(f"[{number}]" in result.text for number in found)
    assert f"[{numbers[2][0]}]" in json.dumps(last)
