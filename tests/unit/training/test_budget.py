"""The clock stops what runs away, and says so."""

from __future__ import annotations

from foretell.training.budget import Budget


def test_a_budget_is_spent_when_its_seconds_are_over() -> None:
    assert Budget(seconds=0).is_spent
    assert not Budget(seconds=1e6).is_spent
    assert Budget(seconds=10, started=Budget().started - 11).is_spent


def test_the_note_names_what_was_left_out_and_what_to_do() -> None:
    said = Budget(seconds=1800).note(["lightgbm", "own:make"])
    for phrase in ("1,800 seconds", "lightgbm, own:make", "foretell_train_seconds", "`candidates`"):
        assert phrase in said
