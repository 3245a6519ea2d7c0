"""The config of a graph: what a client may say in it."""

from datetime import UTC, datetime
from typing import Any, cast

from narutalk.identity import Identity
from services.agent_server.assistants.catalog import Assistant
from services.agent_server.runs.graph_config import allowed, graph_config
from services.agent_server.runs.request import CheckpointPlace, RunConfig

IDENTITY = Identity(user_id="u", username="n")
ASSISTANT = Assistant("a-id", "g", cast(Any, None), cast(Any, None), datetime(2026, 1, 1, tzinfo=UTC))


def config_of(**given: Any) -> dict[str, Any]:
    checkpoint = given.pop("checkpoint", None)
    made = graph_config(
        assistant=ASSISTANT,
        identity=IDENTITY,
        thread_id="t",
        run_id="r",
        given=RunConfig(**given),
        checkpoint=checkpoint,
    )
    return cast(dict[str, Any], made)


def test_reserved_keys_are_the_servers() -> None:
    forged = {
        "thread_id": "x",
        "run_id": "x",
        "assistant_id": "x",
        "graph_id": "x",
        "user_id": "x",
        "langgraph_auth_user": "x",
        "langgraph_auth_user_id": "x",
        "langgraph_auth_permissions": ["x"],
        "__pregel_checkpointer": "x",
        "__pregel_resuming": True,
        "checkpoint_during": "x",
        "mine": 1,
    }
    configurable = config_of(configurable=forged)["configurable"]
    assert configurable == {
        "mine": 1,
        "langgraph_auth_user": IDENTITY,
        "langgraph_auth_user_id": "u",
        "assistant_id": "a-id",
        "graph_id": "g",
        "thread_id": "t",
        "run_id": "r",
    }
    assert allowed(forged) == {"mine": 1}


def test_metadata_says_what_ran() -> None:
    metadata = config_of(metadata={"run_id": "x", "mine": 1})["metadata"]
    assert metadata["mine"] == 1
    assert (metadata["run_id"], metadata["thread_id"], metadata["graph_id"]) == ("r", "t", "g")
    assert metadata["assistant_id"] == "a-id"


def test_a_checkpoint_is_taken_from_the_body_or_else_from_configurable() -> None:
    place = CheckpointPlace(checkpoint_id="c", checkpoint_ns="child:1")
    configurable = config_of(checkpoint=place)["configurable"]
    assert (configurable["checkpoint_id"], configurable["checkpoint_ns"]) == ("c", "child:1")
    configurable = config_of(configurable={"checkpoint_id": "c"})["configurable"]
    assert (configurable["checkpoint_id"], configurable["checkpoint_ns"]) == ("c", "")
    assert "checkpoint_id" not in config_of(checkpoint=CheckpointPlace(checkpoint_ns=""))["configurable"]


def test_limits_and_tags_pass() -> None:
    config = config_of(recursion_limit=7, tags=["x"])
    assert (config["recursion_limit"], config["tags"]) == (7, ["x"])
    assert "recursion_limit" not in config_of()
