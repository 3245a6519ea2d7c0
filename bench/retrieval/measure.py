"""Quality and speed of searches in one run, with the product's own index."""

from pathlib import Path

from pydantic import BaseModel
from rich.console import Console

from bench.retrieval.manuals import cache_folder
from bench.retrieval.quality import QualityReport, measure_quality, show_quality
from bench.retrieval.speed import SpeedReport, measure_speed, show_speed
from narutalk.embedding import PACKAGED_MODEL, build_embedder


class RetrievalReport(BaseModel):
    """What was found, and how quickly."""

    quality: QualityReport
    speed: SpeedReport


def measure_retrieval(folder: Path, console: Console) -> RetrievalReport:
    """Measure both with the packaged model. Needs apt for two Debian packages, once."""
    embedder = build_embedder(PACKAGED_MODEL)
    embedder.load()
    cache = cache_folder()
    return RetrievalReport(
        quality=measure_quality(folder / "quality", cache, embedder, console),
        speed=measure_speed(folder / "speed", cache, embedder, console),
    )


def show_retrieval(report: RetrievalReport, console: Console) -> None:
    """Print the tables."""
    show_quality(report.quality, console)
    show_speed(report.speed, console)
