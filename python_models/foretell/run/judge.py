"""The first step of a run: all that no reader sees.

What only training needs is imported where it begins: a build that only scores never waits for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from foretell.decide import Decision, decide, refuse_the_past
from foretell.errors import DataError, WaitsForApprovalError
from foretell.features.catalog import undeclared
from foretell.features.changed import restated, rows_changed
from foretell.features.findings import accepted, check_accepted, refuse_leaks
from foretell.features.kept import confirmed
from foretell.features.ties import ties
from foretell.ground.definitions import Changes, changes_since, listed
from foretell.publishing.judgement import Judgement, begin, stage_judgement
from foretell.publishing.rows import (
    write_backtest,
    write_no_scores,
    write_scores,
    write_set_aside,
)
from foretell.publishing.sweep import sweep
from foretell.registry.borrowed import borrow, check_borrowed
from foretell.registry.runs import Meaning, last_learnt, last_success, last_training
from foretell.registry.versions import (
    RESET,
    find_champion,
    next_version,
    refuse_unsigned,
    waiting_version,
)
from foretell.run.message import message_of, why_it_cannot
from foretell.run.trail import Run, record_of, write_findings
from foretell.scoring.fitted import Fitted, fitted_by, fitted_of
from foretell.scoring.score import check_columns, scores_of, to_score
from foretell.spec import PredictionSpec, read_spec
from foretell.staging.stage import stage
from foretell.staging.staged import Staged
from foretell.stores.record import Row, event_row
from foretell.training.beyond import clocks_among, left_out, looked_at, unlike_judged
from foretell.triggers import triggers
from foretell.validation.gates import Gates
from foretell.validation.learned import learned_rows
from foretell.validation.relearn import relearn
from foretell.warehouse.protocol import Warehouse

if TYPE_CHECKING:
    from foretell.training.train import Training

_KILLED = "It was ended from outside, before it had {}. Nothing of it was published."


def judge(run: Run) -> Judgement:
    """Stage, gate, look for leaks, decide, train, score, gate, and write it all under the run's id.

    Raises
    ------
    ForetellError
        An expected refusal. The last predictions and champion stay.
    """
    request, warehouse = run.request, run.warehouse
    with run.cost.of("sweep"):
        sweep(request, warehouse)
        begin(
            request,
            warehouse,
            record_of(run, status="crashed", message=_KILLED.format("been judged")),
        )
    spec = read_spec(
        request.declared, prediction=request.prediction, file=request.file, folder=request.folder
    )
    gates = run.gates = Gates.read(request)
    with run.cost.of("stage"):
        staged = look(run, spec)
        _name_unused_columns(run)
        run.ties = [sentence for view in request.views if (sentence := ties(view, warehouse))]
        _name_tags_of_no_column(run, spec)
    since = gates.since = last_success(request, warehouse) if run.champion else None
    changes = decide_whether(run, spec, staged)
    assert run.decision is not None  # noqa: S101
    assert run.meaning is not None  # noqa: S101
    gates.learn_from(run.champion, run.meaning, warehouse)
    is_empty = _is_empty(staged, warehouse)
    if run.champion is not None or not is_empty:
        # Before the first row there is nothing to judge; after it, that all are gone is a fault.
        with run.cost.of("input gate"):
            gates.check_input(staged, warehouse, run.champion)
    with run.cost.of("leakage"):
        findings = [
            *restated(request, staged, warehouse, since=since),
            *rows_changed(request, warehouse),
        ]
    if is_empty:
        run.decision = Decision(False, "the training query returned no rows")
    elif run.decision.train:
        run.progress(f"training: {run.decision.why}")
        with run.cost.of("train"):
            run.training = _train(run, spec, staged, changes)
            from foretell.training.suspicious import suspicious

            findings += suspicious(request, staged, run.training.rows, warehouse)
    run.findings = accepted(findings, spec)
    refuse_leaks(request, spec, run.findings)
    if run.training is not None and run.training.winner is not None:
        run.new = fitted_by(run.training, version=next_version(request, warehouse))
        run.waiting = run.new.version if spec.promote.approve == "manual" else None
    run.fitted = _ready_to_score(run, staged, changes)
    if run.fitted is not None:
        run.beyond += _unlike(run, staged, run.fitted)
        _score(run, staged, run.fitted, gates)
    with run.cost.of("write"):
        run.learned_lines = relearn(
            request,
            staged,
            gates.learned,
            warehouse,
            new_version=run.new_version,
            champion=run.champion,
        )
        _write(run, staged)
    judged = Judgement(
        record_of(run, status="crashed", message=_KILLED.format("been published")),
        message=message_of(run),
        has_scores=run.fitted is not None,
        kinds=staged.kinds,
    )
    stage_judgement(request, warehouse, judged)
    return judged


def look(run: Run, spec: PredictionSpec) -> Staged:
    """Find the champion and stage the training query's rows."""
    request, warehouse = run.request, run.warehouse
    if request.champion_from is not None:
        run.champion = borrow(request, warehouse)
    else:
        run.champion = None if request.begins_anew else find_champion(request, warehouse)
    refuse_the_past(request, run.champion)
    refuse_unsigned(request, run.champion)
    run.staged = stage(request, spec, warehouse)
    check_accepted(request, spec, run.staged.features)
    return run.staged


