"""The `narutalk` command: one module for each group of commands, put together here."""

from services.cli.application import app
from services.cli.company import manage, up
from services.cli.prepare import prepare
from services.cli.secrets import print_secrets

app.command()(up)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(manage)
app.command()(prepare)
app.command("secrets")(print_secrets)

__all__ = ["app"]
