"""A Chroma server in this process: several document services on one machine cannot share a folder."""

import os
from pathlib import Path

import chromadb_rust_bindings


def serve_chroma(path: Path, *, host: str, port: int) -> None:
    """Serve the folder that an embedded Chroma would use, until SIGTERM.

    The command line of the package is its only public way in; it is called without the package itself,
    which takes a second and 60 MB more to import.
    """
    os.environ.setdefault("RUST_LOG", "warn")  # it logs every request otherwise
    arguments = ["chroma", "run", "--path", str(path), "--host", host, "--port", str(port)]
    chromadb_rust_bindings.cli(arguments)
