"""Packages as their makers would publish them, built and installed as anybody would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SAMPLES = ("greetings", "digest", "lockers")
UV = Path(sys.executable).parent / "uv"


def install(folder: Path, *names: str) -> Path:
    """Build the wheels of samples and install them. Returns where, for PYTHONPATH."""
    wheels, site = folder / "wheels", folder / "site"
    build = [str(UV), "build", "--wheel", "--offline", "--quiet", "--out-dir", str(wheels)]
    for name in names:
        subprocess.run([*build, str(HERE / name)], check=True)
    options = ["--quiet", "--no-deps", "--no-index", "--target", str(site)]
    found = [str(wheel) for wheel in sorted(wheels.glob("*.whl"))]
    subprocess.run([str(UV), "pip", "install", *options, *found], check=True)
    return site
