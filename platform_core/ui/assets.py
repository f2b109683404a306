"""Addresses of static files that change with their content, in development too."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static

_files: dict[str, Path] = {}
_versions: dict[tuple[str, int], str] = {}


def asset_url(path: str) -> str:
    """The static URL of `path`; where the storage does not hash names, `?v=` carries the hash."""
    url = static(path)
    if hasattr(staticfiles_storage, "manifest_version"):
        return url
    version = _version_of(path)
    return f"{url}?v={version}" if version else url


def version_of_release(_platform: object, _may_look: bool) -> tuple[str, str]:
    """For `page_versions`: a page that another release has made names static files that are gone with it."""
    return settings.RELEASE, getattr(staticfiles_storage, "manifest_hash", "")


def _version_of(path: str) -> str:
    if path not in _files:
        found = finders.find(path)
        if not isinstance(found, str):
            return ""
        _files[path] = Path(found)
    file = _files[path]
    key = (path, file.stat().st_mtime_ns)
    if key not in _versions:
        _versions[key] = hashlib.sha256(file.read_bytes()).hexdigest()[:10]
    return _versions[key]
