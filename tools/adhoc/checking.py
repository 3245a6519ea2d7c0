"""Lets through what is a single SELECT over known views, and nothing else.

Everything is decided on the parsed statement, by lists of what is allowed: kinds of nodes, functions, types
and names. What runs is written anew from the checked tree; nothing goes to the database as it was asked. Each
view becomes ``v_<name>`` and each of the statement's own CTEs ``q_<name>``: no name in it can reach a real
table, however scopes are nested.
"""

from typing import NamedTuple

import sqlglot
from sqlglot import exp

from narutalk.errors import RetryWithFix

MAX_CHARACTERS = 4_000
MAX_NODES = 600
MAX_ROWS = 200
VIEW_PREFIX, CTE_PREFIX = "v_", "q_"

_NODES: frozenset[type[exp.Expr]] = frozenset(
    {
        *(exp.Select, exp.Subquery, exp.Union, exp.Intersect, exp.Except, exp.With, exp.CTE, exp.Exists),
        *(exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit),
        *(
            exp.Offset,
            exp.Distinct,
            exp.Table,
            exp.TableAlias,
            exp.Column,
            exp.Identifier,
            exp.Star,
            exp.Alias,
        ),
        *(exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Tuple, exp.And, exp.Or, exp.Not, exp.Neg),
        *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between, exp.Like),
        *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Case, exp.If, exp.Cast, exp.DataType),
        *(exp.Window, exp.WindowSpec, exp.RowNumber, exp.Rank, exp.DenseRank),
        *(exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Round, exp.Abs, exp.Coalesce, exp.Nullif),
        *(exp.Lower, exp.Upper, exp.Length, exp.Substring),
    }
)
_TYPES = frozenset(
    (
        *(exp.DType.INT, exp.DType.BIGINT, exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.DECIMAL),
        *(exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.DATE),
    )
)


class CheckedQuery(NamedTuple):
    """A statement that may run.

    Attributes:
        tree: With the names of views and CTEs replaced.
        views: That it reads.
    """

    tree: exp.Query
    views: frozenset[str]


def check(sql: str, views: frozenset[str]) -> CheckedQuery:
    """Return a statement that reads known views only.

    Args:
        sql: As a person or a model wrote it, in PostgreSQL's dialect.
        views: The names there are.

    Raises:
        RetryWithFix: It is anything else; the message says what is wrong.
    """
    tree = _parsed(sql)
    nodes = list(tree.walk())
    if len(nodes) > MAX_NODES:
        raise _refused("it is too long")
    for node in nodes:
        _check_node(node)
    read = _rename(tree, views)
    return CheckedQuery(_limited(tree), read)


def _parsed(sql: str) -> exp.Query:
    if len(sql) > MAX_CHARACTERS:
        raise _refused(f"it has more than {MAX_CHARACTERS} characters")
    try:
        statements = sqlglot.parse(sql, read="postgres")
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        raise _refused("it cannot be read as SQL") from error
    if len(statements) != 1:
        raise _refused("it has to be one statement")
    tree = statements[0]
    if not isinstance(tree, exp.Select | exp.Union | exp.Intersect | exp.Except):
        raise _refused("it has to be a SELECT")
    return tree


def _check_node(node: exp.Expr) -> None:
    if type(node) not in _NODES:
        raise _refused(f"{_called(node)} is not allowed")
    if isinstance(node, exp.DataType) and node.this not in _TYPES:
        raise _refused(f"the type {node.sql()} is not allowed")
    if isinstance(node, exp.With) and node.recursive:
        raise _refused("WITH RECURSIVE is not allowed")
    if isinstance(node, exp.Identifier):
        node.set("this", node.name.lower())
        node.set("quoted", True)


def _rename(tree: exp.Query, views: frozenset[str]) -> frozenset[str]:
    """Give views and CTEs the names that nothing real has; return the views that are read."""
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    if taken := own & views:
        raise _refused(f"{', '.join(sorted(taken))} is a view's name already")
    read = set()
    for table in tree.find_all(exp.Table):
        name = table.name
        if table.db or table.catalog or not isinstance(table.this, exp.Identifier):
            raise _refused("tables are named without a schema")
        if name not in own and name not in views:
            raise _refused(f"there is no {name!r}; there are {', '.join(sorted(views))}")
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
        prefix = CTE_PREFIX if name in own else VIEW_PREFIX
        table.set("this", exp.to_identifier(f"{prefix}{name}", quoted=True))
        if name in views:
            read.add(name)
    for cte in tree.find_all(exp.CTE):
        cte.args["alias"].set("this", exp.to_identifier(f"{CTE_PREFIX}{cte.alias}", quoted=True))
    if not read:
        raise _refused("it reads none of the views")
    return frozenset(read)


def _limited(tree: exp.Query) -> exp.Query:
    """Let a statement return one row more than `MAX_ROWS` at most."""
    limit = tree.args.get("limit")
    if limit is None:
        return tree.limit(MAX_ROWS + 1)
    wanted = limit.expression
    if not (isinstance(wanted, exp.Literal) and wanted.is_int):
        raise _refused("LIMIT takes a number")
    return tree.limit(min(int(wanted.name), MAX_ROWS + 1))


def _called(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return f"the function {node.name}"
    return type(node).__name__.upper()


def _refused(why: str) -> RetryWithFix:
    return RetryWithFix(
        f"This query cannot run: {why}. 이 쿼리는 실행할 수 없습니다.",
        code="query_refused",
        details={"why": why},
    )
