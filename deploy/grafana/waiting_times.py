"""The dashboard *Waiting times now*: which clocks run, which need someone to act, and whether the watch is awake."""

from collections.abc import Iterator
from typing import Any, Final

from grafana_foundation_sdk.builders.dashboard import Dashboard, QueryVariable, Row
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, VariableOption, VariableRefresh, VariableSort

from deploy.grafana.panels import SOURCE, Frame, Query, bars, lines, number, rows

CHOSEN: Final = 'region=~"$region", right=~"$right"'
WARNED: Final = f'{CHOSEN}, tier!="none"'
PASSED: Final = f'{CHOSEN}, tier="passed"'
NONE: Final = "0 * sum(fristvagt:open_clocks:sum)"
"""Nought where clocks are counted, and nothing, so that it shows, where no worker answers."""
QUANTILES: Final = "Half are faster than the lower line, 99 in 100 faster than the upper."


def waiting_times_now() -> Any:
    """Return the dashboard, built."""
    board = Dashboard("Waiting times now").uid("fristvagt-waiting-times-now").tags(["fristvagt"]).readonly()
    board.description("Open clocks of the legal maximum waiting times. It names no patient.")
    board.timezone("Europe/Copenhagen").time("now-24h", "now").refresh("30s").tooltip(DashboardCursorSync.CROSSHAIR)
    board.with_variable(_choice("region", "Region")).with_variable(_choice("right", "Right"))
    for title, panels in (("Clocks", _clocks()), ("Is the watch awake?", _watch()), ("Input and speed", _speed())):
        board.with_row(Row(title))
        for panel in panels:
            board.with_panel(panel)
    return board.build()


def _choice(label: str, title: str) -> Any:
    values = f"label_values(fristvagt_open_clocks, {label})"
    variable = QueryVariable(label).label(title).datasource(SOURCE).query(values).multi(multi=True)
    variable.include_all(include_all=True).all_value(".*").current(VariableOption(text="All", value="$__all"))
    return variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.ALPHABETICAL_ASC)


def _clocks() -> Iterator[Any]:
    yield number(
        Frame("Open clocks", "Of the regions and rights chosen above.", 6),
        Query(f"sum(fristvagt:open_clocks:sum{{{CHOSEN}}})"),
    )
    yield number(
        Frame("With a warning", "Open clocks that have a tier: someone has to act.", 6),
        Query(f"sum(fristvagt:open_clocks:sum{{{WARNED}}}) or {NONE}"),
    )
    yield number(
        Frame("Past the deadline", "Open clocks past their deadline: treat at once, report, find the cause.", 6),
        Query(f"sum(fristvagt:open_clocks:sum{{{PASSED}}}) or {NONE}"),
        bad_from=1,
    )
    yield number(
        Frame("Patients in quarantine", "Patients with events that cannot be counted: their watch is incomplete.", 6),
        Query("sum(fristvagt_quarantined_patients)"),
        bad_from=1,
    )
    yield lines(
        Frame(
            "Warnings by tier", "plan: book. act: own hospital. refer: another. escalate: region. passed: report.", 12
        ),
        Query(f"sum by (tier) (fristvagt:open_clocks:sum{{{WARNED}}})", "{{tier}}"),
    )
    yield lines(
        Frame("Past the deadline, by region", "Open clocks past their deadline.", 12),
        Query(f"sum by (region) (fristvagt:open_clocks:sum{{{PASSED}}})", "{{region}}"),
    )
    yield rows(
        Frame("Region, right and tier", "Open clocks as of now.", 14),
        Query(f"sum by (region, right, tier) (fristvagt:open_clocks:sum{{{CHOSEN}}})"),
        value="Clocks",
    )
    yield bars(
        Frame("Due within days", "Open clocks by the days that are left to the deadline.", 10),
        Query('sum by (days) (fristvagt:open_clocks_due:sum{right=~"$right"})', "{{days}}"),
    )
    yield lines(
        Frame("Leading signs", "What goes wrong beside open clocks, before a deadline says so.", 24),
        Query('sum by (sign) (max by (sign, region) (fristvagt_signs{region=~"$region"}))', "{{sign}}"),
    )


def _watch() -> Iterator[Any]:
    yield number(
        Frame(
            "Oldest deadline not fired",
            "A due moment that has not fired. It may wait ten minutes for its partition.",
            6,
        ),
        Query("max(fristvagt_oldest_due_age_seconds)"),
        bad_from=720,
        unit="s",
    )
    yield number(
        Frame("Partitions behind", "Partitions that have not been read to their end.", 6),
        Query("count(max by (partition) (fristvagt_caught_up) == 0) or vector(0)"),
        bad_from=1,
    )
    yield number(
        Frame("Age of page and API", "How old the state is that page and API show.", 6),
        Query("time() - max(fristvagt_projector_as_of_timestamp_seconds)"),
        bad_from=120,
        unit="s",
    )
    yield number(
        Frame("Processes down", "Processes that do not answer.", 6),
        Query('count(up{job=~"fristvagt-.*"} == 0) or vector(0)'),
        bad_from=1,
    )
    yield lines(
        Frame("Records that wait", "Read by nobody yet, per topic.", 12),
        Query("fristvagt:lag_records:sum", "{{topic}}"),
    )
    yield lines(
        Frame(
            "Deadlines fired", "A minute: on time, late, or unverified (the input could not be read up to them).", 12
        ),
        Query("60 * sum by (timing) (rate(fristvagt_ticks_total[$__rate_interval]))", "{{timing}}"),
    )


def _speed() -> Iterator[Any]:
    yield lines(
        Frame("Events", "A second, accepted and refused.", 8),
        Query("sum(rate(fristvagt_events_accepted_total[$__rate_interval]))", "accepted"),
        Query("sum(rate(fristvagt_events_refused_total[$__rate_interval]))", "refused"),
        unit="cps",
    )
    yield lines(
        Frame("Refused events, by reason", "In an hour. Each is a patient whose picture is incomplete.", 8),
        Query("fristvagt:dead_letters:increase1h", "{{reason}}"),
    )
    yield lines(
        Frame("Silence of each source", "Time since its last event.", 8),
        Query("max by (source) (fristvagt_source_silence_seconds)", "{{source}}"),
        unit="s",
    )
    yield lines(Frame("Time to fold a patient", QUANTILES, 12), *_quantiles("fristvagt_fold_seconds_bucket"), unit="s")
    yield lines(
        Frame("Time to answer over HTTP", QUANTILES, 12), *_quantiles("fristvagt_http_request_seconds_bucket"), unit="s"
    )


def _quantiles(buckets: str) -> Iterator[Query]:
    for share in ("0.5", "0.99"):
        expression = f"histogram_quantile({share}, sum by (le) (rate({buckets}[$__rate_interval])))"
        yield Query(expression, f"{share} quantile")
