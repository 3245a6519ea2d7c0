"""The report as one HTML file without scripts or anything to load."""

from html import escape

from tools.employees.reports.charts import svg
from tools.employees.reports.content import ReportContent, Table
from tools.fonts import register_fonts

_STYLE = """
:root{color-scheme:light}
body{font-family:Nanum,"NanumGothic","Noto Sans KR","Malgun Gothic",system-ui,sans-serif;color:#0f172a;
margin:2rem auto;max-width:46rem;padding:0 1rem;line-height:1.5}
h1{margin-bottom:0}h2{font-size:1.1rem;margin-top:2rem}
.subtitle,.made{color:#475569;margin:.2rem 0}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:1.5rem 0}
.figure{border:1px solid #e2e8f0;border-radius:.5rem;padding:.6rem .8rem}
.figure b{display:block;font-size:1.1rem}.figure span{color:#475569;font-size:.85rem}
figure{margin:1rem 0}svg{width:100%;height:auto}svg text{font-family:inherit!important}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{border-bottom:1px solid #e2e8f0;padding:.35rem .5rem;text-align:right}
th:first-child,td:first-child{text-align:left}
"""


def render_html(content: ReportContent) -> bytes:
    """Return the report as UTF-8 HTML."""
    register_fonts()
    figures = "".join(
        f'<div class="figure"><span>{escape(figure.label)}</span><b>{escape(figure.value)}</b></div>'
        for figure in content.figures
    )
    charts = "".join(f"<figure>{svg(chart)}</figure>" for chart in content.charts)
    tables = "".join(_table(table) for table in content.tables)
    page = f"""<!doctype html>
<html lang="{content.language.value}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(content.title)}</title><style>{_STYLE}</style></head>
<body><h1>{escape(content.title)}</h1>
<p class="subtitle">{escape(content.subtitle)}</p><p class="made">{escape(content.made)}</p>
<div class="figures">{figures}</div><p>{escape(content.summary)}</p>{charts}{tables}</body></html>
"""
    return page.encode()


def _table(table: Table) -> str:
    header = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.header)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.text_rows()
    )
    return (
        f"<h2>{escape(table.title)}</h2><table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>"
    )
