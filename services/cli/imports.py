"""Importing the company's own data."""

import getpass
from collections.abc import Iterable
from contextlib import ExitStack
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from narutalk.errors import NaruTalkError
from services.cli.application import DataDir, command_settings

if TYPE_CHECKING:
    from tools.imports.importer import ImportOptions, ImportResult

DateOrder = Literal["ymd", "mdy", "dmy"]

EXIT_REFUSED = 1
EXIT_PROBLEMS = 2


def import_file(
    kind: Annotated[
        str,
        typer.Argument(
            help="employees, sales, targets, attendance, clients, contracts, products or transactions."
        ),
    ],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or XLSX.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="COLUMN=FIELD", help="Which field a column is; without a field it is left out."
        ),
    ] = None,
    constants: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="What every row says; {Column} stands for a cell."),
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Option("--value", metavar="FIELD:WORD=MEANT", help="What a word of the file means in a field."),
    ] = None,
    rates: Annotated[
        list[str] | None,
        typer.Option("--rate", metavar="CURRENCY=RATE", help="Won for one unit of a foreign currency."),
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Of amounts that name none.")] = None,
    dates: Annotated[DateOrder, typer.Option(help="Of dates whose year is not in front.")] = "ymd",
    encoding: Annotated[str | None, typer.Option(help="Of a CSV file; found out when left out.")] = None,
    create_places: Annotated[
        bool, typer.Option("--create-places", help="Make departments and regions that are not known.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Import employees, clients or their figures from a file: all of it or nothing.

    Exits with 1 when the file cannot be read, and with 2 when something is wrong in its rows.
    """
    from tools.imports.importer import ImportOptions  # loads SQLAlchemy

    console = Console()
    options = ImportOptions(
        columns=dict(_pair(text, "--map") for text in columns or ()),
        constants=dict(_pair(text, "--set") for text in constants or ()),
        words=_words(words or ()),
        date_order=dates,
        currency=currency.upper() if currency else None,
        rates=_rates(rates or ()),
        encoding=encoding,
        create_places=create_places,
        dry_run=dry_run,
    )
    try:
        result = _run(kind, file, options, data_dir)
    except NaruTalkError as error:
        Console(stderr=True).print(f"[red]{escape(error.message)}[/red] ({error.code})", highlight=False)
        raise typer.Exit(EXIT_REFUSED) from error
    _print(console, result)
    if result.problem_count:
        raise typer.Exit(EXIT_PROBLEMS)


def _run(kind: str, file: Path, options: "ImportOptions", data_dir: Path | None) -> "ImportResult":
    from tools.clients.database import build_client_engine, build_transaction_engine, migrate_clients
    from tools.employees.database import build_employee_engine, migrate_employees
    from tools.imports.importer import Importer

    settings = command_settings(data_dir=data_dir)
    migrate_employees(settings)
    migrate_clients(settings)
    with ExitStack() as stack:
        employees = build_employee_engine(settings, read_only=False)
        stack.callback(employees.dispose)
        clients = build_client_engine(settings, read_only=False)
        stack.callback(clients.dispose)
        transactions = build_transaction_engine(settings, read_only=False)
        stack.callback(transactions.dispose)
        importer = Importer({"employees": employees, "clients": clients, "transactions": transactions})
        return importer.run(kind, file, options, file_name=file.name, by=getpass.getuser())


def _print(console: Console, result: "ImportResult") -> None:
    mapped = ", ".join(f"{column} → {field}" for field, column in result.mapping.items())
    console.print(f"Columns: {escape(mapped)}", highlight=False)
    if result.ignored:
        console.print(f"Not read: {escape(', '.join(result.ignored))}", highlight=False)
    if result.problems:
        table = Table("row", "column", "value", "code", "reason")
        for found in result.problems:
            reason = found.reason.en
            table.add_row(
                *(escape(text) for text in (str(found.row), found.column, found.value, found.code, reason))
            )
        console.print(table)
        more = result.problem_count - len(result.problems)
        if more:
            console.print(f"… and {more:,} more problems.", highlight=False)
    if result.created:
        console.print(f"New departments and regions: {escape(', '.join(result.created))}", highlight=False)
    console.print(_summary(result), highlight=False)


def _summary(result: "ImportResult") -> str:
    counts = f"{result.inserted:,} new, {result.updated:,} changed, {result.unchanged:,} as they were"
    if result.problem_count:
        return f"{result.problem_count:,} problems in {result.rows:,} rows; nothing was imported."
    if result.dry_run:
        return f"{result.rows:,} rows would be imported: {counts}."
    return f"{result.rows:,} rows imported: {counts}."


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise typer.BadParameter(f"'{text}' has no = between two parts.", param_hint=option)
    return name.strip(), value.strip()


def _words(given: Iterable[str]) -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = {}
    for text in given:
        field, colon, rest = text.partition(":")
        if not colon:
            raise typer.BadParameter(f"'{text}' names no field before a colon.", param_hint="--value")
        said, meant = _pair(rest, "--value")
        words.setdefault(field.strip(), {})[said] = meant
    return words


def _rates(given: Iterable[str]) -> dict[str, Decimal]:
    rates = {}
    for text in given:
        currency, rate = _pair(text, "--rate")
        try:
            rates[currency.upper()] = Decimal(rate)
        except InvalidOperation as error:
            raise typer.BadParameter(f"'{rate}' is no number.", param_hint="--rate") from error
        if not (rates[currency.upper()].is_finite() and rates[currency.upper()] > 0):
            raise typer.BadParameter(f"'{rate}' is not above 0.", param_hint="--rate")
    return rates
