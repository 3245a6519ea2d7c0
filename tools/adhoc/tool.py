"""The tool with which analysts ask in SQL."""

import re
from collections.abc import Callable, Mapping, Sequence

from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from narutalk.errors import TellTheModel
from narutalk.events import Citation
from narutalk.identity import ANALYST_GROUP, Identity, Role
from narutalk.languages import Language
from narutalk.offline.hints import Found, OfflineHints
from tools.adhoc.checking import MAX_CHARACTERS, MAX_ROWS, check
from tools.adhoc.running import AdHocDatabase, Views, columns_of
from tools.tool import ToolResult, build_tool

SHOWN_ROWS = 20
_SQL = re.compile(r"\b(?:select|with)\b\s.+", re.IGNORECASE | re.DOTALL)
_PHRASES = {
    Language.EN: ("{sql}", "run {sql}", "execute {sql}", "run this query {sql}", "run the sql {sql}"),
    Language.KO: ("{sql}", "{sql} 실행해줘", "쿼리 실행 {sql}", "다음 쿼리를 실행해줘 {sql}", "SQL {sql}"),
}


class Source(BaseModel):
    """A database that can be asked, and its views for a caller."""

    model_config = {"arbitrary_types_allowed": True}

    name: str
    database: AdHocDatabase
    views: Callable[[Identity], Views]


class AskInSql(BaseModel):
    sql: str = Field(
        min_length=1,
        max_length=MAX_CHARACTERS,
        description="One SELECT in PostgreSQL's dialect over the views; no other statement.",
    )


class SqlRows(ToolResult):
    """The rows of an analyst's query."""

    columns: list[str]
    rows: list[list[str | None]]
    truncated: bool

    def to_markdown(self, language: Language) -> str:
        korean = language is Language.KO
        if not self.rows:
            return "결과가 없습니다." if korean else "No rows."
        shown = self.rows[:SHOWN_ROWS]
        lines = [_line(self.columns), _line(["---"] * len(self.columns)), *map(_line, shown)]
        count = f"{len(self.rows):,}{'+' if self.truncated else ''}"
        head = f"{count}행 중 {len(shown)}행입니다." if korean else f"{len(shown)} of {count} rows:"
        return "\n".join([head, "", *lines])


def require_analyst(identity: Identity) -> None:
    """Refuse who may not ask in SQL: for the group `analyst`, and administrators.

    Raises:
        TellTheModel: With the reason, in both languages.
    """
    if not identity.is_in_group(ANALYST_GROUP) and not identity.has_role(Role.ADMIN):
        english = "Only analysts may ask in SQL."
        korean = "SQL로 직접 조회할 수 있는 것은 분석가뿐입니다."
        raise TellTheModel(
            f"{english}\n{korean}",
            code="not_permitted",
            details={Language.EN.value: english, Language.KO.value: korean, "reason": "not_permitted"},
        )


def build_sql_tool(name: str, sources: Sequence[Source]) -> BaseTool:
    """Return a tool that answers one SELECT over the views of the sources, as the caller may see them.

    Args:
        name: Of the tool.
        sources: Databases; a query reads the views of one of them.
    """
    everyone = Identity(user_id="", username="", roles=frozenset({Role.ADMIN}))
    columns = {view: its for source in sources for view, its in columns_of(source.views(everyone)).items()}

    def run(identity: Identity, args: AskInSql) -> SqlRows:
        require_analyst(identity)
        checked = check(args.sql, frozenset(columns))
        for source in sources:
            views = source.views(identity)
            if checked.views <= views.keys():
                found = source.database.run(checked, views)
                citation = Citation(
                    kind="records",
                    title="Query",
                    source=f"{source.name} · {', '.join(sorted(checked.views))}",
                    detail=f"at most {MAX_ROWS} rows",
                )
                return SqlRows(**found._asdict(), citations=[citation])
        raise TellTheModel(
            "These views lie in different databases, which one query cannot join. "
            "서로 다른 데이터베이스의 뷰는 한 쿼리로 조회할 수 없습니다.",
            code="query_refused",
        )

    return build_tool(
        run,
        name=name,
        description="For analysts: any figure that no other tool gives, by one SELECT. "
        f"Views: {_told(columns)}.",
        args=AskInSql,
        hints=OfflineHints(phrases=_PHRASES, finders={"sql": find_sql}),
        requires=require_analyst,
    )


def find_sql(sentence: str) -> Found | None:
    """Find a SELECT in a sentence, up to its end."""
    match = _SQL.search(sentence)
    if match is None or not re.search(r"\bfrom\b", match[0], re.IGNORECASE):
        return None
    sql = re.sub(r"[\s?]*(?:실행(?:해\s*줘|해\s*주세요)?[.!?]?)?\s*$", "", match[0])
    return Found(sql, match.start(), match.end())


def _told(columns: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{name}({', '.join(its)})" for name, its in columns.items())


def _line(cells: Sequence[str | None]) -> str:
    told = ((cell or "").replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(told)} |"
