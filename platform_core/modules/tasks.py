"""The gate of Celery tasks: a module's tasks are neither sent nor run for a platform where it is off."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from importlib import import_module
from typing import Any

from celery.exceptions import Ignore
from celery.states import IGNORED
from django.apps import apps
from django.utils.module_loading import module_has_submodule

from platform_core.modules.counters import refused_tasks
from platform_core.modules.definition import ModuleConfig
from platform_core.modules.exceptions import ModuleOff
from platform_core.modules.registry import loading, registry
from platform_core.modules.state import is_certainly_off
from platform_core.tenancy.context import VendorRef, current_context
from platform_core.tenancy.models import Platform
from platform_core.tenancy.tasks import HEADER, TenantTask, tenant_header

logger = logging.getLogger(__name__)


def load_tasks() -> None:
    """Load the tasks of all apps, as Celery does by itself; a module whose tasks are broken stops no worker."""
    for config in apps.get_app_configs():
        if not module_has_submodule(config.module, "tasks"):
            continue
        with loading(config, "tasks.py") if isinstance(config, ModuleConfig) else nullcontext():
            import_module(f"{config.name}.tasks")


class ModuleTask(TenantTask):
    """Base of every task: a TenantTask that asks whether the module it belongs to is on.

    Where it is off, sending raises ModuleOff, and what waits in the queue ends as IGNORED. A task that brings
    to its end what was begun while the module was on says `run_when_disabled=True` in its decorator. Tasks of
    the ground floor, of core modules and `of_installation` are no matter of one platform's switches.
    """

    abstract = True
    run_when_disabled = False

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        """Send it. Raises ModuleOff where its module is off."""
        # A retry was let in before: its row says what became of it once its turn comes.
        if not options.get("retries"):
            header = (options.get("headers") or {}).get(HEADER) or tenant_header()
            platform_id = header.get("platform_id")
            if isinstance(platform_id, int) and self._is_off(platform_id):
                refused_tasks.labels(self._owner).inc()
                raise ModuleOff(task=self.name, module=self._owner, platform=_name(platform_id))
        return super().apply_async(args, kwargs, **options)

    def _tenant(self, platform_id: Any, vendor_id: Any) -> tuple[Platform, VendorRef | None]:
        """As for every task. Raises Ignore where its module is off on that platform."""
        platform, vendor = super()._tenant(platform_id, vendor_id)
        if self._is_off(platform.pk):
            self._ignore(platform)
        return platform, vendor

    @property
    def _owner(self) -> str | None:
        return registry().owner_of(type(self).__module__)

    def _is_off(self, platform_id: int) -> bool:
        if self.of_installation or self.run_when_disabled or self._owner is None:
            return False
        return is_certainly_off(platform_id, self._owner)

    def _ignore(self, platform: Platform) -> None:
        """End it without a trace of its body; its row keeps name, arguments and tenant, and says why.

        Celery itself writes nothing for an ignored task: the row would say for ever that it has started.
        """
        why = {"module_code": self._owner, "platform": platform.code}
        refused_tasks.labels(self._owner).inc()
        logger.warning("task_ignored", extra={"task": self.name, "task_id": self.request.id, **why})
        if not self.request.is_eager and not self.request.ignore_result:
            self.update_state(state=IGNORED, meta=why)
        raise Ignore


def _name(platform_id: int) -> str:
    """The platform's code, as far as it is known without a query."""
    here = current_context().platform
    return here.code if here is not None and here.id == platform_id else str(platform_id)
