"""The four kinds of panel a dashboard here is made of, over one Prometheus data source."""

from typing import Any, Final, NamedTuple

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models.common import BigValueGraphMode, VizOrientation
from grafana_foundation_sdk.models.dashboard import DataSourceRef, DataTransformerConfig, Threshold, ThresholdsMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE: Final = DataSourceRef(type_val="prometheus", uid="prometheus")
"""The data source of deploy/grafana/provisioning/datasources."""


class Query(NamedTuple):
    """One expression in PromQL and the name of its series; `{{label}}` is filled in."""

    expression: str
    legend: str = "__auto"


class Frame(NamedTuple):
    """What stands around a panel: its title, a sentence that explains it, and its columns of Grafana's 24."""

    title: str
    says: str
    span: int

    def around(self, panel: Any, height: int) -> Any:
        """Return the panel with title, explanation, data source and size."""
        return panel.title(self.title).description(self.says).datasource(SOURCE).span(self.span).height(height)


def number(frame: Frame, query: Query, *, bad_from: float | None = None, unit: str = "none") -> Any:
    """Return a panel with the value of now; red from `bad_from` on."""
    panel = frame.around(stat.Panel(), 4).unit(unit).graph_mode(BigValueGraphMode.AREA)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    steps = [Threshold(color="text" if bad_from is None else "green")]
    if bad_from is not None:
        steps.append(Threshold(value=bad_from, color="red"))
    panel.thresholds(dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    return panel.with_target(_target(query, "A").range())


def lines(frame: Frame, *queries: Query, unit: str = "short") -> Any:
    """Return a panel that draws the queries over time, from zero up."""
    panel = frame.around(timeseries.Panel(), 8).unit(unit).min(0).fill_opacity(8)
    for index, query in enumerate(queries):
        panel.with_target(_target(query, chr(ord("A") + index)).range())
    return panel


def bars(frame: Frame, query: Query) -> Any:
    """Return a panel with one horizontal bar a series, as of now."""
    panel = frame.around(bargauge.Panel(), 10).min(0).orientation(VizOrientation.HORIZONTAL)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    return panel.with_target(_target(query, "A").instant())


def rows(frame: Frame, query: Query, *, value: str) -> Any:
    """Return a table as of now: the labels of each series and, in the column `value`, its value."""
    panel = frame.around(table.Panel(), 10).with_target(_target(query, "A").instant().format(PromQueryFormat.TABLE))
    columns = {"excludeByName": {"Time": True}, "renameByName": {"Value": value}}
    return panel.with_transformation(DataTransformerConfig(id_val="organize", options=columns))


def _target(query: Query, letter: str) -> Any:
    return prometheus.Dataquery().expr(query.expression).legend_format(query.legend).ref_id(letter).datasource(SOURCE)
