"""Charts as reportlab drawings: the same one goes into the PDF as vectors and, as SVG, into the HTML."""

from reportlab.graphics import renderSVG
from reportlab.graphics.charts.barcharts import HorizontalBarChart, VerticalBarChart
from reportlab.graphics.charts.linecharts import HorizontalLineChart
from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth

from narutalk.languages import Language
from tools.fonts import REGULAR, showable
from tools.reports.content import Cell, Chart, Kind, Table
from tools.reports.words import WORDS

Plot = HorizontalBarChart | VerticalBarChart | HorizontalLineChart

WIDTH_POINTS = 480
HEIGHT_POINTS = 190
BAR_POINTS = 20
LEGEND_POINTS = 22
LABEL_SIZE = 7.5
MAX_NAME_POINTS = 150
MAX_SLANTED_POINTS = 70
MAX_LABELS = 18
SLANT_DEGREES = 35
MILLION = 1_000_000
SCALED_FROM = 10 * MILLION
SERIES_COLORS: tuple[Color, ...] = (
    HexColor("#2563eb"),
    HexColor("#94a3b8"),
    HexColor("#f59e0b"),
    HexColor("#0d9488"),
)
TEXT_COLOR, LINE_COLOR, GRID_COLOR = HexColor("#334155"), HexColor("#94a3b8"), HexColor("#e2e8f0")


def caption(table: Table, chart: Chart, language: Language) -> str:
    """Return what stands between a table's title and its chart; the unit alone where both are the same."""
    told = titled(table, chart, language)
    return told.removeprefix(table.title).strip() if chart.title == table.title else told


def titled(table: Table, chart: Chart, language: Language) -> str:
    """Return a chart's title with the unit of its values."""
    unit = _unit(table, chart, language)
    return f"{chart.title} ({unit})" if unit else chart.title


def draw(table: Table, chart: Chart) -> Drawing:
    """Return the chart of a table, `WIDTH_POINTS` wide; the fonts must be registered."""
    names = [showable(str(row[0])) for row in table.drawn_rows]
    lying = chart.shape == "bars"
    height = max(90, LEGEND_POINTS + 30 + BAR_POINTS * len(names)) if lying else HEIGHT_POINTS
    drawing = Drawing(WIDTH_POINTS, height)
    plot = _plot(table, chart)
    shown = names if lying else _thinned(names)
    slanted = not lying and _are_wide(shown, WIDTH_POINTS - 60)
    limit = MAX_NAME_POINTS if lying else MAX_SLANTED_POINTS if slanted else WIDTH_POINTS
    labels = [shortened(name, limit, LABEL_SIZE) for name in shown]
    widest = max((stringWidth(label, REGULAR, LABEL_SIZE) for label in labels), default=0)
    left = round(widest) + 14 if lying else 54
    # A slanted first label reaches to the left of the plot as far as it reaches below it.
    bottom = 20 if not slanted else round(widest * 0.6) + 16
    plot.x, plot.y = left, bottom
    plot.width, plot.height = WIDTH_POINTS - left - 16, height - bottom - LEGEND_POINTS - 6
    scale = _scale(table, chart)
    plot.data = [[_scaled(row[place], scale) for row in table.drawn_rows] for place in chart.columns]
    _set_axes(plot, labels, table.columns[chart.columns[0]].kind)
    if slanted:
        plot.categoryAxis.labels.angle, plot.categoryAxis.labels.boxAnchor = SLANT_DEGREES, "ne"
    _set_colors(plot, len(chart.columns))
    drawing.add(plot)
    for shape in _legend([table.columns[place].title for place in chart.columns], height):
        drawing.add(shape)
    return drawing


def svg(table: Table, chart: Chart) -> str:
    """Return a chart as an `<svg>` element that scales."""
    text = renderSVG.drawToString(draw(table, chart))
    return str(text[text.index("<svg") :])


def shortened(text: str, points: float, size: float) -> str:
    """Return a text cut with an ellipsis where it is wider than a number of points."""
    if stringWidth(text, REGULAR, size) <= points:
        return text
    while text and stringWidth(f"{text}…", REGULAR, size) > points:
        text = text[:-1]
    return f"{text}…"


