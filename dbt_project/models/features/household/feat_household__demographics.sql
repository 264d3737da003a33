with households as (
    select
        household_id,
        -- the middle of each bracket
        case age
            when '19-24' then 22
            when '25-34' then 30
            when '35-44' then 40
            when '45-54' then 50
            when '55-64' then 60
            when '65+' then 70
        end as age_years,
        case income
            when 'Under 15K' then 10
            when '15-24K' then 20
            when '25-34K' then 30
            when '35-49K' then 42
            when '50-74K' then 62
            when '75-99K' then 87
            when '100-124K' then 112
            when '125-149K' then 137
            when '150-174K' then 162
            when '175-199K' then 187
            when '200-249K' then 225
            when '250K+' then 300
        end as income_thousand_usd,
        cast(replace(household_size, '+', '') as integer) as household_size
    from {{ ref('dim_households') }}
)

-- Who was asked may depend on what a household bought later, so not having been asked must not
-- be a feature: those households count as typical.
select
    household_id,
    coalesce(age_years, 50) as age_years,
    coalesce(income_thousand_usd, 62) as income_thousand_usd,
    coalesce(household_size, 2) as household_size
from households
