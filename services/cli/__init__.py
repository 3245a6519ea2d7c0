"""The `narutalk` command: one module for each group of commands, put together here."""

from services.cli.application import app
from services.cli.company import manage, up

app.command()(up)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(manage)

__all__ = ["app"]
