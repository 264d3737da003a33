select
    prediction,
    model_version,
    today,
    feature,
    statistic,
    value,
    reference_rows,
    current_rows
from {{ foretell.store('feature_statistics') }}
where statistic = 'psi'
