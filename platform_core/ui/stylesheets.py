"""`make css`: compile the style sheets with the Tailwind of the wheel; the results are kept in the repository.

`python -m platform_core.ui.stylesheets` writes them, `--check` fails when one is out of date.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "platform_core" / "ui" / "css"
NAMES = ("storefront", "console")


def target_of(name: str) -> Path:
    """The compiled style sheet of that name."""
    return ROOT / "static" / name / f"{name}.css"


def compile_stylesheet(name: str) -> bytes:
    """The minified style sheet as Tailwind writes it now. Raises CalledProcessError with its message."""
    tailwind = Path(sys.executable).with_name("tailwindcss")
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / f"{name}.css"
        subprocess.run(
            [str(tailwind), "-i", str(SOURCES / f"{name}.css"), "-o", str(output), "--minify"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        return output.read_bytes()


def out_of_date() -> list[str]:
    """The names of the style sheets whose sources or templates have changed since they were compiled."""
    return [
        name
        for name in NAMES
        if not target_of(name).exists() or target_of(name).read_bytes() != compile_stylesheet(name)
    ]


def main(arguments: list[str]) -> int:
    stale = out_of_date()
    if "--check" in arguments:
        if stale:
            sys.stderr.write(f"Out of date: {', '.join(stale)}. Run `make css`.\n")
        return 1 if stale else 0
    for name in stale:
        target_of(name).parent.mkdir(parents=True, exist_ok=True)
        target_of(name).write_bytes(compile_stylesheet(name))
        sys.stdout.write(f"static/{name}/{name}.css\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
