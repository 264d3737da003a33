-- Things with a column of every kind, hostile ones among them: made from hashes, so that they are
-- the same on every machine. The grade of every tenth is not known.
with numbers as (
    select
        range as thing_id,
        hash(range) % 1000 / 1000.0 as size,
        hash(range * 7) % 1000 / 1000.0 as weight,
        hash(range * 5) % 1000 / 1000.0 as luck
    from range(900)
)

select
    thing_id,
    size,
    weight,
    ['red', 'green', 'blue', 'yellow'][1 + cast(hash(thing_id * 3) % 4 as integer)] as colour,
    'shop ' || cast(hash(thing_id * 11) % 200 as varchar) as shop,
    date '2020-01-01' + cast(hash(thing_id * 13) % 900 as integer) as made_on,
    case when hash(thing_id * 17) % 2 = 0 then hash(thing_id * 19) % 100 end as half_missing,
    1 as constant,
    cast(null as double) as nothing,
    cast(null as varchar) as no_words,
    hash(thing_id * 23) % 2 = 0 as is_shiny,
    'a ' || ['very', 'rather', 'hardly'][1 + cast(hash(thing_id * 29) % 3 as integer)]
    || ' ' || case when luck > 0.6 then 'splendid' else 'plain' end
    || ' thing number ' || cast(thing_id as varchar) as "select",
    case
        when thing_id % 10 = 0 and {{ foretell.today() }} < date '2025-08-02' then null
        when size + case when luck > 0.6 then 0.5 else 0 end > 0.9 then 'Gold!'
        when thing_id % 90 = 1 then 'rare'
        when colour = 'red' or weight > 0.6 then 'Silver'
        else 'tin'
    end as grade
from numbers
