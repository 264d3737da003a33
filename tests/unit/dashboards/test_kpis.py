"""dbt's metrics become SQL over one relation, or are left out with the reason."""

from __future__ import annotations

from typing import Any

import pytest
from declared import manifest, metric, one

from foretell.dashboards.declared.kpis import Kpis, read_kpis


def read(*metrics: dict[str, Any], served: tuple[str, ...] = ("shop_days",)) -> Kpis:
    """KPIs of the shop with these metrics."""
    said = manifest() | {"metrics": {metric["name"]: metric for metric in metrics}}
    return read_kpis(said, dict.fromkeys(served, ()))


SOLD = metric("sold", measure=one("sold"))
DAYS = metric("days", measure=one("days"))


def where(template: str) -> dict[str, Any]:
    """A filter as the manifest has it."""
    return {"where_filters": [{"where_sql_template": template}]}


@pytest.mark.parametrize(
    ("asked", "sql"),
    [
        (SOLD, 'sum("SOLD")'),
        (
            metric("a", "ratio", numerator=one("sold"), denominator=one("days")),
            '(cast(sum("SOLD") as double precision) / nullif(count("days"), 0))',
        ),
        (
            metric(
                "a",
                "derived",
                expr="1 - s / (s + days)",
                metrics=[one("sold", alias="s"), one("days")],
            ),
            '(1 - sum("SOLD") / (sum("SOLD") + count("days")))',
        ),
        (
            metric("a", measure=one("sold"))
            | {"filter": where("{{ Dimension('shop__colour') }} = 'red'")},
            'sum("SOLD") filter (where ("colour" = \'red\'))',
        ),
        (
            metric("a", measure=one("sold"))
            | {
                "filter": where(
                    """{{TimeDimension("shop__day", 'MONTH')}} < {{ TimeDimension('shop__day') }}"""
                )
            },
            'sum("SOLD") filter (where (date_trunc(\'month\', "DAY") < "DAY"))',
        ),
    ],
)
def test_a_metric_is_one_aggregate(asked: dict[str, Any], sql: str) -> None:
    found = read(SOLD, DAYS, asked)
    assert {kpi.name: kpi.sql for kpi in found.sources[0].kpis}[asked["name"]] == sql
    assert found.left_out == ()


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (metric("a", "cumulative", measure=one("sold")), "type cumulative"),
        (metric("a", measure=one("weight")), "measure weight"),
        (
            metric("a", "derived", expr="sold", metrics=[one("sold", offset_window="1 week")]),
            "another time",
        ),
        (
            metric("a", measure=one("sold")) | {"filter": where("{{ Dimension('x__size') }} > 1")},
            "x__size",
        ),
        *(
            (metric("a", measure=one("sold")) | {"filter": where(template)}, why)
            for template, why in [
                ("{{ Metric('sold', group_by=['shop']) }} > 1", "Metric cannot"),
                ("{{ Entity('shop') }} = 1", "Entity cannot"),
                ("{{ Dimension('shop__day').grain('month') }} > 1", "Dimension('shop__day').grain"),
                ("{{ TimeDimension('shop__day', 'eon') }} > 1", "'eon'"),
                ("{% if true %}1{% endif %} = 1", "{% if true %}"),
                ("{# Dimension #} 1 = 1", "{# Dimension #}"),
                ("{{ cycler.__init__.__globals__.os.system('touch owned') }}", "cycler cannot"),
                ("{{ Dimension('x__day'.__class__.__name__) }}", "Dimension"),
            ]
        ),
    ],
)
def test_what_cannot_be_said_so_is_left_out_with_the_reason(
    asked: dict[str, Any], why: str
) -> None:
    (reason,) = read(SOLD, asked).left_out
    assert reason.startswith("dbt metric a is not shown")
    assert why in reason


def test_a_relation_that_is_not_served_has_no_kpis() -> None:
    found = read(SOLD, served=())
    assert (found.sources, found.headlines) == ((), ())
    assert "shop_days is not served" in found.left_out[0]


def test_headlines_are_those_with_a_position_else_the_first_five() -> None:
    many = [metric(f"m{number}", measure=one("sold")) for number in range(7)]
    assert [kpi.name for kpi in read(*many).headlines] == ["m0", "m1", "m2", "m3", "m4"]
    many[6] |= {"config": {"meta": {"position": 1}}}
    many[3] |= {"config": {"meta": {"position": 2}}}
    assert [kpi.name for kpi in read(*many).headlines] == ["m6", "m3"]


def test_metrics_are_certified() -> None:
    assert read(SOLD).sources[0].metrics["sold"]["certified_by"] == "dbt"
