"""Long-term memory as clients may reach it: each person's own part of the graphs' store."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from langgraph.store.base import BaseStore, Item, SearchItem

from narutalk.errors import InvalidInput, TooLarge
from narutalk.identity import Identity
from services.agent_server.access import own_namespace
from services.agent_server.runs.request import refused
from services.agent_server.storage.json_filter import UNCASTABLE

MAX_LABELS = 20
MAX_NAMESPACE_BYTES = 1_000
MAX_KEY_BYTES = 1_000
MAX_VALUE_BYTES = 1024 * 1024
FILTER_OPERATORS = frozenset({"$eq", "$ne", "$gt", "$gte", "$lt", "$lte"})
FILTER_KEY = re.compile(r"[A-Za-z0-9_-]+")


async def put_item(
    store: BaseStore,
    identity: Identity,
    namespace: Sequence[str],
    key: str,
    value: dict[str, Any],
    *,
    ttl_minutes: float | None,
) -> None:
    """Store or replace an item of the caller's.

    Raises:
        InvalidInput: ``namespace_invalid``, ``key_invalid`` or ``value_invalid``.
        TooLarge: ``value_too_large``: more than `MAX_VALUE_BYTES` as JSON.
    """
    _check_namespace("namespace", namespace, at_least=1)
    _check_key(key)
    if len(_json("value", value, "value_invalid")) > MAX_VALUE_BYTES:
        raise TooLarge(f"A value has at most {MAX_VALUE_BYTES} bytes.", code="value_too_large")
    await store.aput(own_namespace(identity, namespace), key, value, ttl=ttl_minutes)


async def get_item(
    store: BaseStore, identity: Identity, namespace: Sequence[str], key: str, *, refresh_ttl: bool | None
) -> dict[str, Any] | None:
    """Return an item of the caller's; None when there is none.

    Raises:
        InvalidInput: ``namespace_invalid`` or ``key_invalid``.
    """
    _check_namespace("namespace", namespace, at_least=1)
    _check_key(key)
    found = await store.aget(own_namespace(identity, namespace), key, refresh_ttl=refresh_ttl)
    return _item_to_wire(found) if found else None


async def delete_item(store: BaseStore, identity: Identity, namespace: Sequence[str], key: str) -> None:
    """Delete an item of the caller's; does nothing when there is none.

    Raises:
        InvalidInput: ``namespace_invalid`` or ``key_invalid``.
    """
    _check_namespace("namespace", namespace, at_least=1)
    _check_key(key)
    await store.adelete(own_namespace(identity, namespace), key)


async def search_items(
    store: BaseStore,
    identity: Identity,
    namespace_prefix: Sequence[str],
    *,
    wanted: dict[str, Any],
    limit: int,
    offset: int,
    refresh_ttl: bool | None,
) -> list[dict[str, Any]]:
    """Return the caller's items in a namespace and below it, the newest first.

    Args:
        store: Of the graphs.
        identity: Of the caller.
        namespace_prefix: Empty for all.
        wanted: Values by the keys of the item's value; or operators instead, such as ``{"$gt": 4}``.
        limit: At most so many.
        offset: Behind the first so many.
        refresh_ttl: Whether what is found lives on from now.

    Raises:
        InvalidInput: ``namespace_invalid`` or ``filter_invalid``.
    """
    _check_namespace("namespace_prefix", namespace_prefix)
    _check_filter(wanted)
    found = await store.asearch(
        own_namespace(identity, namespace_prefix),
        filter=wanted or None,
        limit=limit,
        offset=offset,
        refresh_ttl=refresh_ttl,
    )
    return [_item_to_wire(item) | {"score": item.score} for item in found]


async def list_namespaces(
    store: BaseStore,
    identity: Identity,
    *,
    prefix: Sequence[str],
    suffix: Sequence[str],
    max_depth: int | None,
    limit: int,
    offset: int,
) -> list[list[str]]:
    """Return the caller's namespaces that hold items; ``*`` in a prefix or suffix is any label.

    Raises:
        InvalidInput: ``namespace_invalid``.
    """
    _check_namespace("prefix", prefix)
    _check_namespace("suffix", suffix)
    found = await store.alist_namespaces(
        prefix=own_namespace(identity, prefix),
        suffix=tuple(suffix) or None,
        max_depth=None if max_depth is None else max_depth + 1,
        limit=limit,
        offset=offset,
    )
    return [list(namespace[1:]) for namespace in found]


def _item_to_wire(item: Item | SearchItem) -> dict[str, Any]:
    return {
        "namespace": list(item.namespace[1:]),
        "key": item.key,
        "value": item.value,
        "created_at": _in_utc(item.created_at),
        "updated_at": _in_utc(item.updated_at),
    }


def _in_utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)  # SQLite forgets the zone


def _check_namespace(field: str, namespace: Sequence[str], *, at_least: int = 0) -> None:
    if not at_least <= len(namespace) <= MAX_LABELS:
        raise refused(field, f"It has {at_least} to {MAX_LABELS} labels.", "namespace_invalid")
    for label in namespace:
        if not label or "." in label:
            raise refused(field, "A label is not empty and has no period.", "namespace_invalid")
    _check_text(field, "".join(namespace), MAX_NAMESPACE_BYTES, "namespace_invalid")


def _check_key(key: str) -> None:
    if not key:
        raise refused("key", "It is not empty.", "key_invalid")
    _check_text("key", key, MAX_KEY_BYTES, "key_invalid")


def _check_text(field: str, text: str, max_bytes: int, code: str) -> None:
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError as error:
        raise refused(field, "It holds half a character.", code) from error
    if "\0" in text or size_bytes > max_bytes:
        raise refused(field, f"It has at most {max_bytes} bytes, and no NUL.", code)


def _check_filter(wanted: dict[str, Any]) -> None:
    _json("filter", wanted, "filter_invalid")
    for key, value in wanted.items():
        if not FILTER_KEY.fullmatch(key):
            reason = "Keys are of letters, digits, underscores and hyphens."
            raise refused("filter", reason, "filter_invalid")
        unknown = set(value) - FILTER_OPERATORS if isinstance(value, dict) else ()
        if unknown or value == {}:
            reason = f"Instead of a value there may be {', '.join(sorted(FILTER_OPERATORS))}."
            raise refused("filter", reason, "filter_invalid")


def _json(field: str, value: Any, code: str) -> bytes:
    """Return a value as JSON that both databases can hold."""
    try:
        encoded = orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise refused(field, f"It cannot be stored: {error}.", code) from error
    if re.search(UNCASTABLE, encoded.decode(), re.IGNORECASE):
        raise InvalidInput(f"{field}: It holds characters that are not stored.", code=code)
    return encoded
