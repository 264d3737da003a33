create or replace view "shop"."main"."pred" as
-- the record of a run is written last, and shows all its rows
with published as (
    select run_id from "shop"."main"."foretell_store_runs" where prediction = 'pred' and status = 'published'
),

live as (
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
    where
        origin = 'live'
        and run_id in (select run_id from published)
        -- rows of before the key was renamed have none by this name
        and "member_id" is not null
        and "as_of_date" is not null
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
