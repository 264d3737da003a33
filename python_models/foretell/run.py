"""One run of one prediction, step by step: the life that `dbt build` gives it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from foretell.decide import Decision, decide, refuse_the_past
from foretell.errors import DataError
from foretell.features.catalog import undeclared
from foretell.features.changed import restated, rows_changed
from foretell.features.findings import (
    Finding,
    accepted,
    check_accepted,
    finding_rows,
    refuse_leaks,
    sentences,
)
from foretell.features.kept import confirmed
from foretell.features.ties import ties
from foretell.ground.definitions import Changes, changes_since, listed
from foretell.monitoring.watch import watch
from foretell.publishing.publish import publish as publish_all
from foretell.publishing.publish import publish_nothing
from foretell.publishing.trained import store_training
from foretell.registry.borrowed import borrow, check_borrowed
from foretell.registry.runs import Meaning, last_learnt, last_success, last_training
from foretell.registry.versions import (
    Champion,
    find_champion,
    next_version,
    refuse_unsigned,
    waiting_version,
)
from foretell.request import Request
from foretell.scoring.fitted import Fitted, fitted_of
from foretell.scoring.score import check_columns, score, to_score
from foretell.spec import PredictionSpec, read_spec
from foretell.staging.stage import stage
from foretell.staging.staged import Staged
from foretell.stores.record import Row, event_row, now
from foretell.training.beyond import clocks_among, left_out, looked_at, unlike_judged
from foretell.training.metrics import HEADLINES, METRICS
from foretell.training.suspicious import suspicious
from foretell.training.train import Training, train
from foretell.triggers import Triggers, triggers
from foretell.validation.gates import Gates
from foretell.validation.learned import learned_rows
from foretell.validation.lessons import lessons
from foretell.validation.results import result_rows, worst_of_each
from foretell.validation.suite import Line
from foretell.warehouse.protocol import Warehouse

Progress = Callable[[str], None]


@dataclass
class Run:
    """A run on its way: what is known so far, for the record that it leaves in any case."""

    request: Request
    warehouse: Warehouse
    progress: Progress
    started_at: datetime = field(default_factory=now)
    clock: float = field(default_factory=time.perf_counter)
    learns: Meaning | None = None
    triggers: Triggers = field(default_factory=Triggers)
    decision: Decision | None = None
    staged: Staged | None = None
    champion: Champion | None = None
    training: Training | None = None
    made: int | None = None
    waiting: int | None = None
    fitted: Fitted | None = None
    scored: int = 0
    is_published: bool = False
    gates: Gates | None = None
    lessons: tuple[Line, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    ties: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)

    @property
    def run_id(self) -> str:
        """Names this run in every store."""
        return f"{self.request.invocation_id}.{self.request.prediction}"

    @property
    def warnings(self) -> list[str]:
        """Sentences about what a person should look at."""
        return [
            *(one.sentence() for one in worst_of_each(self.gates.results if self.gates else [])),
            *sentences(self.findings),
            *self.ties,
            *self.beyond,
            *(self.staged.warnings if self.staged else ()),
            *((self.training.warnings) if self.training else ()),
            *([self.champion.unusable] if self.champion and self.champion.unusable else []),
        ]


def judge(run: Run) -> None:
    """Do everything that no reader sees: stage, gate, look for leaks, decide, train, score, gate.

    Raises:
        ForetellError: an expected refusal. The last predictions and champion stay.
    """
    request, warehouse = run.request, run.warehouse
    spec = read_spec(request.declared, prediction=request.prediction, file=request.file)
    gates = run.gates = Gates.read(request)
    staged = look(run, spec)
    _name_unused_columns(run)
    run.ties = [said for view in request.views if (said := ties(view, warehouse))]
    _name_tags_of_no_column(run, spec)
    since = gates.since = last_success(request, warehouse) if run.champion else None
    changes = decide_whether(run, spec, staged)
    assert run.decision is not None  # noqa: S101
    assert run.learns is not None  # noqa: S101
    gates.learn_from(run.champion, run.learns, warehouse)
    is_empty = _is_empty(staged, warehouse)
    if run.champion is not None or not is_empty:
        # Before the first row there is nothing to judge; after it, that all are gone is a fault.
        gates.check_input(staged, warehouse, run.champion)
    found = [*restated(request, staged, warehouse, since=since), *rows_changed(request, warehouse)]
    if is_empty:
        run.decision = Decision(False, "the training query returned no rows")
    elif run.decision.train:
        run.progress(f"training: {run.decision.why}")
        run.training = _train(run, spec, staged, changes)
        found += suspicious(request, staged, run.training.rows, warehouse)
    run.findings = accepted(found, spec)
    refuse_leaks(request, spec, run.findings)
    if run.training is not None and run.training.winner is not None:
        run.made = next_version(request, warehouse)
        run.waiting = run.made if spec.promote.approve == "manual" else None
    run.fitted = _ready_to_score(run, staged, changes)
    if run.fitted is not None:
        run.beyond += _unlike(run, staged, run.fitted)
        rows = to_score(request, staged, warehouse)
        ((expected,),) = warehouse.rows(f"select count(*) from ({rows}) as to_score")
        run.scored = score(request, staged, run.fitted, warehouse, rows=rows, progress=run.progress)
        gates.check_output(staged, warehouse, run.champion, expected=expected)
    run.lessons = lessons(
        request, staged, gates.learned, warehouse, made=run.made, champion=run.champion
    )


def look(run: Run, spec: PredictionSpec) -> Staged:
    """Find the champion and stage the training query's rows."""
    request, warehouse = run.request, run.warehouse
    if request.champion_from is not None:
        run.champion = borrow(request, warehouse)
    else:
        run.champion = None if _begins_anew(request) else find_champion(request, warehouse)
    refuse_the_past(request, run.champion)
    refuse_unsigned(request, run.champion)
    run.staged = stage(request, spec, warehouse)
    check_accepted(request, spec, run.staged.features)
    return run.staged


