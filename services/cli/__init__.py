"""The `narutalk` command: one module for each group of commands, put together here."""

from services.cli.application import app
from services.cli.company import manage, up
from services.cli.evaluate import evaluate

app.command()(up)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(manage)
app.add_typer(evaluate, name="eval")

__all__ = ["app"]
