"""Tiny datasets for tests of evaluations."""

import json
from pathlib import Path
from typing import Any

HEADER: dict[str, Any] = {"name": "tiny", "target": "route", "latency_budget_seconds": 5.0}


def example(number: int, **changes: Any) -> dict[str, Any]:
    """A valid example; odd ones are Korean."""
    return {
        "id": f"tiny-{number}",
        "language": "ko" if number % 2 else "en",
        "inputs": {"message": f"question {number}"},
        "reference": {"agents": ["document"]},
        "tags": ["small"],
        **changes,
    }


def write_dataset(path: Path, *lines: Any) -> Path:
    """Write lines: texts as they are, the rest as JSON."""
    path.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines),
        encoding="utf-8",
    )
    return path