def decide_whether(run: Run, spec: PredictionSpec, staged: Staged) -> Changes:
    """Decide whether to train; returns how the features differ from the champion's."""
    request, warehouse = run.request, run.warehouse
    borrows = request.champion_from is not None
    anew = _begins_anew(request) and not borrows
    learns = run.learns = Meaning.of(request, spec, staged)
    learnt = None if anew else last_learnt(request, run.champion, warehouse)
    trained = last_training(request, warehouse) if learnt and not borrows else None
    run.triggers = triggers(request, spec, staged, warehouse, trained=trained)
    run.waiting = None if anew or borrows else waiting_version(request, warehouse)
    since = _changes(run, staged, learns, since=learnt)
    run.decision = decide(
        request, run.champion, learnt, learns, since, run.triggers, waiting=run.waiting
    )
    return _changes(run, staged, learns)


def publish(run: Run) -> str:
    """Make what was judged visible, monitor it, record the run; dbt's line about it."""
    request, warehouse = run.request, run.warehouse
    assert run.staged is not None  # noqa: S101
    assert run.gates is not None  # noqa: S101
    if run.fitted is None:
        publish_nothing(
            request,
            run.staged,
            warehouse,
            training=run.training,
            made=run.made,
            learned=_learned(run),
            run_id=run.run_id,
        )
        run.is_published = True
        message = _waits(run) or "nothing to score, nothing to learn from yet"
    else:
        publish_all(
            request,
            run.staged,
            warehouse,
            training=run.training,
            made=run.made,
            fitted=run.fitted,
            learned=_learned(run),
            run_id=run.run_id,
        )
        run.is_published = True
        watch(request, run.staged, warehouse, run_id=run.run_id)
        message = _message(run)
    record(run, status="success", message=message)
    clean(run)
    return message


def record(run: Run, *, status: str, message: str) -> None:
    """Leave the run and its gates' results in the stores, however it ended."""
    request, warehouse = run.request, run.warehouse
    version = run.fitted.version if run.fitted else run.champion.version if run.champion else None
    results = run.gates.results if run.gates else []
    with warehouse.transaction():
        warehouse.append(
            request.store("validation_results"),
            result_rows(request, results, run_id=run.run_id, version=version),
        )
        warehouse.append(
            request.store("feature_findings"),
            finding_rows(request, run.findings, run_id=run.run_id),
        )
        if any(result.blocks for result in results):
            gate_failed = event_row(
                request, run_id=run.run_id, version=version, event="gate failed", message=message
            )
            warehouse.append(request.store("model_events"), [gate_failed])
        warehouse.append(
            request.store("runs"),
            [
                {
                    "run_id": run.run_id,
                    "invocation_id": request.invocation_id,
                    "prediction": request.prediction,
                    "today": request.today,
                    "stands_at": request.instant,
                    "known_until": _known_until(run),
                    "started_at": run.started_at,
                    "finished_at": now(),
                    "status": status,
                    "decision": run.decision.why if run.decision else None,
                    "is_trained": run.training is not None,
                    "learnt_from": run.learns.as_json() if run.training and run.learns else None,
                    "model_version": version,
                    "scored": run.scored,
                    "quarantined": run.gates.quarantined.rows if run.gates else 0,
                    "input_gate": run.gates.status("input") if run.gates else None,
                    "output_gate": run.gates.status("output") if run.gates else None,
                    "warnings": len(run.warnings),
                    **_limits_of_trust(run),
                    "message": message,
                    "seconds": time.perf_counter() - run.clock,
                }
            ],
        )


def clean(run: Run) -> None:
    """Remove what only this run needed."""
    request = run.request
    run.warehouse.drop(request.staged, request.scored, request.set_aside)


def _begins_anew(request: Request) -> bool:
    return request.full_refresh and request.reset


def _is_empty(staged: Staged, warehouse: Warehouse) -> bool:
    return not warehouse.rows(f"select 1 from {staged.relation} limit 1")


