"""What a query makes of a column: named too much rather than too little."""

from __future__ import annotations

import pytest

from foretell.dashboards.lineage.select_lists import made_of


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select id, price from t", {"price"}),
        ("select id from t", set()),
        ("select * from t", {"price"}),
        ("with a as (select t.*, 1 as b from t) select * exclude (b) from a", {"price"}),
        ('select "PRICE" / 2 as "Half Price", id from t', {"half price"}),
        ("with a as (select price * 2 as twice from t) select twice + 1 as more from a", {"more"}),
        ("with a as (select *, lag(price) over () as b from t) select max(b) as c from a", {"c"}),
        ("select id, (select max(price) from t) as top from u", {"top"}),
        ("select id from t -- not the price", set()),
        ("select id from t where price > 1", None),
        ("select id from t group by id, price", None),
        ("select u.id from t join u on t.price = u.price", None),
        ("select price as x from t union all select id from u", None),
        ("{{ some_macro('price') }}", None),
        ("with a as (select id, price as p from t) {{ foretell.join_features('a', []) }}", {"p"}),
        ("select 'it''s (', price_usd from t", set()),
        ("select coalesce(price, 0) from t", None),
        ("select id from price", set()),
        ("select id from {{ ref('price') }}", set()),
        ("select id, {{ usd('price') }} as usd from {{ ref('t') }}", {"usd"}),
        ("{% set column = 'price' %} select id, {{ column }} as x from t", None),
        ("select x from (select price as x, id from t) as t", {"x"}),
        ("select u.id from u where exists (select 1 from t where t.price = u.id)", None),
        ("select * rename (price as usd) from t", None),
        ("select columns('pri.*') from t", {"price"}),
        ("select id from t natural join u", None),
        ("select id, price from t group by 1, 2", None),
        ("select id, sum(price) as total from t group by all", {"total"}),
        ("select price::double as x from t order by id desc", {"x"}),
        ("from t", {"price"}),
        ("select * from t where (", None),
        ("select id from t where (", set()),
        ("select price from t where (", None),
        ("{{ whole_query(ref('t')) }}", None),
        ("select id from {{ ref('t') }} where (", set()),
    ],
)
def test_a_column_is_followed(sql: str, found: set[str] | None) -> None:
    assert made_of(sql, frozenset({"price"}), "duckdb") == (
        None if found is None else frozenset(found)
    )