def axis_format(table: Table, chart: Chart) -> str:
    """Return the value axis's number format of a spreadsheet, which scales by itself."""
    kind = table.columns[chart.columns[0]].kind
    if kind in (Kind.SHARE, Kind.CHANGE):
        return "0%"
    return "#,##0,," if _scale(table, chart) == MILLION else "#,##0"


def _plot(table: Table, chart: Chart) -> Plot:
    if chart.shape == "bars":
        plot: Plot = HorizontalBarChart()
        plot.categoryAxis.reverseDirection = 1
        return plot
    return HorizontalLineChart() if table.is_line else VerticalBarChart()


def _set_axes(plot: Plot, labels: list[str], kind: Kind) -> None:
    names, values = plot.categoryAxis, plot.valueAxis
    names.categoryNames = labels
    names.labelAxisMode = "low"  # beside the plot, not across what lies below zero
    for axis in (names, values):
        axis.labels.fontName, axis.labels.fontSize = REGULAR, LABEL_SIZE
        axis.labels.fillColor, axis.strokeColor = TEXT_COLOR, LINE_COLOR
    if not any(value is not None and value < 0 for series in plot.data for value in series):
        values.valueMin = 0
    values.labelTextFormat = _percent if kind in (Kind.SHARE, Kind.CHANGE) else _thousands
    values.visibleGrid, values.gridStrokeColor = True, GRID_COLOR
    if isinstance(plot, HorizontalBarChart):
        values.maximumTicks = 7


def _set_colors(plot: Plot, count: int) -> None:
    for index, color in enumerate(SERIES_COLORS[:count]):
        if isinstance(plot, HorizontalLineChart):
            plot.lines[index].strokeColor, plot.lines[index].strokeWidth = color, 2
        else:
            plot.bars[index].fillColor, plot.bars[index].strokeColor = color, None
    if not isinstance(plot, HorizontalLineChart):
        plot.groupSpacing = 6


def _legend(titles: list[str], height: float) -> list[Rect | String]:
    shapes: list[Rect | String] = []
    left: float = 2
    for color, title in zip(SERIES_COLORS, titles, strict=False):
        square = Rect(left, height - 12, 8, 8)
        square.fillColor, square.strokeColor = color, None
        shapes.append(square)
        text = shortened(showable(title), WIDTH_POINTS / len(titles) - 30, 8)
        shapes.append(
            String(left + 12, height - 11, text, fontName=REGULAR, fontSize=8, fillColor=TEXT_COLOR)
        )
        left += stringWidth(text, REGULAR, 8) + 30
    return shapes


def _thinned(names: list[str]) -> list[str]:
    every = -(-len(names) // MAX_LABELS)
    return [name if index % every == 0 else "" for index, name in enumerate(names)]


def _are_wide(labels: list[str], points: float) -> bool:
    room = points / max(1, len(labels))
    if len(labels) > MAX_LABELS:
        room *= -(-len(labels) // MAX_LABELS)
    return any(stringWidth(label, REGULAR, LABEL_SIZE) > room - 4 for label in labels)


def _scale(table: Table, chart: Chart) -> int:
    if table.columns[chart.columns[0]].kind is not Kind.MONEY:
        return 1
    values = [row[place] for row in table.drawn_rows for place in chart.columns]
    most = max((abs(value) for value in values if isinstance(value, int)), default=0)
    return MILLION if most >= SCALED_FROM else 1


def _scaled(value: Cell, scale: int) -> float | None:
    return None if value is None or isinstance(value, str) else value / scale


def _unit(table: Table, chart: Chart, language: Language) -> str:
    if table.columns[chart.columns[0]].kind is not Kind.MONEY:
        return ""
    words = WORDS[language]
    return words.million if _scale(table, chart) == MILLION else words.currency


def _thousands(value: float) -> str:
    return f"{value:,.0f}" if abs(value - round(value)) < 1e-9 else f"{value:,.1f}"


def _percent(value: float) -> str:
    text = f"{value:.1%}"
    return text.replace(".0%", "%")