def _changes(run: Run, staged: Staged, learns: Meaning, *, since: Meaning | None = None) -> Changes:
    """How the feature set differs from the one that the champion chose from, or a later one."""
    champion = run.champion
    if champion is None:
        return changes_since(since.features, learns.features) if since else Changes()
    changes = changes_since(since.features if since else champion.definitions, learns.features)
    changes = confirmed(changes, run.request, staged, run.warehouse, version=champion.version)
    if since is not None and run.waiting is not None:
        return changes  # The version that waits has learnt what became of another kind.
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


def _known_until(run: Run) -> datetime | None:
    """Where the data end, if they end before the run stands."""
    return run.staged.data_end.known_until if run.staged and run.staged.data_end else None


def _limits_of_trust(run: Run) -> Row:
    """What the spec says about the trust light, for the view that judges by it."""
    trust = run.staged.spec.trust if run.staged else None
    return {
        "max_age_days": trust.max_age.total_seconds() / 86400 if trust else None,
        "max_drop": trust.max_drop if trust else None,
        "max_miscalibration": trust.max_miscalibration if trust else None,
    }


def _learned(run: Run) -> list[Row]:
    """Rows for the store of what the gates have learned in this run."""
    version = run.made or (run.champion.version if run.champion else None)
    if version is None or run.learns is None:
        return []
    assert run.gates is not None  # noqa: S101
    changed = "something is defined otherwise"
    why = changed if run.gates.learned.is_outdated else "more outcomes are known"
    if run.made:
        why = "a new version"
    return learned_rows(
        run.request, run.lessons, run.learns, version=version, run_id=run.run_id, why=why
    )


def _train(run: Run, spec: PredictionSpec, staged: Staged, changes: Changes) -> Training:
    """Train without clocks: a champion that looks at one can no more be refitted than one that
    has lost a feature.
    """
    clocks = clocks_among(staged, staged.features, run.warehouse)
    names = [one.feature for one in clocks]
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
    found = unlike_judged(staged, run.warehouse)
    if run.training is None:
        clocks = clocks_among(staged, fitted.recipe.features, run.warehouse)
        found += looked_at(clocks, version=fitted.version)
    return found


def _ready_to_score(run: Run, staged: Staged, changes: Changes) -> Fitted | None:
    """The version that scores: the winner of this run's training, else the champion."""
    training, champion = run.training, run.champion
    serves = run.made if run.made != run.waiting else None
    if training is not None and training.recipe is not None and serves is not None:
        assert training.model is not None  # noqa: S101
        return Fitted(serves, training.recipe, training.model, training.typical())
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

    Raises:
        DataError: always; says how to approve.
    """
    request = run.request
    if run.training is not None and run.made is not None:
        with run.warehouse.transaction():
            store_training(
                request, staged, run.warehouse, run.training, waiting, run.run_id, promoted=False
            )
    raise DataError(
        f"The champion of {request.prediction} {_why_it_cannot(run, waiting)} waits for approval. "
        "The last predictions stay. Approve it with: "
        f"foretell promote {request.prediction}"
    )


def _why_it_cannot(run: Run, waiting: int) -> str:
    if run.champion is not None and run.champion.unusable is not None:
        return f"cannot be loaded, and v{waiting}, fitted anew,"
    return f"has lost what it looks at, and v{waiting}, which does without,"


def _waits(run: Run) -> str | None:
    if run.waiting is None:
        return None
    return f"v{run.waiting} waits for approval (foretell promote {run.request.prediction})"


def _message(run: Run) -> str:
    assert run.fitted is not None  # noqa: S101
    parts = [f"v{run.fitted.version} champion"]
    waits = _waits(run)
    if run.request.champion_from is not None:
        parts[0] += f" of {run.request.champion_from.database}.{run.request.champion_from.schema}"
    if run.training is not None and run.training.winner is not None and waits is None:
        winner = run.training.winner
        parts[0] += f" ({winner.contender.name})"
        metrics: Mapping[str, float] = winner.metrics[-1]
    else:
        metrics = run.champion.metrics if run.champion else {}
        rejected = run.training is not None and waits is None
        scored = "scored only" if run.request.champion_from is not None else "spec unchanged"
        parts.append("challenger rejected" if rejected else waits or scored)
    parts += _headline(run.staged.spec if run.staged else None, metrics)
    parts.append(f"scored {run.scored:,}" if run.scored else "nothing to score")
    if not run.request.gates:
        parts.append("gates off")
    if run.gates and run.gates.quarantined.rows:
        parts.append(f"{run.gates.quarantined.rows:,} set aside")
    if run.warnings:
        parts.append(f"{len(run.warnings)} warning{'s' if len(run.warnings) > 1 else ''}")
    return ", ".join(parts)


def _headline(spec: PredictionSpec | None, metrics: Mapping[str, float]) -> list[str]:
    """The one figure that people know of a task."""
    if spec is None:
        return []
    name = HEADLINES.get(spec.task, spec.metric)
    words = METRICS[spec.task][name].words
    value = metrics.get(name)
    return (
        [] if value is None else [f"{words} {value:.2f}" if value < 10 else f"{words} {value:,.0f}"]
    )
