"""How much a proof tries, and by what chance: `make proof` runs the sizes of continuous integration, `make
proof-full` all of it."""

from __future__ import annotations

import os
import random
import sys

FULL = os.environ.get("PROOF") == "full" or os.environ.get("PROOF_FULL") == "1"


def size(*, ci: int, full: int) -> int:
    """The number of trials of a proof in this run."""
    return full if FULL else ci


def chance_of_this_run() -> random.Random:
    """Another one in each run. Its seed is printed, and PROOF_SEED gives it again."""
    seed = os.environ.get("PROOF_SEED") or f"{random.SystemRandom().getrandbits(32):x}"
    sys.stdout.write(f"PROOF_SEED={seed}\n")
    return random.Random(seed)
