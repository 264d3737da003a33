-- The feature set that was recorded last, with what is known of each feature today.
with recorded as (
    select
        *,
        dense_rank() over (partition by prediction order by recorded_at desc) as newest_first
    from {{ foretell.seen('features') }} as features
),

champions as (
    select * from {{ ref('foretell_models') }} where status = 'champion'
),

worth as (
    select * from {{ ref('foretell_feature_worth') }} where is_latest and scope = 'feature'
),

-- the newest of each
null_shares as (
    select
        prediction,
        feature,
        value as null_share,
        row_number() over (
            partition by prediction, feature order by today desc, model_version desc
        ) as newest_first
    from {{ foretell.seen('feature_statistics') }} as feature_statistics
    where statistic = 'null_share'
),

drifts as (
    select
        prediction,
        feature,
        value as psi,
        drift,
        row_number() over (
            partition by prediction, feature order by today desc, model_version desc
        ) as newest_first
    from {{ ref('foretell_drift') }}
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
    null_shares.null_share,
    worth.importance,
    worth.worth,
    worth.worth_lower,
    worth.worth_upper,
    worth.metric,
    worth.verdict,
    worth.cluster,
    drifts.psi,
    drifts.drift
from recorded
left join champions on recorded.prediction = champions.prediction
left join worth
    on recorded.prediction = worth.prediction and recorded.feature = worth.name
left join null_shares
    on
        recorded.prediction = null_shares.prediction
        and recorded.feature = null_shares.feature
        and null_shares.newest_first = 1
left join drifts
    on
        recorded.prediction = drifts.prediction
        and recorded.feature = drifts.feature
        and drifts.newest_first = 1
where recorded.newest_first = 1
