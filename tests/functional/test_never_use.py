"""Columns that dbt tags are kept out of models, wherever their YAML stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from project import PREDICTION

if TYPE_CHECKING:
    from project import Project

STAYS = """
models:
  - name: feat_member__stays
    config:
      meta:
        feature_view:
          kind: events
          entity: member_id
          time: visited_at
          windows: [30 days]
          aggregations: [{agg: count}, {agg: sum, column: minutes}]
    columns:
      - {name: minutes, tags: [health]}
"""


def test_columns_with_a_tag_are_no_features(gym: Project) -> None:
    gym.write("models/stays.yml", STAYS)
    gym.write(
        "models/feat_member__stays.sql",
        "select member_id, visited_at, minutes from {{ ref('fct_visits') }}",
    )
    sql = f"models/{PREDICTION}.sql"
    gym.replace(sql, "[ref(", "[ref('feat_member__stays'), ref(")
    gym.replace(sql, "not exists (", "spine.member_id % 7 as Phone, not exists (")
    yaml = "models/gym.yml"
    never = "never_use: {tags: [pii, health, secret]}"
    gym.replace(yaml, "horizon: 30 days", f"horizon: 30 days\n          {never}")
    gym.replace(
        yaml,
        "description: Days since the last visit.",
        "description: Days since the last visit.\n        config: {tags: pii}",
    )
    gym.replace(yaml, "      - name: member_id", "      - {name: phone, config: {tags: [pii]}}\n"
                "      - name: member_id")  # fmt: skip
    printed = gym.build()
    assert "no column of the training query has secret" in printed
    (definitions,) = gym.query(
        "select definitions from gym_foretell.foretell_store_model_versions"
    )[0]
    assert set(json.loads(definitions)) - {"foretell_rule"} == {
        "stays_count_30d",
        "visits_count_30d",
        "visits_select",
    }
    never_used = gym.value(
        "select sentence from gym_foretell.foretell_store_model_cards where sentence like "
        "'Never used%'"
    )
    for name in ("phone", "stays_sum_minutes_30d", "visits_days_since_last"):
        assert name in never_used
