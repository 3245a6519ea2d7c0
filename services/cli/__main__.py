"""`python -m services.cli` is `narutalk`."""

from services.cli import app

app()
