"""Ids that people, scripts and providers see: a prefix that tells the kind, and what nobody can guess or count."""

from __future__ import annotations

import secrets
import time

# Crockford's: no letter that is taken for a digit or for another letter.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26


def new_public_id(prefix: str) -> str:
    """`pay_01k9…`: a ULID in lower case after its prefix. Later ones sort behind earlier ones."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    letters = [ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5)]
    return f"{prefix}_{''.join(letters)}"
