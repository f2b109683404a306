"""Where the servers keep their files, and as whom they run."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platform_core.embedded import EmbeddedError

# Outside of the checkout only when the checkout stands below a folder closed to others, such as /root.
OUTSIDE_DIR = Path("/var/lib/wizamart")


@dataclass(frozen=True)
class Account:
    """The operating system's user that runs the servers; PostgreSQL refuses to run as root."""

    uid: int
    gid: int
    is_other: bool

    def process_options(self) -> dict[str, object]:
        """Arguments for subprocess that make the child run as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}

    def can_read(self, path: Path) -> bool:
        """Whether this user reaches and reads a file or folder, its parents included."""
        mode = os.R_OK | os.X_OK if path.is_dir() else os.R_OK
        return self._try(lambda: os.access(path, mode))

    def can_enter(self, folder: Path) -> bool:
        """Whether this user reaches files in a folder whose names it knows."""
        return self._try(lambda: os.access(folder, os.X_OK))

    def _try(self, question: Callable[[], bool]) -> bool:
        if not self.is_other:
            return question()
        # Only the kernel knows all that decides (modes, lists of rights, mounts), so a child asks it.
        child = os.fork()
        if child == 0:
            answer = 2
            try:
                os.setgroups([])
                os.setgid(self.gid)
                os.setuid(self.uid)
                answer = 0 if question() else 1
            finally:
                os._exit(answer)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status) == 0


def account_for(var: Path) -> Account:
    """As root, the owner of the checkout if that is an ordinary user, otherwise `nobody`; else oneself."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), is_other=False)
    owner = var.stat()
    # initdb looks its user up by name, so an id without an entry does not do.
    if owner.st_uid != 0 and _has_name(owner.st_uid):
        return Account(uid=owner.st_uid, gid=owner.st_gid, is_other=True)
    for name in ("nobody", "postgres", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid, is_other=True)
    raise EmbeddedError("PostgreSQL does not run as root, and there is no user `nobody` to run it as.")


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def data_home(var: Path, account: Account) -> Path:
    """The folder that holds the servers' data: `var` itself, or one outside that the account can reach."""
    if account.can_enter(var):
        return var
    # The same folder each time, also after the checkout is moved along with its link.
    link = var / "home"
    if link.is_symlink() and link.is_dir() and account.can_enter(link.resolve()):
        return link.resolve()
    name = f"{var.parent.name}-{hashlib.sha256(str(var).encode()).hexdigest()[:10]}"
    outside = OUTSIDE_DIR / name
    outside.mkdir(parents=True, exist_ok=True)
    OUTSIDE_DIR.chmod(0o711)
    outside.chmod(0o711)
    if not account.can_enter(outside):
        raise EmbeddedError(f"{outside} cannot be entered by the user that runs PostgreSQL.")
    link.unlink(missing_ok=True)
    link.symlink_to(outside)
    return outside


def private_folder(path: Path, account: Account) -> Path:
    """Make a folder that only the account reads."""
    path.mkdir(parents=True, exist_ok=True)
    if account.is_other:
        os.chown(path, account.uid, account.gid)
    path.chmod(0o700)
    return path


def readable_copy(sources: list[Path], probe: Path, home: Path, account: Account, *, name: str) -> Path:
    """The folder that holds `sources`: where they are, or a copy in `home` when the account cannot read them.

    `probe` is a path below one of the sources that the account must be able to read; `name` carries the
    version, so that an update is copied anew.
    """
    original = sources[0].parent
    if account.can_read(probe):
        return original
    copy = home / "software" / name
    if not copy.exists():
        for older in (home / "software").glob(f"{name.rpartition('-')[0]}-*"):
            shutil.rmtree(older, ignore_errors=True)
        unfinished = home / "software" / f"{name}.unfinished"
        unfinished.mkdir(parents=True)
        for source in sources:
            if source.is_dir():
                shutil.copytree(source, unfinished / source.name, symlinks=True, ignore=_not_needed)
            elif source.exists():
                shutil.copy2(source, unfinished / source.name)
        for folder, _, files in os.walk(unfinished):
            Path(folder).chmod(0o755)
            for file in files:
                path = Path(folder) / file
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | 0o444 | (0o111 if path.stat().st_mode & 0o100 else 0))
        unfinished.rename(copy)
    for public in (home / "software", copy):
        public.chmod(0o755)
    return copy


def _not_needed(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name in {"include", "__pycache__"} or name.endswith(".a")}
