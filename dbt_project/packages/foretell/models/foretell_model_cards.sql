select
    prediction,
    version as model_version,
    position,
    section,
    sentence,
    today as written_on
from {{ foretell.seen('model_cards') }} as model_cards
