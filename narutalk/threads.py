"""Ids of threads that follow from others, known to who runs them and to who deletes them."""

from uuid import UUID, uuid5


def agent_thread_id(conversation_id: str, agent: str) -> str:
    """Return the id of an agent's own thread in a conversation.

    A supervisor and an agent that shared one would wait for each other.
    """
    return str(uuid5(as_uuid(conversation_id), f"agent:{agent}"))


def as_uuid(text: str) -> UUID:
    """Return the UUID that a text is, or else one made from it."""
    try:
        return UUID(text)
    except ValueError:
        return uuid5(UUID(int=0), text)
