"""What is asked of the checkpointers' tables beyond LangGraph's interface, for each database.

Parameters are named: ``:thread_id``, ``:namespace``, ``:ids`` (a list), ``:thread_ids`` (a list), ``:limit``,
``:run_id``, ``:target``.
"""

from typing import NamedTuple


class Statements(NamedTuple):
    """The SQL of one database; what holds several statements is executed in their order.

    Attributes:
        beyond: The threads that have more checkpoints than a limit.
        rows: What decides whether a thread's checkpoints are kept, the newest of each namespace first.
        rows_of_run: Namespace and id of the checkpoints that a run made.
        delete: Checkpoints of a namespace, with their writes and the values that no other holds; those made
            from them have no parent afterwards.
        copy: All of a thread to another thread.
        size_of_checkpoints: Count and bytes.
        size_of_writes: Count and bytes.
        sizes_of_values: Channel, count and bytes; None where the checkpoints hold the values.
    """

    beyond: str
    rows: str
    rows_of_run: str
    delete: tuple[str, ...]
    copy: tuple[str, ...]
    size_of_checkpoints: str
    size_of_writes: str
    sizes_of_values: str | None


_ROWS = (
    "SELECT checkpoint_ns, checkpoint_id, parent_checkpoint_id, metadata FROM checkpoints"
    " WHERE thread_id = :thread_id ORDER BY checkpoint_ns, checkpoint_id DESC"
)
_ROWS_OF_RUN = (
    "SELECT checkpoint_ns, checkpoint_id FROM checkpoints"
    " WHERE thread_id = :thread_id AND metadata ->> 'run_id' = :run_id"
)

SQLITE = Statements(
    beyond=(
        "SELECT thread_id FROM checkpoints WHERE thread_id IN (SELECT value FROM json_each(:thread_ids))"
        " GROUP BY thread_id HAVING count(*) > :limit"
    ),
    rows=_ROWS,
    rows_of_run=_ROWS_OF_RUN,
    delete=(
        "DELETE FROM writes WHERE thread_id = :thread_id AND checkpoint_ns = :namespace"
        " AND checkpoint_id IN (SELECT value FROM json_each(:ids))",
        "DELETE FROM checkpoints WHERE thread_id = :thread_id AND checkpoint_ns = :namespace"
        " AND checkpoint_id IN (SELECT value FROM json_each(:ids))",
        "UPDATE checkpoints SET parent_checkpoint_id = NULL WHERE thread_id = :thread_id"
        " AND checkpoint_ns = :namespace AND parent_checkpoint_id IN (SELECT value FROM json_each(:ids))",
    ),
    copy=(
        "INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type,"
        " checkpoint, metadata) SELECT :target, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type,"
        " checkpoint, CAST(json_set(CAST(metadata AS TEXT), '$.thread_id', :target) AS BLOB)"
        " FROM checkpoints WHERE thread_id = :thread_id",
        "INSERT INTO writes (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type,"
        " value) SELECT :target, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, value"
        " FROM writes WHERE thread_id = :thread_id",
    ),
    size_of_checkpoints=(
        "SELECT count(*), coalesce(sum(length(checkpoint) + length(metadata)), 0) FROM checkpoints"
        " WHERE thread_id = :thread_id"
    ),
    size_of_writes=(
        "SELECT count(*), coalesce(sum(length(value)), 0) FROM writes WHERE thread_id = :thread_id"
    ),
    sizes_of_values=None,
)

POSTGRESQL = Statements(
    beyond=(
        "SELECT thread_id FROM checkpoints WHERE thread_id = ANY(:thread_ids)"
        " GROUP BY thread_id HAVING count(*) > :limit"
    ),
    rows=_ROWS,
    rows_of_run=_ROWS_OF_RUN,
    delete=(
        "DELETE FROM checkpoint_writes WHERE thread_id = :thread_id AND checkpoint_ns = :namespace"
        " AND checkpoint_id = ANY(:ids)",
        """
        DELETE FROM checkpoint_blobs AS blobs USING (
            SELECT entry.key AS channel, entry.value AS version
            FROM checkpoints, jsonb_each_text(checkpoint -> 'channel_versions') AS entry
            WHERE thread_id = :thread_id AND checkpoint_ns = :namespace AND checkpoint_id = ANY(:ids)
            EXCEPT
            SELECT entry.key, entry.value
            FROM checkpoints, jsonb_each_text(checkpoint -> 'channel_versions') AS entry
            WHERE thread_id = :thread_id AND checkpoint_ns = :namespace AND checkpoint_id <> ALL(:ids)
        ) AS unused
        WHERE blobs.thread_id = :thread_id AND blobs.checkpoint_ns = :namespace
            AND blobs.channel = unused.channel AND blobs.version = unused.version
        """,
        "DELETE FROM checkpoints WHERE thread_id = :thread_id AND checkpoint_ns = :namespace"
        " AND checkpoint_id = ANY(:ids)",
        "UPDATE checkpoints SET parent_checkpoint_id = NULL WHERE thread_id = :thread_id"
        " AND checkpoint_ns = :namespace AND parent_checkpoint_id = ANY(:ids)",
    ),
    copy=(
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",  # all three of one moment
        "INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)"
        " SELECT :target, checkpoint_ns, channel, version, type, blob"
        " FROM checkpoint_blobs WHERE thread_id = :thread_id",
        "INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type,"
        " checkpoint, metadata) SELECT :target, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type,"
        " checkpoint, metadata || jsonb_build_object('thread_id', CAST(:target AS text))"
        " FROM checkpoints WHERE thread_id = :thread_id",
        "INSERT INTO checkpoint_writes (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx,"
        " channel, type, blob) SELECT :target, checkpoint_ns, checkpoint_id, task_id, task_path, idx,"
        " channel, type, blob FROM checkpoint_writes WHERE thread_id = :thread_id",
    ),
    size_of_checkpoints=(
        "SELECT count(*), coalesce(sum(octet_length(CAST(checkpoint AS text))"
        " + octet_length(CAST(metadata AS text))), 0) FROM checkpoints WHERE thread_id = :thread_id"
    ),
    size_of_writes=(
        "SELECT count(*), coalesce(sum(octet_length(blob)), 0) FROM checkpoint_writes"
        " WHERE thread_id = :thread_id"
    ),
    sizes_of_values=(
        "SELECT channel, count(*), coalesce(sum(octet_length(blob)), 0) FROM checkpoint_blobs"
        " WHERE thread_id = :thread_id GROUP BY channel ORDER BY channel"
    ),
)
