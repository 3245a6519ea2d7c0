"""The `narutalk` command: one module for each group of commands, put together here."""

from services.cli.application import app
from services.cli.company import manage, up
from services.cli.evaluate import evaluate
from services.cli.imports import import_file
from services.cli.index import index
from services.cli.keys import key, token
from services.cli.prepare import prepare
from services.cli.secrets import print_secrets
from services.cli.serve import serve

app.command()(up)
app.command()(key)
app.command()(token)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(manage)
app.add_typer(evaluate, name="eval")
app.command()(index)
app.command()(prepare)
app.command("import")(import_file)
app.command()(serve)
app.command("secrets")(print_secrets)

__all__ = ["app"]
