"""`python -m platform_core.embedded start|stop|status [folder]`: the servers of a checkout, by hand."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from platform_core.embedded import PROJECT_DIR, EmbeddedError, running, start, stop


def main(arguments: list[str]) -> int:
    """Exit code 0 when done or running, 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m platform_core.embedded", description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "status"])
    parser.add_argument("var", nargs="?", type=Path, default=PROJECT_DIR / "var")
    parser.add_argument("--fast", action="store_true", help="give up crash safety for speed")
    options = parser.parse_args(arguments)
    try:
        if options.action == "stop":
            return 0 if stop(options.var, force=True) else 1
        if options.action == "start":
            servers = start(options.var, durable=not options.fast, linger=True)
        else:
            found = running(options.var)
            if found is None:
                sys.stdout.write("not running\n")
                return 1
            servers = found
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(asdict(servers), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