def decide_whether(run: Run, spec: PredictionSpec, staged: Staged) -> Changes:
    """Decide whether to train; returns how the features differ from the champion's."""
    request, warehouse = run.request, run.warehouse
    borrows = request.champion_from is not None
    anew = request.begins_anew and not borrows
    meaning = run.meaning = Meaning.of(request, spec, staged)
    learnt = None if anew else last_learnt(request, run.champion, warehouse)
    trained = last_training(request, warehouse) if learnt and not borrows else None
    run.triggers = triggers(request, spec, staged, warehouse, trained=trained)
    run.waiting = None if anew or borrows else waiting_version(request, warehouse)
    since = _changes(run, staged, meaning, since=learnt)
    run.decision = decide(
        request, run.champion, learnt, meaning, since, run.triggers, waiting=run.waiting
    )
    return _changes(run, staged, meaning)


def _score(run: Run, staged: Staged, fitted: Fitted, gates: Gates) -> None:
    """Write scores under the run's id, and judge them."""
    request, warehouse = run.request, run.warehouse
    rows = to_score(request, staged, warehouse)
    ((expected,),) = warehouse.rows(f"select count(*) from ({rows}) as to_score")
    with (
        run.cost.of("score"),
        scores_of(request, staged, fitted, warehouse, rows=rows, progress=run.progress) as scores,
    ):
        run.scored = scores.count
        written_scores = write_scores(
            request, staged, warehouse, scores.sql, version=fitted.version, run_id=run.run_id
        )
    with run.cost.of("output gate"):
        gates.check_output(
            staged, warehouse, run.champion, expected=expected, scored=written_scores
        )


def _write(run: Run, staged: Staged) -> None:
    """Write what else the run has made under its id."""
    request, warehouse, training = run.request, run.warehouse, run.training
    promoted = run.new is not None and run.new is run.fitted
    is_first = request.begins_anew or not _has_backtest(run)
    if request.begins_anew:
        # Before what is promoted: it forgets what came earlier.
        reset = event_row(
            request,
            run_id=run.run_id,
            version=None,
            event=RESET,
            message="History dropped and champion forgotten, as foretell_reset asked",
        )
        warehouse.append(request.store("model_events"), [reset])
    if run.fitted is None and not warehouse.exists(request.new_history):
        write_no_scores(request, staged, warehouse, run_id=run.run_id)
    if training is not None:
        from foretell.publishing.trained import store_training

        store_training(request, staged, warehouse, training, run.new, run.run_id, promoted=promoted)
        if promoted and is_first and run.new is not None:
            write_backtest(request, warehouse, training, run.new, run_id=run.run_id)
    write_set_aside(request, warehouse, run_id=run.run_id)
    warehouse.append(request.store("learned_expectations"), _learned(run))
    write_findings(run)


def _has_backtest(run: Run) -> bool:
    """Whether readers see a history already, which began with a backtest."""
    request, warehouse = run.request, run.warehouse
    if not warehouse.exists(request.history):
        return False
    return bool(warehouse.rows(f"select 1 from {request.published} as made limit 1"))


def _is_empty(staged: Staged, warehouse: Warehouse) -> bool:
    return not warehouse.rows(f"select 1 from {staged.relation} limit 1")


