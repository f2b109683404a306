"""Files of tenants: every stored name begins with `<platform code>/<vendor id>/` and is opened only there."""

from __future__ import annotations

from functools import lru_cache
from typing import IO, Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from platform_core.exceptions import TenancyError
from platform_core.tenancy.context import current_context


def tenant_prefix() -> str:
    """The folder of the context's vendor. Raises TenancyError without one."""
    context = current_context()
    if context.platform is None or context.vendor_id is None:
        raise TenancyError("A file belongs to a vendor: enter platform_context().")
    return f"{context.platform.code}/{context.vendor_id}/"


class TenantStorage(FileSystemStorage):
    """MEDIA_ROOT, walled by prefix. A name of another tenant is refused, whoever asks."""

    def _own(self, name: str) -> str:
        context = current_context()
        if context.platform is None:
            raise TenancyError("A file belongs to a platform: enter platform_context().")
        staff = context.role == "staff" and context.vendor_id is None
        prefix = f"{context.platform.code}/" if staff else tenant_prefix()
        if not str(name).startswith(prefix):
            raise SuspiciousFileOperation(f"{name!r} is not a file of {prefix}.")
        return name

    # A list asks for four addresses of each of its pictures.
    @lru_cache(maxsize=16_384)  # noqa: B019 - a process has one storage
    def url(self, name: str | None) -> str:
        return super().url(name)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        prefix = tenant_prefix()
        full = name if name.startswith(prefix) else prefix + name
        return super().get_available_name(full, max_length)

    def _open(self, name: str, mode: str = "rb") -> File[Any] | IO[Any]:
        return super()._open(self._own(name), mode)  # type: ignore[misc]

    def delete(self, name: str) -> None:
        super().delete(self._own(name))

    def size(self, name: str) -> int:
        return super().size(self._own(name))

    def discard(self, name: str) -> None:
        """Remove a file after a commit or a rollback, where the context it was written in may have ended."""
        super().delete(name)
