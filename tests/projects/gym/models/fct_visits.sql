-- Members come often or rarely, and some stop: made from hashes, the same on every machine.
with members as (
    select
        range as member_id,
        1 + hash(range) % 9 as days_between,
        30 + hash(range * 7) % 500 as stops_after
    from range(400)
),

days as (
    select range as day_number from range(300)
)

select
    members.member_id,
    cast(date '2025-01-01' + cast(days.day_number as integer) as timestamp)
    + interval 9 hour as visited_at,
    20 + hash(members.member_id * 31 + days.day_number) % 60 as minutes
from members
cross join days
where
    hash(members.member_id * 1000 + days.day_number) % members.days_between = 0
    and days.day_number <= members.stops_after
    and cast(date '2025-01-01' + cast(days.day_number as integer) as date) < {{ foretell.today() }}
