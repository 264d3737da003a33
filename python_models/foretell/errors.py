"""Errors that a person can act on: what was wrong, what was found, what is allowed, what next."""

from __future__ import annotations


class ForetellError(Exception):
    """An expected refusal: printed as it stands, without a traceback."""


class SpecError(ForetellError, ValueError):
    """A prediction's YAML says something that cannot be done."""


class DataError(ForetellError, ValueError):
    """The rows of a training query cannot be learnt from or scored."""


class LeakageError(DataError):
    """A feature seems to know the future, and the spec says to refuse that."""


class GateError(ForetellError):
    """An input or output gate stopped the run."""


class RegistryError(ForetellError):
    """A stored model version cannot be used."""


class WaitsForApprovalError(ForetellError):
    """Nothing can score until a person approves the version that was trained."""


class CrashError(ForetellError):
    """Something that foretell did not expect: a bug of foretell, with where its traceback is."""


class ForeignRelationError(ForetellError):
    """A table that foretell did not make stands where it would write."""


class ServingError(ForetellError):
    """The serving copy cannot be published."""


class WarehouseError(ForetellError, RuntimeError):
    """The database cannot be opened, or refused a statement."""


class SupersetError(ForetellError):
    """Superset cannot be installed, started or reached, or refuses what was sent."""


class ScaffoldError(ForetellError, ValueError):
    """The files of a new feature cannot be written as asked."""
