"""The demo: what a run knows, and the steps that modules add to it. `manage.py demo` walks them in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from platform_core.extensions import ExtensionPoint
from platform_core.tenancy.context import PlatformRef, VendorRef

PASSWORD = "wizamart-demo"  # noqa: S105
DEFAULT_SEED = 1
# When the day of a demo is over that was built on a later one.
EVENING_HOURS = 20

Item = TypeVar("Item")


@dataclass(frozen=True)
class DemoPlatform:
    """A platform of the demo. Its host is its code below the installation's own domain."""

    code: str
    name: str
    default_language: str

    @property
    def host(self) -> str:
        """Without a port."""
        return demo_host(self.code)


PLATFORMS = (DemoPlatform("lux", "Lux", "en"), DemoPlatform("mosel", "Mosel", "de"))


def demo_host(label: str) -> str:
    """`label` as a host below the installation's own domain."""
    return f"{label}.{settings.BASE_DOMAIN}"


class Reporter:
    """Where a run says what it does. This one says nothing."""

    def line(self, text: str) -> None:
        """Say one thing."""

    def progress(self, name: str, done: int, total: int) -> None:
        """Step `name` has dealt with `done` of `total` things."""


@dataclass
class StepResult:
    """What a step has made and what was there already, by kind: {"products": 11}."""

    made: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Seat:
    """A vendor of the demo and its platform: references once they are made, None on a dry run before that."""

    code: str
    platform: PlatformRef | None
    vendor: VendorRef | None


@dataclass
class DemoRun:
    """One run of `manage.py demo`, handed from step to step.

    The same seed makes the same data for a day, that of the build unless another one is given. With `dry_run` nothing
    may be written: steps only count. After a reset the people, who are never deleted, get their first password back.
    `seats` are the demo's vendors, for the steps after the one that makes them.
    """

    seed: int = DEFAULT_SEED
    started_at: datetime = field(default_factory=timezone.now)
    day: date | None = None
    dry_run: bool = False
    is_reset: bool = False
    reporter: Reporter = field(default_factory=Reporter)
    results: dict[str, StepResult] = field(default_factory=dict)
    seats: list[Seat] = field(default_factory=list)
    step_name: str = ""

    @property
    def today(self) -> date:
        """The day of the data, in the installation's time zone."""
        return self.day or timezone.localdate(self.started_at)

    @property
    def midnight(self) -> datetime:
        """The beginning of the day. What lies before it depends on seed and day alone."""
        return timezone.make_aware(datetime.combine(self.today, time()))

    @property
    def now(self) -> datetime:
        """No moment of the data lies after this one: the build, or the evening of a day that is over."""
        if self.today == timezone.localdate(self.started_at):
            return self.started_at
        return self.midnight + timedelta(hours=EVENING_HOURS)

    def report(self, text: str) -> None:
        """Say something that is worth a line of output."""
        self.reporter.line(text)

    def chance(self, *key: str) -> Random:
        """Random numbers for one thing: the same for a seed and key, whatever else was drawn before."""
        return Random(":".join([str(self.seed), *key]))

    def track(self, items: Iterable[Item]) -> Iterator[Item]:
        """`items` one by one, with progress."""
        things = list(items)
        for number, item in enumerate(things, start=1):
            yield item
            self.reporter.progress(self.step_name, number, len(things))

    def need(self, kind: str, *, exists: bool) -> bool:
        """Count one thing of a kind; True when it is to be made now."""
        result = self.results.setdefault(self.step_name, StepResult())
        (result.kept if exists else result.made)[kind] += 1
        return not exists and not self.dry_run


@dataclass(frozen=True)
class DemoStep:
    """A part of the demo. `work` and `undo` are dotted paths, imported when the demo runs and never before.

    `work(run)` makes what is missing and leaves alone what is there; `undo(run)` takes away, before a reset,
    what does not vanish with the platforms' schemas. Steps run by `order`, and are undone backwards.
    """

    name: str
    order: int
    work: str
    undo: str = ""

    def __call__(self, run: DemoRun) -> None:
        import_string(self.work)(run)


demo_steps: ExtensionPoint[[DemoRun], None] = ExtensionPoint("demo_steps")


def steps_in_order() -> list[DemoStep]:
    """Every registered step, first to last."""
    steps = [step for step in demo_steps.all() if isinstance(step, DemoStep)]
    return sorted(steps, key=lambda step: (step.order, step.name))


def build(run: DemoRun, *, on_step: Callable[[DemoStep], None] = lambda step: None) -> None:
    """Walk through every step; `on_step` is called after each. Errors pass through: a second run goes on."""
    for step in steps_in_order():
        run.step_name = step.name
        run.results.setdefault(step.name, StepResult())
        step(run)
        on_step(step)


def tear_down(run: DemoRun) -> None:
    """Take the demo away, the last step first. There is no way back."""
    for step in reversed(steps_in_order()):
        if step.undo:
            run.step_name = step.name
            import_string(step.undo)(run)


for _step in (
    DemoStep(
        "platforms",
        10,
        "platform_core.demo.platforms.make_platforms",
        undo="platform_core.demo.platforms.remove_platforms",
    ),
    DemoStep("superuser", 20, "platform_core.demo.people.make_superuser"),
):
    demo_steps.register(_step)
