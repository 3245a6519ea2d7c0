"""One thing remembered of a person, as the store keeps it."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field

from graph.memory.commands import Said
from graph.memory.preferences import PreferenceName
from narutalk.languages import Language, detect_language

MAX_TEXT_CHARS = 500
_NAMES = UUID("6f1a2c54-4b86-4f0e-9d57-0d1c2c4f7a11")
"""The namespace of the ids: nothing but memories is named in it."""


class Memory(BaseModel):
    """What the store keeps under a memory's id.

    Attributes:
        text: As the person said it.
        kind: ``preference`` when it is one of the stable ones, which each have a name.
        name: Of the preference.
        value: Of the preference, as `graph.memory.preferences` reads it from the text.
        language: Of the text.
        created_at: ISO 8601, in UTC.
        conversation_id: In which it was said.
        vector: Its embedding, half floats in base64; none when it is found by its words alone.
    """

    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARS)
    kind: str = Field(default="note", pattern="^(?:note|preference)$")
    name: PreferenceName | None = None
    value: str | None = Field(default=None, max_length=MAX_TEXT_CHARS)
    language: Language = Language.EN
    created_at: str = ""
    conversation_id: str = ""
    vector: str | None = None

    def key(self) -> str:
        """Return the memory's id: that of its words, so that the same is not kept twice."""
        words = "".join(character if character.isalnum() else " " for character in self.text.casefold())
        return str(uuid5(_NAMES, " ".join(words.split()) or self.text))

    def direction(self) -> npt.NDArray[np.float32] | None:
        """Return the embedding, at unit length; None when there is none that can be read."""
        if not self.vector:
            return None
        try:
            halves = np.frombuffer(base64.b64decode(self.vector, validate=True), dtype="<f2")
        except (binascii.Error, ValueError):
            return None
        size = float(np.linalg.norm(halves.astype(np.float32)))
        return halves.astype(np.float32) / size if size else None


def new_memory(said: Said, *, conversation_id: str, vector: Sequence[float] | None) -> Memory:
    """Return what is kept of a thing to remember, from now on."""
    return Memory(
        text=said.text[:MAX_TEXT_CHARS].strip(),
        kind="preference" if said.name else "note",
        name=said.name,
        value=said.value,
        language=detect_language(said.text),
        created_at=datetime.now(UTC).isoformat(),
        conversation_id=conversation_id,
        vector=packed(vector) if vector is not None else None,
    )


def packed(vector: Sequence[float]) -> str:
    """Return an embedding as `Memory.vector` holds it."""
    return base64.b64encode(np.asarray(vector, dtype="<f2").tobytes()).decode()


def preferences_of(known: Mapping[str, Memory]) -> dict[PreferenceName, str]:
    """Return the values of the preferences; the one that was kept last where there are two."""
    found = sorted(known.values(), key=lambda memory: memory.created_at)
    return {memory.name: memory.value for memory in found if memory.name and memory.value}
