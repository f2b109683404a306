"""Tasks of the ground floor."""

from __future__ import annotations

import logging
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from platform_core.identity.refresh import clear_expired
from platform_core.modules import beat
from platform_core.outbox import services as outbox
from platform_core.sessions.models import Session
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.services import provision

logger = logging.getLogger(__name__)


@shared_task(name="platform_core.operator.provision_platform", of_installation=True, time_limit=300)
def provision_platform(platform_id: int) -> str:
    """Make a platform's schema. Runs on the operator's queue, whose worker alone may."""
    platform = Platform.objects.get(pk=platform_id)
    provision(platform)
    return platform.code


@shared_task(name="platform_core.operator.provision_waiting", of_installation=True, time_limit=600)
def provision_waiting() -> list[str]:
    """Set up the platforms that wait for it: their own task was lost, or never sent for want of a broker.

    One that cannot be set up is logged, and does not keep the others waiting.
    """
    done = []
    for platform in Platform.objects.filter(status=Platform.Status.PROVISIONING).order_by("pk"):
        try:
            provision(platform)
        except Exception:
            logger.exception("platform_not_provisioned", extra={"platform": platform.code})
        else:
            done.append(platform.code)
    return done


@shared_task(name="platform_core.sessions.clear_expired", of_installation=True)
def clear_expired_sessions() -> int:
    """Drop browser sessions past their end, in the hub and on every platform."""
    now, count = timezone.now(), 0
    active = Platform.objects.filter(status=Platform.Status.ACTIVE).prefetch_related("domains")
    for place in (None, *active):
        with platform_context(place, role="gatekeeper"):
            count += Session.objects.filter(expire_date__lt=now).delete()[0]
    return count


@shared_task(name="platform_core.identity.clear_expired_refresh_sessions", of_installation=True)
def clear_expired_refresh_sessions() -> int:
    """Drop refresh sessions past their end."""
    return clear_expired()


@shared_task(name="platform_core.outbox.do", of_installation=True, ignore_result=True)
def do_message(message_id: str) -> str:
    """Do what a message of the outbox says; its row tells what became of it."""
    return outbox.do(UUID(message_id))


@shared_task(name="platform_core.outbox.clear_done", of_installation=True)
def clear_done_messages() -> int:
    """Drop messages that were done long ago."""
    return outbox.clear_done()


@shared_task(name=beat.FAN_OUT, of_installation=True)
def fan_out(module_code: str, entry_name: str) -> list[str]:
    """Send a module's periodic task for each active platform where it is on; returns their codes."""
    return beat.fan_out(module_code, entry_name)
