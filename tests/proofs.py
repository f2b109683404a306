"""How much a proof tries: `make proof` runs the sizes of continuous integration, `make proof-full` all of it."""

from __future__ import annotations

import os

FULL = os.environ.get("PROOF") == "full" or os.environ.get("PROOF_FULL") == "1"


def size(*, ci: int, full: int) -> int:
    """The number of trials of a proof in this run."""
    return full if FULL else ci
