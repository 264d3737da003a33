select
    prediction,
    version as model_version,
    position,
    section,
    sentence,
    today as written_on
from {{ foretell.store('model_cards') }}
