"""Where we differ from the reference server on purpose.

`docs/langgraph-api.md` shows this table; a test compares the two.
"""

import re
from typing import NamedTuple

from tests.contract.wire.comparison import Difference


class Intended(NamedTuple):
    """Differences with one reason.

    Attributes:
        said: What differs, for the reader.
        reason: Why.
        seen_in: The numbers of the recordings in which it occurs; in each of them it must.
        matches: `missing`, `added` or `other`, then where, as in `Difference`; a star stands for any text.
            Each must match a difference in one of the recordings.
    """

    said: str
    reason: str
    seen_in: tuple[int, ...]
    matches: tuple[str, ...]

    def covers(self, difference: Difference) -> bool:
        """Whether a difference is one of these."""
        return any(matches(pattern, difference) for pattern in self.matches)


def matches(pattern: str, difference: Difference) -> bool:
    """Whether a pattern of `Intended.matches` fits."""
    expression = ".*".join(map(re.escape, pattern.split("*")))
    return re.fullmatch(expression, f"{difference.what} {difference.where}") is not None


INTENDED = (
    Intended(
        "An error has `error` with a stable code, a message, details and the request's id, beside `detail`.",
        "Programs need a code that does not change with the wording; LangGraph clients read `detail`.",
        (7, 16, 18, 20, 50, 51, 84, 114),
        ("added $.error",),
    ),
    Intended(
        "`detail` of an error is worded otherwise, and without an id that is not there.",
        "One wording for what is absent and what is another's; a message names the field that is wrong.",
        (16, 20, 51, 84),
        ("other $.detail",),
    ),
    Intended(
        "A stream ends with `event: end`.",
        "A client tells the end from a cut connection, and RemoteGraph saves a request.",
        (25, 27, 29, 31, 33, 37, 41, 43, 46, 89, 98, 101, 107, 117),
        ("added events: end",),
    ),
    Intended(
        "Every event has an `id`, not only those of resumable runs.",
        "A connection that breaks can be taken up again, whatever was asked for.",
        (25, 27, 29, 31, 33, 37, 41, 43, 46, 89, 98, 101, 107),
        ("added events: id",),
    ),
    Intended(
        "`Location` of a run without a thread is under `/threads`.",
        "The reference names a path that it does not serve.",
        (46,),
        ("other location", "other content-location"),
    ),
    Intended(
        "The state of a thread that never ran has a checkpoint and `metadata: {}`.",
        "The SDK raises TypeError over the nulls of the reference.",
        (22,),
        ("other $.metadata", "other $.checkpoint"),
    ),
    Intended(
        "A thread always has `error` and `interrupts`; a copied one its values too.",
        "Clients need not tell a new thread from one that ran.",
        (15, 17, 21, 76, 77, 113),
        ("added *.error", "added *.interrupts", "added *.values", "added *.config.configurable"),
    ),
    Intended(
        "After an update of the state a thread keeps its values, and is `idle` when nothing is left to do.",
        "The reference forgets the messages and calls the thread interrupted.",
        (75, 77, 81),
        ("other *.status", "other *messages[]", "added *.values.note"),
    ),
    Intended(
        "Metadata does not name the API server's version, plan, host and address.",
        "We are another server, and an address inside is nobody's business.",
        (29, 31, 37, 41, 43, 62, 65, 70, 79, 80, 100, 123, 145),
        tuple(f"missing *.langgraph_{name}" for name in ("api_version", "plan", "host", "api_url"))
        + tuple(f"missing *[].langgraph_{name}" for name in ("api_version", "plan", "host", "api_url")),
    ),
    Intended(
        "A run's `kwargs` hold what the client asked for, without what the server adds to it.",
        "Identity and internals of the server are not the client's.",
        (79, 80, 111, 123, 145),
        (
            "missing *.kwargs.config.configurable.*",
            "missing *.kwargs.config.metadata.*",
            "added *.kwargs.config.*",
            "other *.kwargs.context",
            "missing *.langsmith_session_name",
        ),
    ),
    Intended(
        "A run is started at once: the answer says `running` where its thread is free.",
        "The reference starts it at its next poll.",
        (111,),
        ("other $.status",),
    ),
    Intended(
        "A run's metadata names its own graph.",
        "The reference shows the graph of the thread's first run.",
        (145,),
        ("other $[].metadata.graph_id",),
    ),
    Intended(
        "The config in a debug event holds the caller's id, and no times, permissions or request id.",
        "Identity comes from the token; the rest is the reference's own book-keeping.",
        (41,),
        (
            "missing debug: *config.configurable.*",
            "other debug: *config.configurable.langgraph_auth_user_id",
        ),
    ),
    Intended(
        "A checkpoint's metadata holds the caller's id under `langgraph_auth_user_id` only, and no thread or "
        "request id; one that was written by hand names the assistant too.",
        "The checkpoint says which thread it is of; the others serve the reference's own logs.",
        (62, 65, 70, 100),
        (
            "missing *.metadata.user_id",
            "missing *.metadata.thread_id",
            "missing *.metadata.langgraph_request_id",
            "other *.metadata.langgraph_auth_user_id",
            "added $[].metadata.created_by",
            "added $[].metadata.assistant_id",
            "added $[].metadata.langgraph_auth_user_id",
        ),
    ),
    Intended(
        "`lc_versions` names `langchain` too.",
        "It is installed here.",
        (29, 31, 43),
        ("added *.lc_versions.langchain",),
    ),
    Intended(
        "A node of a drawn graph also says which class it is of.",
        "It is what langgraph's own `to_json` gives; clients read `name`.",
        (9,),
        ("added $.nodes[].data.id",),
    ),
    Intended(
        "The state's schema has no defaults, and is titled by its class.",
        "It is made from the state's type, where nothing has a default.",
        (13,),
        ("missing $.state_schema.properties.*.default", "other $.state_schema.title"),
    ),
    Intended(
        "`/info` has no flags and ids of the reference's cloud; it says that `strict_resume` is understood.",
        "There is no cloud here; a client can see whether a resume may be checked.",
        (2,),
        (
            "added $.flags.strict_resume",
            "missing $.flags.langsmith_tracing_replicas",
            "missing $.flags.langsmith_tracing_session_on_runs",
            "missing $.host.host_revision_id",
            "missing $.host.tenant_id",
        ),
    ),
    Intended(
        "A list of runs tells in `x-pagination-total` how many there are.",
        "Every list does.",
        (79, 145),
        ("added x-pagination-total",),
    ),
    Intended(
        "An empty answer to a change of the store names a content type.",
        "FastAPI does; there is nothing to be read by it.",
        (155,),
        ("added content-type",),
    ),
    Intended(
        "A cancellation that is waited for answers without `Location`.",
        "The run has ended: there is nothing to join.",
        (122,),
        ("missing location", "missing content-location"),
    ),
    Intended(
        "`seq` of the event protocol starts high and has gaps.",
        "It counts over all runs of a thread and all instances, and what was not asked for has numbers too.",
        (162, 165, 169),
        ("other *: $.seq",),
    ),
    Intended(
        "An event's `event_id` is made of its run's id.",
        "Any instance gives the same event the same id.",
        (162, 165, 169),
        ("other *: $.event_id",),
    ),
    Intended(
        "Updates, checkpoints, tasks and custom events are sent where their channels are asked for.",
        "The reference leaves them out.",
        (162,),
        tuple(f"added events: {channel}" for channel in ("updates", "checkpoints", "tasks", "custom")),
    ),
    Intended(
        "Events of a message name the node, the model's run and the message.",
        "The protocol's types have them, and a client needs not remember where a message began.",
        (162,),
        (
            "added messages: $.params.node",
            "added messages: $.params.data.run_id",
            "added messages: $.params.data.message_id",
        ),
    ),
    Intended(
        "A request for input has its value under `value` too.",
        "The protocol's types call it so.",
        (165,),
        ("added input.requested: $.params.data.value",),
    ),
    Intended(
        "The last values of a run come before its last state, `interrupted`.",
        "After it a client does not look for more of the run.",
        (165,),
        ("added events: values", "missing events: values"),
    ),
)
