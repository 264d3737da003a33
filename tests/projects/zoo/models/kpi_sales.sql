-- Columns as some warehouses have them: in capitals, and reserved words.
select
    week_date as "ORDER",
    count(*) filter (where is_sold) as "SOLD",
    count(*) as "group",
    sum(price) filter (where is_sold) as "Turn Over"
from {{ ref('weekly') }}
where week_date < {{ foretell.today() }}
group by week_date
