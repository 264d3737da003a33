"""The registry as a person asks for it: versions, events, and who may become champion."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from foretell.client.dbt_command import ask, dbt
from foretell.errors import RegistryError

MODELS = "select * from {{ ref('foretell_models') }}"
CARDS = (
    "select * from {{ ref('foretell_model_cards') }} order by prediction, model_version, position"
)
EVENTS = "select * from {{ ref('foretell_model_events') }} order by happened_at desc"
RUNS = "select * from {{ ref('foretell_runs') }} order by finished_at desc"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Registry:
    """The versions and events of all predictions in a target.

    Attributes
    ----------
    versions
        Rows of `foretell_models`.
    """

    project_dir: Path
    options: tuple[str, ...]
    versions: Sequence[Row]

    @staticmethod
    def read(project_dir: Path, target: str | None = None) -> Registry:
        """Ask the target that dbt would build."""
        options = ("--target", target) if target else ()
        return Registry(project_dir, options, ask(project_dir, MODELS, options=options))

    def events(self) -> list[dict[str, Any]]:
        """All events, newest first."""
        return ask(self.project_dir, EVENTS, options=self.options)

    def runs(self) -> list[dict[str, Any]]:
        """All runs, newest first.

        Raises
        ------
        RegistryError
            An older foretell built the view over them.
        """
        rows = ask(self.project_dir, RUNS, options=self.options)
        if rows and "cpu_seconds" not in rows[0]:
            raise RegistryError(
                "foretell_runs of this target was built by an older foretell, which did not "
                "measure what runs cost. Run `dbt build --select package:foretell` once."
            )
        return rows

    def of(self, prediction: str) -> list[Row]:
        """Versions of a prediction, newest first.

        Raises
        ------
        RegistryError
            It has none.
        """
        versions = [row for row in self.versions if row["prediction"] == prediction]
        if not versions:
            predictions = ", ".join(sorted({row["prediction"] for row in self.versions}))
            raise RegistryError(
                f"There is no version of a prediction {prediction} in this target; it has "
                f"[{predictions}]. A version is made by dbt build."
            )
        return sorted(versions, key=lambda row: -int(row["model_version"]))

    def version(self, prediction: str, version: int) -> Row:
        """One version.

        Raises
        ------
        RegistryError
            There is none of this number.
        """
        versions = self.of(prediction)
        for row in versions:
            if int(row["model_version"]) == version:
                return row
        numbers = ", ".join(
            f"v{version_row['model_version']}" for version_row in reversed(versions)
        )
        raise RegistryError(f"{prediction} has no version v{version}; it has [{numbers}].")

    def card(self, prediction: str, version: int) -> str:
        """A version's model card, as Markdown.

        Raises
        ------
        RegistryError
            It has none.
        """
        rows = [
            (str(line["section"]), str(line["sentence"]))
            for line in ask(self.project_dir, CARDS, options=self.options)
            if line["prediction"] == prediction and int(line["model_version"]) == version
        ]
        if not rows:
            raise RegistryError(
                f"{prediction} v{version} has no model card: it was made before there were any. "
                "The next version gets one."
            )
        return _as_markdown(prediction, version, rows)

    def champion(self, prediction: str) -> Row | None:
        """The version that serves."""
        return next((row for row in self.of(prediction) if row["status"] == "champion"), None)

    def waiting(self, prediction: str) -> Row:
        """The newest version that waits for approval.

        Raises
        ------
        RegistryError
            None does.
        """
        for row in self.of(prediction):
            if row["status"] == "waits for approval":
                return row
        raise RegistryError(
            f"No version of {prediction} waits for approval. Name the one to promote: "
            f"foretell promote {prediction} v3. `foretell history {prediction}` lists them."
        )

    def before_champion(self, prediction: str) -> Row:
        """The version that was champion before the one that is.

        Raises
        ------
        RegistryError
            There was none.
        """
        earlier = [row for row in self.of(prediction) if row["status"] == "earlier champion"]
        if not earlier:
            raise RegistryError(f"{prediction} has had no champion before, so none to go back to.")
        return min(earlier, key=lambda row: int(row["champion_rank"]))

    def make_champion(self, row: Row, *, event: str, message: str) -> None:
        """Put on record that a version serves from the next build on.

        Raises
        ------
        RegistryError
            It does so already, was forgotten by a reset, or its artifact is gone.
        """
        name = f"{row['prediction']} v{row['model_version']}"
        if row["status"] == "champion":
            raise RegistryError(f"{name} is champion already; nothing was changed.")
        if row["status"] == "forgotten":
            raise RegistryError(
                f"{name} was made before foretell_reset began anew: its history is gone, and it "
                "is not brought back. Train anew: dbt build --vars 'foretell_train: true'"
            )
        # Views that an older version built do not say.
        if not row.get("has_artifact", True):
            raise RegistryError(
                f"{name} cannot serve again: retention has dropped its artifact "
                "(`foretell_retention: {artifacts: ...}`). Name another version, or train anew: "
                "dbt build --vars 'foretell_train: true'"
            )
        arguments = {
            "prediction": row["prediction"],
            "version": int(row["model_version"]),
            "event": event,
            "message": message,
            "happened_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}",
        }
        dbt(
            self.project_dir,
            "run-operation",
            "foretell.make_champion",
            "--args",
            json.dumps(arguments),
            *self.options,
        )


def _as_markdown(prediction: str, version: int, rows: Sequence[tuple[str, str]]) -> str:
    """The card as Markdown, from its (section, sentence) rows in order."""
    lines = [f"# {prediction} v{version}"]
    section = None
    for title, sentence in rows:
        if title != section:
            lines += ["", f"## {title}", ""]
            section = title
        lines.append(f"- {sentence}")
    return "\n".join(lines) + "\n"
