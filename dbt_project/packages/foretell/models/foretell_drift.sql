select
    prediction,
    model_version,
    today,
    feature,
    statistic,
    value,
    usual,
    value / usual as times_usual,
    -- one figure to look at: a fixed limit stands in where nothing is known of single dates
    value / coalesce(usual, 0.2) as drift,
    reference_rows,
    current_rows
from {{ foretell.seen('feature_statistics') }} as feature_statistics
where statistic = 'psi'
