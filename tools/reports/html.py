"""The report as one HTML file without scripts or anything to load; fonts embedded."""

import re
from html import escape, unescape

from narutalk.languages import Language
from narutalk.sql_recording import RecordedQuery
from tools.fonts import register_fonts
from tools.fonts.web import font_faces
from tools.reports.charts import caption, svg
from tools.reports.content import Figure, Kind, ReportContent, Section, Table
from tools.reports.words import WORDS, contents_of, cover_facts

_STYLE = """
:root{color-scheme:light}
body{font-family:NanumGothic,"Noto Sans KR","Apple SD Gothic Neo","Malgun Gothic",system-ui,sans-serif;
color:#0f172a;margin:2rem auto;max-width:52rem;padding:0 1rem;line-height:1.5;word-break:keep-all;
overflow-wrap:anywhere}
header{border-bottom:3px solid #2563eb;padding-bottom:1.5rem;margin-bottom:2rem}
.company{color:#475569;margin:0}h1{margin:.3rem 0 1rem;line-height:1.25}
h2{font-size:1.3rem;margin-top:2.5rem;border-bottom:1px solid #e2e8f0}h3{font-size:1.05rem;margin-top:1.6rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;margin:0}
dt{color:#475569}dd{margin:0}
.rights,.note{color:#475569;font-size:.9rem}.rights{border-left:3px solid #cbd5e1;padding-left:.8rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:1rem 0}
.figure{border:1px solid #e2e8f0;border-radius:.5rem;padding:.6rem .8rem}
.figure b{display:block;font-size:1.1rem}.figure span{color:#475569;font-size:.85rem}
figure{margin:1rem 0}figcaption{font-weight:600;font-size:.9rem}
svg{width:100%;height:auto}svg text{font-family:inherit!important}
.box{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{border-bottom:1px solid #e2e8f0;padding:.35rem .5rem;text-align:left;vertical-align:top}
th.n,td.n{text-align:right;white-space:nowrap}
pre{font-family:inherit;white-space:pre-wrap;background:#f8fafc;padding:.6rem;font-size:.75rem}
@media print{section{break-inside:auto}tr,figure{break-inside:avoid}}
"""
_SET_BOLD = re.compile(r"<(h1|h2|h3|b|th|figcaption)\b[^>]*>(.*?)</\1>")


def render_html(content: ReportContent) -> bytes:
    """Return the report as UTF-8 HTML."""
    register_fonts()
    body = "".join(
        [
            _cover(content),
            *(_section(section, place, content.language) for place, section in enumerate(content.sections)),
            _appendix(content),
        ]
    )
    page = f"""<!doctype html>
<html lang="{content.language.value}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(content.title)}</title><style>{_fonts(body)}{_STYLE}</style></head>
<body>{body}</body></html>
"""
    return page.encode()


def _fonts(body: str) -> str:
    """Return the rules that embed the glyphs of a body."""
    bold = "".join(text for _element, text in _SET_BOLD.findall(body))
    return font_faces(unescape(body), unescape(bold))


def _cover(content: ReportContent) -> str:
    words = WORDS[content.language]
    facts = "".join(
        f"<dt>{escape(fact.label)}</dt><dd>{escape(fact.text(content.language))}</dd>"
        for fact in cover_facts(content)
    )
    rights = "".join(f"<p>{escape(line)}</p>" for line in content.draft.rights)
    entries = contents_of(content)
    anchors = [f"s{place}" for place in range(len(content.sections))] + ["appendix"]
    listed = "".join(
        f'<li><a href="#{anchor}">{escape(title)}</a></li>'
        for title, anchor in zip(entries, anchors, strict=False)
    )
    contents = f"<h2>{words.contents}</h2><ol>{listed}</ol>" if listed else ""
    return (
        f'<header><p class="company">{escape(content.company)}</p><h1>{escape(content.title)}</h1>'
        f"<dl>{facts}</dl><h3>{words.rights}</h3>"
        f'<div class="rights">{rights}</div>{contents}</header>'
    )


def _section(section: Section, place: int, language: Language) -> str:
    figures = "".join(_figure(figure, language) for figure in section.figures)
    parts = [f'<section id="s{place}"><h2>{escape(section.title)}</h2>']
    parts += [f"<p>{escape(section.text)}</p>"] if section.text else []
    parts += [f'<div class="figures">{figures}</div>'] if figures else []
    parts += [_table(table, language) for table in section.tables]
    parts += [f'<p class="note">{escape(note)}</p>' for note in section.notes]
    return "".join([*parts, "</section>"])


def _figure(figure: Figure, language: Language) -> str:
    value = escape(figure.text(language))
    return f'<div class="figure"><span>{escape(figure.label)}</span><b>{value}</b></div>'


def _table(table: Table, language: Language) -> str:
    classes = ["" if column.kind is Kind.TEXT else ' class="n"' for column in table.columns]
    header = "".join(
        f'<th scope="col"{css}>{escape(column.title)}</th>'
        for column, css in zip(table.columns, classes, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(f"<td{css}>{escape(cell)}</td>" for cell, css in zip(row, classes, strict=True))
        + "</tr>"
        for row in table.text_rows()
    )
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    return (
        f"<h3>{escape(table.title)}</h3>{_chart(table, language)}"
        f'<div class="box"><table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table></div>{note}'
    )


def _chart(table: Table, language: Language) -> str:
    chart = table.drawn
    if chart is None:
        return ""
    title = escape(caption(table, chart, language))
    label = escape(chart.title)
    caption_tag = f"<figcaption>{title}</figcaption>" if title else ""
    return f'<figure role="img" aria-label="{label}">{caption_tag}{svg(table, chart)}</figure>'


def _appendix(content: ReportContent) -> str:
    if not content.methods:
        return ""
    words = WORDS[content.language]
    parts = [f'<section id="appendix"><h2>{words.appendix}</h2>']
    for section in content.methods:
        parts.append(f"<h3>{escape(section.title)}</h3>")
        if section.method:
            parts.append(f"<p>{escape(section.method)}</p>")
        if section.queries:
            queries = "".join(_query(query, words.parameters) for query in section.queries)
            parts.append(f"<details><summary>{words.queries}</summary>{queries}</details>")
    return "".join([*parts, "</section>"])


def _query(query: RecordedQuery, label: str) -> str:
    values = f"\n{label}: {', '.join(query.parameters)}" if query.parameters else ""
    return f"<pre>{escape(query.sql + values)}</pre>"
