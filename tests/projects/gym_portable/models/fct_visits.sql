-- Members come often or rarely, and some stop: made from squares, the same in each database.
with members as (
    select
        member_id,
        1 + member_id * 48271 % 9 as days_between,
        30 + member_id * 16807 % 500 as stops_after
    from (
        select cast(series.number as bigint) as member_id
        from generate_series(1, 400) as series (number)
    ) as numbered
),

days as (
    select cast(series.number as bigint) as day_number
    from generate_series(0, 299) as series (number)
),

numbered as (
    select
        members.*,
        days.day_number,
        cast(date '2025-01-01' + cast(days.day_number as integer) as date) as day,
        members.member_id * 48271 + days.day_number * 16807 as seed
    from members
    cross join days
)

select
    member_id,
    cast(day as timestamp) + interval '9 hours' as visited_at,
    20 + seed * seed % 2147483647 % 60 as minutes
from numbered
where
    seed * seed % 2147483647 % days_between = 0
    and day_number <= stops_after
    and day < {{ foretell.today() }}
