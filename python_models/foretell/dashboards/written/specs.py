"""What a person writes in ``dashboards/``: a few chosen keys, everything else is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def database_name(project: str) -> str:
    """What Superset calls a project's serving file, unless its database.yaml says otherwise."""
    return f"foretell: {project}"


class DatabaseSpec(_Written):
    """The connection that all datasets share."""

    name: str
    serving_file: str | None = Field(default=None, description="Relative to the dbt project")


class ColumnSpec(_Written):
    """How one column is called and written, wherever it is shown."""

    label: str | None = None
    description: str | None = None
    format: str | None = None
    html: bool = Field(default=False, description="The dataset writes it as HTML, and escapes")


class MetricSpec(_Written):
    """One aggregate of a dataset; ``certified_by`` says who answers for its definition."""

    sql: str
    label: str
    format: str | None = None
    description: str | None = None
    certified_by: str | None = None


class DatasetSpec(_Written):
    """A published relation, or SQL over some."""

    table: str | None = None
    sql: str | None = None
    reads: tuple[str, ...] = ()
    description: str | None = None
    date: str | None = None
    columns: dict[str, ColumnSpec] = {}
    metrics: dict[str, MetricSpec] = {}

    @model_validator(mode="after")
    def _one_source(self) -> DatasetSpec:
        if (self.table is None) == (self.sql is None):
            raise ValueError("a dataset has either `table` or `sql`")
        if self.sql and not self.reads:
            raise ValueError("a dataset with `sql` lists the relations that it `reads`")
        return self

    @property
    def relations(self) -> tuple[str, ...]:
        """Relations that the serving file must hold."""
        return (self.table,) if self.table else self.reads


class _Chart(_Written):
    name: str
    title: str | None = Field(default=None, description="On the page; the name without one")
    dataset: str
    description: str | None = None
    where: str | None = None
    empty: str = Field(default="", description="What is said when there is nothing to show")
    options: dict[str, Any] = Field(default={}, description="Superset's own keys, as they are")

    @model_validator(mode="after")
    def _html_is_declared(self) -> _Chart:
        if "allow_render_html" in self.options:
            raise ValueError(
                "`allow_render_html` is not chosen in `options`; a table renders HTML where it "
                "shows a column that its dataset declares with `html: true`"
            )
        return self


class TableSpec(_Chart):
    """Rows as they are."""

    kind: Literal["table"]
    columns: tuple[str, ...]
    sort: str | None = None
    descending: bool = False
    limit: int = 1000
    page: int = 0
    search: bool = False
    paged: bool = Field(default=False, description="The database hands out one page at a time")
    bars: tuple[str, ...] = ()
    widths: dict[str, int] = {}
    colors: dict[str, dict[str, str]] = {}


class WordsSpec(_Chart):
    """Text that the rows themselves hold in one column, often HTML; no heading, no lines."""

    kind: Literal["words"]
    column: str
    sort: str | None = None
    bare: bool = Field(default=False, description="Without the chart's own title, too")


class NumberSpec(_Chart):
    """One figure."""

    kind: Literal["number"]
    metric: str
    caption: str = ""


class TrendSpec(_Chart):
    """The last figure of a series, its change and its course."""

    kind: Literal["trend"]
    metric: str
    compared_with: str


class EventsSpec(_Written):
    """Marks on a line, taken from the rows of a table chart."""

    chart: str
    name: str
    date: str
    title: str
    color: str = "#555555"


class LineSpec(_Chart):
    """Metrics over time."""

    kind: Literal["line"]
    metrics: tuple[str, ...]
    by: str | None = None
    from_zero: bool = True
    markers: bool = False
    events: EventsSpec | None = None


class CurveSpec(_Chart):
    """Metrics over a number, such as the share that is acted on."""

    kind: Literal["curve"]
    x: str
    metrics: tuple[str, ...]
    by: str | None = None
    from_zero: bool = True
    markers: bool = False
    x_title: str = ""
    y_title: str = ""


class BarSpec(_Chart):
    """A metric for each value of a column."""

    kind: Literal["bar"]
    x: str
    metrics: tuple[str, ...]
    by: str | None = None
    horizontal: bool = False
    stacked: bool = False
    sort: str | None = Field(default=None, description="A metric; by the column's value without")
    descending: bool = False
    limit: int = 100
    x_title: str = ""
    y_title: str = ""


class HeatmapSpec(_Chart):
    """A metric for each pair of values; ``limits`` are the ends of the colours."""

    kind: Literal["heatmap"]
    x: str
    y: str
    metric: str
    hue: Literal["blue", "alarm"] = "blue"
    limits: tuple[float, float] | None = None


PlotSpec = LineSpec | CurveSpec | BarSpec
ChartSpec = Annotated[
    TableSpec | WordsSpec | NumberSpec | TrendSpec | LineSpec | CurveSpec | BarSpec | HeatmapSpec,
    Field(discriminator="kind"),
]


class CellSpec(_Written):
    """A chart or a text; widths are twelfths of the page."""

    chart: str | None = None
    markdown: str | None = None
    width: int = Field(ge=1, le=12)

    @model_validator(mode="after")
    def _one_content(self) -> CellSpec:
        if (self.chart is None) == (self.markdown is None):
            raise ValueError("a cell has either `chart` or `markdown`")
        return self


class RowSpec(_Written):
    """Cells side by side; height in pixels."""

    height: int = Field(ge=40)
    cells: tuple[CellSpec, ...]

    @model_validator(mode="after")
    def _fits(self) -> RowSpec:
        if (total := sum(cell.width for cell in self.cells)) > 12:
            raise ValueError(f"the widths of a row add up to {total}; a page has 12")
        return self


class TabSpec(_Written):
    """Rows under one heading."""

    title: str
    rows: tuple[RowSpec, ...]


class FilterSpec(_Written):
    """What a reader may narrow the page by: values of a column, or a period."""

    name: str
    dataset: str | None = Field(default=None, description="Without one: a period")
    column: str | None = None
    description: str = ""
    multiple: bool = True
    first: bool = Field(default=False, description="Begin with the first value, and keep one")
    tab: str | None = Field(default=None, description="Title of the one tab that it narrows")

    @model_validator(mode="after")
    def _both_or_none(self) -> FilterSpec:
        if (self.dataset is None) != (self.column is None):
            raise ValueError("a filter has both `dataset` and `column`, or neither for a period")
        return self


class DashboardSpec(_Written):
    """One page, or several under tabs."""

    title: str
    description: str = ""
    colors: dict[str, str] = {}
    css: str = ""
    filters: tuple[FilterSpec, ...] = ()
    rows: tuple[RowSpec, ...] = ()
    tabs: tuple[TabSpec, ...] = ()

    @model_validator(mode="after")
    def _filters_of_its_tabs(self) -> DashboardSpec:
        titles = [tab.title for tab in self.tabs]
        for filter_spec in self.filters:
            if filter_spec.tab is not None and filter_spec.tab not in titles:
                raise ValueError(
                    f"filter {filter_spec.name!r} is of tab {filter_spec.tab!r}; the tabs are "
                    f"{titles}"
                )
        return self

    @property
    def all_rows(self) -> tuple[RowSpec, ...]:
        """Rows of the page and of its tabs."""
        return (*self.rows, *(row for tab in self.tabs for row in tab.rows))
