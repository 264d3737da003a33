select
    "member_id",
    "as_of_date",
    case when case when try_cast("as_of_date" as timestamp) <= timestamp '9999-12-31 23:59:59' - interval '2678400 seconds' then try_cast("as_of_date" as timestamp) + interval '2678400 seconds' end <= cast('2025-08-01 00:00:00' as timestamp) then "has_quit" end as "has_quit",
    "visits",
    "is_paid",
    "pace",
    "place",
    "joined_at",
    nullif(cast((
visits / 2.0
) as double precision), cast('NaN' as DOUBLE PRECISION)) as foretell_rule,
    case when case when try_cast("as_of_date" as timestamp) <= timestamp '9999-12-31 23:59:59' - interval '2678400 seconds' then try_cast("as_of_date" as timestamp) + interval '2678400 seconds' end < cast('10000-01-01' as timestamp) then case when try_cast("as_of_date" as timestamp) <= timestamp '9999-12-31 23:59:59' - interval '2678400 seconds' then try_cast("as_of_date" as timestamp) + interval '2678400 seconds' end end as foretell_matures_at,
    coalesce(case when try_cast("as_of_date" as timestamp) <= timestamp '9999-12-31 23:59:59' - interval '2678400 seconds' then try_cast("as_of_date" as timestamp) + interval '2678400 seconds' end <= cast('2025-08-01 00:00:00' as timestamp), false) as foretell_is_matured
from (select "member_id" as "member_id", nullif(nullif("as_of_date", cast('infinity' as DATE)), cast('-infinity' as DATE)) as "as_of_date", "has_quit" as "has_quit", "visits" as "visits", "is_paid" as "is_paid", nullif("pace", cast('NaN' as DOUBLE)) as "pace", "place" as "place", nullif(nullif("joined_at", cast('infinity' as TIMESTAMP)), cast('-infinity' as TIMESTAMP)) as "joined_at" from foretell_query) as queried
