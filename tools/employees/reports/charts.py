"""Charts as reportlab drawings: the same one goes into the PDF and, as SVG, into the HTML."""

from reportlab.graphics import renderSVG
from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.charts.legends import Legend
from reportlab.graphics.charts.linecharts import HorizontalLineChart
from reportlab.graphics.shapes import Drawing, String
from reportlab.lib.colors import Color, HexColor

from tools.employees.reports.content import Chart
from tools.fonts import BOLD, REGULAR

WIDTH_POINTS, HEIGHT_POINTS = 480, 200
MARGIN_POINTS = 48
MAX_UPRIGHT_LABELS, MAX_LABELS = 8, 18
SERIES_COLORS: tuple[Color, ...] = (HexColor("#2563eb"), HexColor("#cbd5e1"))
TEXT_COLOR = HexColor("#334155")


def draw(chart: Chart) -> Drawing:
    """Return a chart as a drawing of `WIDTH_POINTS` by `HEIGHT_POINTS`; the fonts must be registered."""
    drawing = Drawing(WIDTH_POINTS, HEIGHT_POINTS)
    drawing.add(String(0, HEIGHT_POINTS - 12, chart.title, fontName=BOLD, fontSize=10, fillColor=TEXT_COLOR))
    plot = HorizontalLineChart() if chart.kind == "lines" else VerticalBarChart()
    plot.x, plot.y = MARGIN_POINTS, 36
    plot.width, plot.height = WIDTH_POINTS - MARGIN_POINTS - 8, HEIGHT_POINTS - 72
    plot.data = [list(values) for _, values in chart.series]
    _set_axes(plot, chart)
    _set_colors(plot, chart)
    drawing.add(plot)
    drawing.add(_legend(chart))
    return drawing


def svg(chart: Chart) -> str:
    """Return a chart as an `<svg>` element."""
    text = renderSVG.drawToString(draw(chart))
    return str(text[text.index("<svg") :])


def _set_axes(plot: VerticalBarChart | HorizontalLineChart, chart: Chart) -> None:
    names, values = plot.categoryAxis, plot.valueAxis
    every = -(-len(chart.categories) // MAX_LABELS)
    names.categoryNames = [name if index % every == 0 else "" for index, name in enumerate(chart.categories)]
    names.labels.fontName = values.labels.fontName = REGULAR
    names.labels.fontSize = values.labels.fontSize = 7
    names.labels.fillColor = values.labels.fillColor = TEXT_COLOR
    if len(chart.categories) > MAX_UPRIGHT_LABELS:
        names.labels.angle, names.labels.boxAnchor, names.labels.dy = 45, "ne", -2
    values.valueMin = 0
    values.labelTextFormat = _thousands
    values.visibleGrid = True
    values.gridStrokeColor = HexColor("#e2e8f0")
    values.strokeColor = names.strokeColor = HexColor("#94a3b8")


def _set_colors(plot: VerticalBarChart | HorizontalLineChart, chart: Chart) -> None:
    for index, color in enumerate(SERIES_COLORS[: len(chart.series)]):
        if isinstance(plot, HorizontalLineChart):
            plot.lines[index].strokeColor = color
            plot.lines[index].strokeWidth = 2
        else:
            plot.bars[index].fillColor = color
            plot.bars[index].strokeColor = None


def _legend(chart: Chart) -> Legend:
    legend = Legend()
    legend.x, legend.y = WIDTH_POINTS - 120, HEIGHT_POINTS - 4
    legend.alignment = "right"
    legend.fontName, legend.fontSize = REGULAR, 8
    legend.dx = legend.dy = 8
    legend.deltax, legend.columnMaximum = 60, 1
    legend.colorNamePairs = list(zip(SERIES_COLORS, (name for name, _ in chart.series), strict=False))
    return legend


def _thousands(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
