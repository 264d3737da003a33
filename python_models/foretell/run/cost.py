"""What a run costs, in all and by step: CPU-seconds, and the memory that its process reached."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Cost:
    """The process's CPU-seconds and peak memory in MB since a run began, and those of its steps.

    Memory is the highest that the process has held so far: it never falls.
    """

    began: float = field(default_factory=time.process_time)
    steps: list[dict[str, str | float]] = field(default_factory=list)

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        """Measure a step."""
        started = time.process_time()
        try:
            yield
        finally:
            self.steps.append(
                {
                    "step": step,
                    "cpu_seconds": round(time.process_time() - started, 3),
                    "peak_memory_mb": round(_peak_mb(), 1),
                }
            )

    def as_columns(self) -> dict[str, float | str]:
        """As the store `runs` keeps it."""
        return {
            "cpu_seconds": round(time.process_time() - self.began, 3),
            "peak_memory_mb": round(_peak_mb(), 1),
            "cost": json.dumps(self.steps),
        }


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
