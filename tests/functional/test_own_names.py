"""Names that a person chose for columns, classes and models mean one thing each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from project import Project

#: The newest rows are not matured yet.
TODAY = "2025-07-01"
ROWS = """
    select
        k as guest_id, date '2025-03-03' + cast(14 * w as integer) as asked_on,
        cast(hash(k * 13) % 100 as double) as nights,
        cast(hash(k * 7 + w) % 100 as double) as noise,
        (hash(k * 13) % 100) + (hash(k * 91 + w) % 30) > 65 as returns
    from range(60) as a(k) cross join range(9) as b(w)
"""
SPEC = """
          entity: guest_id
          as_of: asked_on
          horizon: 14 days
          candidates: [logistic]
"""
YAML = f"""
models:
  - name: pred_stay__returns
    config:
      meta:
        prediction:
          task: binary
          label: returns{SPEC}
    columns:
      - {{name: NIGHTS, description: Nights stayed so far. Counted at check-out.}}
  - name: pred_stay__mood
    config:
      meta:
        prediction:
          task: multiclass
          label: mood{SPEC}
  - name: pred_stay__twice
    config:
      meta:
        prediction:
          task: binary
          label: returns{SPEC}
    latest_version: 2
    versions: [{{v: 1}}, {{v: 2}}]
"""
MOOD = "case when nights > 66 then 1 when nights > 33 then 0 else -1 end as mood"


def test_what_a_person_named_keeps_its_meaning(gym: Project) -> None:
    config = "{{ config(materialized='prediction') }}"
    gym.write("models/stays.yml", YAML)
    gym.write("models/pred_stay__returns.sql", f"{config}{ROWS};\n-- that is all;\n")
    mood = f"select guest_id, asked_on, nights, {MOOD} from ({ROWS})"
    gym.write("models/pred_stay__mood.sql", f"{config}{mood}")
    for version in (1, 2):
        gym.write(f"models/pred_stay__twice_v{version}.sql", f"{config}{ROWS}")

    said = gym.refused("--select", "foretell", "path:models/pred_stay*", today=TODAY)

    # dbt's versions of one prediction would share a history: both are refused, by name.
    assert said.count("are two predictions of one name") >= 2
    assert "model.gym.pred_stay__twice.v1 and model.gym.pred_stay__twice.v2" in said
    assert gym.query(
        "select distinct prediction from gym_foretell.foretell_store_model_versions order by all"
    ) == [("pred_stay__mood",), ("pred_stay__returns",)]

    # A column of the query itself is called as its description says.
    reasons = gym.query(
        "select reason_1 from gym.gym.pred_stay__returns where reason_1 is not null"
    )
    assert any(reason.startswith("Nights stayed so far: ") for (reason,) in reasons)
    assert gym.value(
        "select description from gym_foretell.foretell_features where feature = 'nights' "
        "and prediction = 'pred_stay__returns'"
    ).startswith("Nights stayed so far.")

    # Each class has the column that is called after it, where it is the likeliest.
    for mood, column in (("-1", "score_minus_1"), ("0", "score_0"), ("1", "score_1")):
        rows = f"from gym.gym.pred_stay__mood where predicted = '{mood}'"
        assert gym.query(f"select bool_and({column} = score), count(*) > 0 {rows}") == [
            (True, True)
        ]

    # What somebody typed is shown as it was typed.
    typed = "see [a, b], [/x] and :tada:"
    gym.change(f"update gym_foretell.foretell_store_model_events set message = '{typed}'")
    history = gym.foretell("history", "pred_stay__returns")
    assert history.returncode == 0, history.stdout
    assert typed in history.stdout
