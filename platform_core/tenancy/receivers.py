"""What follows a change of a platform or of one of its hosts."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from platform_core.tenancy.hosts import host_directory
from platform_core.tenancy.models import Domain, Platform


@receiver([post_save, post_delete], sender=Platform)
@receiver([post_save, post_delete], sender=Domain)
def look_hosts_up_again(**_kwargs: Any) -> None:
    host_directory.changed()
