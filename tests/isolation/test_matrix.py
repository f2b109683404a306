"""Every route × method × audience × own and foreign ids: no mark of anybody else is shown, no row of theirs changed.

Generated from the URL configurations (tests/isolation/matrix/): a new route is asked as soon as it is mounted.
"""

from __future__ import annotations

import pytest

from platform_core.identity.audience import Audience
from tests.isolation.matrix.plan import Plan
from tests.isolation.matrix.routes import BY_MAIL, Route
from tests.isolation.matrix.stage import Stage
from tests.proofs import FULL, size

pytestmark = [pytest.mark.proof, pytest.mark.database]

# Site -> how many requests it takes at least.
LEAST = {
    "lux-admin": 3_000,
    "lux": 4_000,
    "hub": 3_000,
    "mosel-admin": 1_000,
    "mosel": 1_500,
    "alpha": 1_200,
    "alpha-path": 1_200,
    "alpha-own": 300,
    "beta-path": 300,
    "gamma": 300,
    "gamma-own": 300,
    "operations": 200,
}
# The sites that are asked in full; the others, which run the same code, in part.
IN_FULL = {"hub", "lux", "lux-admin", "alpha", "alpha-path", "operations"}
# (kind of site, route) -> why it welcomes nobody.
WELCOMES_NOBODY = {("hub", "media/<path:name>"): "Mounted everywhere; the hub has no files."}


def reason_for_nobody(plan: Plan, route: Route, method: str = "GET") -> str:
    """Why nobody is welcome at a route with a method, or "" where somebody should be."""
    if route.is_catch_all:
        return "It answers what no other route does, with 404."
    if plan.place.kind == "admin" and route.audiences == {Audience.VENDOR}:
        return "Mounted beside the rest of the API, for a team that is nobody on an admin's host."
    if route.text in BY_MAIL:
        return f"It lets in whoever has got the mail: {BY_MAIL[route.text]}."
    screen = getattr(route.callback, "model_admin", None)
    if screen is not None:
        page = (route.pattern.name or "").rpartition("_")[2]
        if page in ("add", "delete") and page not in screen.offers:
            return f"The screen does not offer to {page}."
        if page == "change" and method != "GET" and page not in screen.offers:
            return "The screen only shows."
    return WELCOMES_NOBODY.get((plan.place.kind, route.text), "")


def unreached(plan: Plan) -> list[str]:
    """Routes that should welcome somebody and did not."""
    return [
        target.route.text
        for target in plan.targets
        if not any(
            (target.route.text, method) in plan.welcome
            for method in ("GET", "POST", "PATCH", "PUT", "DELETE")
        )
        and not reason_for_nobody(plan, target.route)
    ]


def refused_writes(plan: Plan) -> tuple[list[tuple[str, str]], int]:
    """(writes that nobody succeeded with, number of writes that the routes offer)."""
    offered = []
    for target in plan.targets:
        # Pages answer every other method like GET, or not at all.
        for method in ("POST", "PATCH", "PUT", "DELETE") if target.is_api else ("POST",):
            key = target.route.text, method
            if key in plan.offered and not reason_for_nobody(plan, target.route, method):
                offered.append(key)
    return [key for key in offered if key not in plan.welcome], len(offered)


@pytest.mark.parametrize("name", LEAST)
def test_nobody_sees_or_changes_what_is_somebody_elses(stage: Stage, name: str, record_property):
    with stage.plan(name) as plan:
        plan.explore()
        assert plan.unknown == [], "\n".join(plan.unknown)
        in_full = name in IN_FULL or FULL
        plan.run(list(stage.actors.values()), size(ci=8 if in_full else 32, full=1), in_full=in_full)
        findings = plan.asker.findings
        assert findings.wrong == [], findings.report()
        assert findings.asked >= LEAST[name], findings.asked
        left, (refused, write_count) = unreached(plan), refused_writes(plan)
        record_property("requests", findings.asked)
        record_property("routes", f"{len(plan.targets) - len(left)} of {len(plan.targets)}")
        record_property("writes", f"{write_count - len(refused)} of {write_count}")
        assert len(left) <= len(plan.targets) * 0.1, left
        assert len(refused) <= write_count * 0.1, refused


def test_the_matrix_is_large_enough():
    assert sum(LEAST.values()) >= 3_000
