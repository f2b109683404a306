"""Another process of the installation, with the modules of the seeds. Run by test_processes, and imported by nobody:
it chooses its own settings.

`toggle ROUNDS SEED` switches modules of lux at random and prints what each round did, `toggle-unlocked` the same without
the lock on the platform; `switch VERB CODE…` switches some; `watch` prints what is on whenever that has changed.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.local"

import django

django.setup()

from django.db import transaction  # noqa: E402

from platform_core.modules import service  # noqa: E402
from platform_core.modules.exceptions import ModuleRefusal  # noqa: E402
from platform_core.modules.service import module_service  # noqa: E402
from platform_core.modules.state import module_states  # noqa: E402
from platform_core.tenancy.context import platform_context  # noqa: E402
from platform_core.tenancy.models import Platform  # noqa: E402
from tests.sample_modules import SAMPLES, beside_the_installed, graph_of_the_seeds  # noqa: E402


def tell(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def toggle(platform: Platform, rounds: int, seed: int) -> None:
    """Some rounds without a pause, from a word on standard input on; who is told that somebody is at it tries again."""
    chance = random.Random(seed)
    tell(ready=True)
    sys.stdin.readline()
    for _round in range(rounds):
        code = chance.choice(SAMPLES)
        act = chance.choice((module_service.enable_module, module_service.disable_module))
        while True:
            try:
                result = act(platform, code)
            except ModuleRefusal as refusal:
                tell(refused=refusal.code)
                continue
            tell(changed=list(result.changed), version=result.version)
            break


@contextmanager
def unlocked(
    platform: Platform, _expected_version: int | None, *, only_look: bool = False
) -> Iterator[Platform]:
    """In place of the service's lock: a transaction, and the platform as it is."""
    with transaction.atomic():
        yield Platform.objects.prefetch_related("domains").get(pk=platform.pk)


def watch(platform: Platform) -> None:
    """Until somebody ends it."""
    before: frozenset[str] | None = None
    while True:
        on = module_states.of(platform).enabled
        if on != before:
            tell(on=sorted(on & set(SAMPLES)))
            before = on
        time.sleep(0.02)


def main(arguments: list[str]) -> None:
    import_module("config.urls.platform")
    samples = [config for config in graph_of_the_seeds() if not config.definition.is_core]
    with beside_the_installed(*samples), platform_context(role="operator"):
        platform = Platform.objects.prefetch_related("domains").get(code="lux")
        match arguments:
            case ["watch"]:
                watch(platform)
            case ["switch", verb, *codes]:
                for code in codes:
                    getattr(module_service, f"{verb}_module")(platform, code)
            case [verb, rounds, seed]:
                if verb == "toggle-unlocked":
                    service.locked_platform = unlocked  # type: ignore[assignment]
                toggle(platform, int(rounds), int(seed))


if __name__ == "__main__":
    main(sys.argv[1:])
