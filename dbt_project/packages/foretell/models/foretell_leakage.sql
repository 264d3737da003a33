select
    prediction,
    today as found_on,
    found_at,
    run_id,
    feature_view,
    feature,
    finding,
    severity,
    value,
    message
from {{ foretell.seen('feature_findings') }} as feature_findings
