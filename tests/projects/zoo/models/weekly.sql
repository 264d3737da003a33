-- Things as of eleven weeks. Their price is what they cost before, and noise: no model can beat that.
-- The smallest and the largest are sold: no line tells which. In the newest week whose outcomes are known nothing was sold.
select
    things.thing_id,
    things.colour,
    things.size,
    weeks.week_number,
    date '2025-05-23' + 7 * weeks.week_number as week_date,
    20 + 60 * things.weight as cost_before,
    20 + 60 * things.weight + (hash(things.thing_id * 100 + weeks.week_number) % 1000) / 100.0 - 5
        as price,
    weeks.week_number <> 9
    and 2 * abs(things.size - 0.5) + hash(things.thing_id * 200 + weeks.week_number) % 1000 / 1000.0 > 1.2
        as is_sold
from {{ ref('things') }} as things
cross join (select cast(range as integer) as week_number from range(11)) as weeks
where things.thing_id < 300
