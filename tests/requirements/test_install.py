"""`requirements/install` on machines that lack something: one line that says what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT_DIR = Path(__file__).resolve().parents[2]
NEEDED = ("sh", "dirname", "cksum", "cat", "awk", "rm", "printf")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A checkout and a machine whose programs are only the given ones."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        if found:
            (programs / name).symlink_to(found)
    requirements = tmp_path / "checkout" / "requirements"
    requirements.mkdir(parents=True)
    for name in ("install", "dev.txt"):
        shutil.copy(PROJECT_DIR / "requirements" / name, requirements / name)
    return tmp_path


def add_python(machine: Path, name: str, *, version: str, has_venv: bool) -> None:
    major, minor = version.split(".")[:2]
    suits = (3, 11) <= (int(major), int(minor)) <= (3, 13)
    program = machine / "bin" / name
    program.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *version_info*) exit {0 if suits else 1} ;;\n'
        f"  *ensurepip*) exit {0 if has_venv else 1} ;;\n"
        f'  --version) echo "Python {version}" ;;\n'
        '  "-m venv .venv") echo "venv made by $0"; exit 9 ;;\n'
        "esac\n"
    )
    program.chmod(0o755)


def install(machine: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(machine / "checkout" / "requirements" / "install")],
        env={"PATH": str(machine / "bin"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_venv_it_names_the_package_to_install(machine: Path) -> None:
    add_python(machine, "python3", version="3.11.2", has_venv=False)
    done = install(machine)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "python3 has no venv. Install python3-venv: apt-get install python3-venv"
    ]


@pytest.mark.parametrize("version", ["3.9.2", "3.10.12", "3.14.0"])
def test_without_a_suitable_python_it_names_the_versions(machine: Path, version: str) -> None:
    add_python(machine, "python3", version=version, has_venv=True)
    done = install(machine)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "Python 3.11, 3.12 or 3.13 is needed" in done.stderr
    assert version in done.stderr


def test_without_any_python_it_says_so(machine: Path) -> None:
    done = install(machine)
    assert done.returncode == 1
    assert "found no Python" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_suitable_python_beside_an_old_one_is_taken(machine: Path) -> None:
    add_python(machine, "python3", version="3.9.2", has_venv=True)
    add_python(machine, "python3.12", version="3.12.1", has_venv=True)
    assert "venv made by" in (done := install(machine)).stdout
    assert "bin/python3.12" in done.stdout


def test_a_python_with_venv_is_preferred_to_one_without(machine: Path) -> None:
    add_python(machine, "python3", version="3.13.1", has_venv=False)
    add_python(machine, "python3.11", version="3.11.2", has_venv=True)
    assert "bin/python3.11" in install(machine).stdout


def test_a_named_python_is_taken(machine: Path) -> None:
    add_python(machine, "python3", version="3.11.2", has_venv=True)
    add_python(machine, "my-python", version="3.12.1", has_venv=True)
    assert "bin/my-python" in install(machine, PYTHON="my-python").stdout


def test_an_unchanged_lock_is_not_installed_again(machine: Path) -> None:
    venv = machine / "checkout" / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(shutil.which("true") or "/bin/true")
    lock = (machine / "checkout" / "requirements" / "dev.txt").read_bytes()
    stamp = subprocess.run(["cksum"], input=lock, capture_output=True, check=True).stdout
    (venv / "installed").write_bytes(stamp)
    done = install(machine)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_script_is_executable() -> None:
    assert os.access(PROJECT_DIR / "requirements" / "install", os.X_OK)
