"""`make bench`: the project's budgets, measured group by group. docs/performance.md says what each is."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from importlib import import_module
from types import FrameType

from bench import ground
from bench.report import Table, say

# The start comes first: it is measured while nothing else of this process holds the servers.
GROUPS = {
    "start": "how soon `make dev` and a web process answer",
    "pages": "queries, bytes and milliseconds of the demo's pages",
    "rates": "requests per second under granian, beside a bare Django view",
    "memory": "two web workers under load",
    "creation": "a vendor and a platform",
    "sales": "looking, searching and ordering, beside a bare Django view and other systems",
    "home": "the dashboard of a shop with 100,000 orders",
    "lists": "lists in shops and platforms of up to a million products",
}


def main(arguments: list[str]) -> int:
    """Exit code 1 when a budget of queries or bytes is over; of time and memory the table only tells."""
    options = _options(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    load = os.getloadavg()[0]
    say(
        f"{os.cpu_count()} processors, load average {load:.1f} before: times are those of a machine as busy as that."
    )
    tables = [table for name in options.groups for table in _measured(name, options)]
    ground.release()
    if options.json:
        sys.stdout.write(
            json.dumps([table.as_json() for table in tables], indent=2, ensure_ascii=False) + "\n"
        )
    over = [table.title for table in tables if table.is_over]
    if over:
        say(f"A budget of queries or bytes is over: {'; '.join(over)}.")
    return 1 if over else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog="\n".join(f"  {name:<10}{text}" for name, text in GROUPS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("groups", nargs="*", metavar="GROUP", help="some of the groups below; all by default")
    parser.add_argument("--json", action="store_true", help="write the figures as JSON instead of tables")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of the rates")
    parser.add_argument("--seconds", type=float, default=3.0, help="seconds of load on one page in one round")
    parser.add_argument("--products", type=_sizes, help="sizes of the shops of sales and lists")
    options = parser.parse_args(arguments)
    unknown = set(options.groups) - set(GROUPS)
    if unknown:
        parser.error(f"there is no group {', '.join(sorted(unknown))}: choose from {', '.join(GROUPS)}")
    options.groups = [name for name in GROUPS if name in options.groups or not options.groups]
    return options


def _sizes(text: str) -> list[int]:
    return sorted(int(part) for part in text.replace("_", "").split(","))


def _measured(name: str, options: argparse.Namespace) -> list[Table]:
    say(f"Measuring {GROUPS[name]} …")
    ground.prepare()
    if name != "start":
        _load_django()
    # The settings look for running servers, so what needs Django is imported once they run.
    tables = []
    for table in import_module(f"bench.{name}").measure(options):
        tables.append(table)
        if not options.json:
            sys.stdout.write(f"\n{table.text()}")
            sys.stdout.flush()
    return tables


def _load_django() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = ground.SETTINGS
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    # The limit is counted and never reached.
    os.environ["API_RATE_PER_MINUTE"] = "1000000000"
    import_module("django").setup()


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
