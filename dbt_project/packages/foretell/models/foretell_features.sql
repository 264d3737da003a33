-- The feature set that was recorded last, with what is known of each feature today.
with recorded as (
    select
        *,
        dense_rank() over (partition by prediction order by recorded_at desc) as newest_first
    from {{ foretell.store('features') }}
),

champions as (
    select * from {{ ref('foretell_models') }} where status = 'champion'
),

worth as (
    select * from {{ ref('foretell_feature_worth') }} where is_latest and scope = 'feature'
),

-- the newest of each
measured as (
    select
        prediction,
        feature,
        statistic,
        value,
        row_number() over (
            partition by prediction, feature, statistic order by today desc, model_version desc
        ) as newest_first
    from {{ foretell.store('feature_statistics') }}
),

statistics as (
    select
        prediction,
        feature,
        max(case when statistic = 'null_share' then value end) as null_share,
        max(case when statistic = 'psi' then value end) as drift
    from measured
    where newest_first = 1
    group by prediction, feature
)

select
    recorded.prediction,
    recorded.feature,
    recorded.feature_view,
    recorded.kind,
    recorded.entity,
    recorded.owner,
    recorded.description,
    recorded.today as recorded_on,
    champions.model_version,
    coalesce(position('"' || recorded.feature || '"' in champions.recipe) > 0, false) as is_used,
    statistics.null_share,
    worth.importance,
    worth.worth,
    worth.worth_lower,
    worth.worth_upper,
    worth.metric,
    worth.verdict,
    worth.cluster,
    statistics.drift
from recorded
left join champions on recorded.prediction = champions.prediction
left join worth
    on recorded.prediction = worth.prediction and recorded.feature = worth.name
left join statistics
    on recorded.prediction = statistics.prediction and recorded.feature = statistics.feature
where recorded.newest_first = 1