def _changes(
    run: Run, staged: Staged, meaning: Meaning, *, since: Meaning | None = None
) -> Changes:
    """How the feature set differs from the one that the champion chose from, or a later one."""
    champion = run.champion
    if champion is None:
        return changes_since(since.features, meaning.features) if since else Changes()
    changes = changes_since(since.features if since else champion.definitions, meaning.features)
    changes = confirmed(changes, run.request, staged, run.warehouse, version=champion.version)
    if since is not None and run.waiting is not None:
        return changes  # The version that waits has learnt what changed its kind.
    return changes.retyped(champion.recipe.features, champion.recipe.kinds, staged.kinds)


def _name_unused_columns(run: Run) -> None:
    for view in run.request.views:
        unused = undeclared(view, run.warehouse)
        if unused:
            run.progress(f"{view.name} has columns that no feature uses: {listed(unused)}")


def _name_tags_of_no_column(run: Run, spec: PredictionSpec) -> None:
    """A note, no refusal: a tag such as `pii` may stand in every spec of a project."""
    unused = [tag for tag in spec.never_use.tags if not run.request.tagged([tag])]
    if unused:
        run.progress(f"never_use.tags: no column of the training query has {listed(unused)}")


def _learned(run: Run) -> list[Row]:
    """Rows for the store of what the gates have learned in this run."""
    version = run.new_version or (run.champion.version if run.champion else None)
    if version is None or run.meaning is None:
        return []
    assert run.gates is not None  # noqa: S101
    changed = "something is defined otherwise"
    why = changed if run.gates.learned.is_outdated else "more outcomes are known"
    if run.new_version:
        why = "a new version"
    return learned_rows(
        run.request, run.learned_lines, run.meaning, version=version, run_id=run.run_id, why=why
    )


def _train(run: Run, spec: PredictionSpec, staged: Staged, changes: Changes) -> Training:
    """Train without clocks: a champion that looks at one can no more be refitted than one that
    has lost a feature.
    """
    from foretell.training.train import train

    clocks = clocks_among(staged, staged.features, run.warehouse)
    names = [clock.feature for clock in clocks]
    run.beyond += left_out(clocks)
    learnt_from = staged.without(names)
    if not learnt_from.features:
        raise DataError(
            f"{run.request.prediction}: nothing is left to learn from. {run.beyond[-1]}"
        )
    training = train(
        run.request,
        spec,
        learnt_from,
        run.champion,
        changes.without(names),
        run.warehouse,
        run.progress,
    )
    return replace(training, notes=(*training.notes, *left_out(clocks)))


def _unlike(run: Run, staged: Staged, fitted: Fitted) -> list[str]:
    """How rows to be scored differ from those that the version which scores has seen."""
    notes = unlike_judged(staged, run.warehouse)
    if run.training is None:
        clocks = clocks_among(staged, fitted.recipe.features, run.warehouse)
        notes += looked_at(clocks, version=fitted.version)
    return notes


def _ready_to_score(run: Run, staged: Staged, changes: Changes) -> Fitted | None:
    """The version that scores: the winner of this run's training, else the champion."""
    champion = run.champion
    if run.new is not None and run.new.version != run.waiting:
        return run.new
    if champion is None:
        return None
    if run.waiting is not None and (champion.unusable or changes.breaks(champion.recipe.needs)):
        _keep_waiting(run, staged, run.waiting)
    if run.request.champion_from is not None:
        check_borrowed(run.request, champion, changes)
    check_columns(run.request, champion.recipe, staged, changes, version=champion.version)
    return fitted_of(champion)


def _keep_waiting(run: Run, staged: Staged, waiting: int) -> None:
    """Store a version that waits for approval, though the run stops: nothing else can score.

    Raises
    ------
    WaitsForApprovalError
        Always; says how to approve.
    """
    from foretell.publishing.trained import store_training

    request = run.request
    if run.training is not None and run.new is not None:
        store_training(
            request, staged, run.warehouse, run.training, run.new, run.run_id, promoted=False
        )
    raise WaitsForApprovalError(
        f"The champion of {request.prediction} {why_it_cannot(run, waiting)} waits for approval. "
        "The last predictions stay. Approve it with: "
        f"foretell promote {request.prediction}"
    )
