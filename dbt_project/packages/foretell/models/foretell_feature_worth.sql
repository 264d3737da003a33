select
    prediction,
    today as measured_on,
    measured_at,
    run_id,
    model_version,
    recipe,
    scope,
    name,
    feature_view,
    cluster,
    metric,
    importance,
    worth,
    worth_lower,
    worth_upper,
    verdict,
    row_count,
    dense_rank() over (partition by prediction order by measured_at desc, run_id) = 1
        as is_latest
from {{ foretell.seen('feature_worth') }} as feature_worth
