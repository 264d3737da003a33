-- The portable gym's visits, with values that databases treat otherwise.
with members as (
    select
        member_id,
        1 + member_id * 48271 % 9 as days_between,
        30 + member_id * 16807 % 500 as stops_after,
        case member_id % 6
            when 0 then 'Ö''Brien "' || cast(member_id as varchar) || '"'
            when 1 then 'ö''brien ' || cast(member_id as varchar)
            when 2 then '000' || cast(member_id as varchar)
            when 3 then cast(member_id as varchar) || ' 50%, a\b; {x}'
            when 4 then ' Zoë ' || cast(member_id as varchar)
            else cast(cast(9223372036854775000 as bigint) + member_id as varchar)
        end as "Member"
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
    "Member",
    member_id,
    -- some of a day happen at one instant, some in its last microsecond
    cast(day as timestamp)
    + case when member_id % 3 = 0
        then interval '86399.999999 seconds' else interval '9 hours'
    end as visited_at,
    cast(day + cast(seed % 4 as integer) as timestamp) as known_at,
    case when seed % 7 > 0 then seed * seed % 2147483647 % 60 - 30 end as "select",
    case when seed % 5 > 0 then cast(seed % 100000 as decimal(12, 4)) / 7 - 5000 end as price,
    cast(9223372036854775000 as bigint) + seed % 5 as badge,
    case seed % 6
        when 0 then 'Ünlü' when 1 then 'ünlü' when 2 then '' when 3 then 'it''s "x"' when 4 then 'Z'
    end as mood,
    cast(seed % 3 = 0 as boolean) as is_late,
    cast(day as timestamp) at time zone 'Asia/Tokyo' as moment
from numbered
where
    seed * seed % 2147483647 % days_between = 0
    and day_number <= stops_after
    and day < {{ foretell.today() }}
