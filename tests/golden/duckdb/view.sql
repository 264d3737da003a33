create or replace view "shop"."main"."pred" as
with live as (
    select
        "member_id",
        "as_of_date",
        "score",
        "is_named",
        "reason_1",
        "place",
        "model_version",
        "origin",
        "scored_at",
        "matures_at",
        row_number() over (
            partition by "member_id", "as_of_date" order by scored_at desc, model_version desc
        ) as newest_first
    from "shop"."main"."pred__history"
    where origin = 'live'
),

newest as (
    select
        "member_id",
        "as_of_date",
        "score",
        "is_named",
        "reason_1",
        "place",
        "model_version",
        "origin",
        "scored_at",
        "matures_at"
    from live
    where newest_first = 1
)

select
    "member_id",
    "as_of_date",
    "score",
    "is_named",
    "reason_1",
    "place",
    "model_version",
    "origin",
    "scored_at",
    "matures_at",
    "as_of_date" = max("as_of_date") over (partition by "member_id") as is_latest
from newest
