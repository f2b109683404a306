"""What a plan has and lacks: asked after the module, the sign-in and the permission.

Whoever sells plans answers `plan_answers`; without one, everything is included. What a plan lacks is hidden or
refused, and never deleted.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from platform_core.exceptions import DomainError
from platform_core.extensions import ExtensionPoint
from platform_core.modules.counters import hook_failed
from platform_core.modules.definition import FeatureSpec
from platform_core.modules.registry import registry
from platform_core.modules.state import is_module_enabled
from platform_core.tenancy.context import HasRef, PlatformRef, VendorRef, current_context

logger = logging.getLogger(__name__)

Reason = Literal["", "unknown_feature", "module_off", "not_in_plan", "limit_reached"]
Subject = PlatformRef | VendorRef | HasRef


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """What a plan says of a feature. `limit` is how many it has, None for any number, and `used` how many are taken."""

    is_included: bool
    limit: int | None = None
    used: int = 0
    # The plan that has it, and where it can be had; empty for the feature's own and for the house's page.
    required_tier: str = ""
    upgrade_url: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a feature may be used, and if not, why and what would help.

    `upgrade_url` is an address of the platform's host, or a whole one.
    """

    allowed: bool
    reason: Reason = ""
    limit: int | None = None
    used: int = 0
    required_tier: str = ""
    upgrade_url: str = ""


# Answers what the plan of a platform, or of one of its vendors, says of a feature; None where it says nothing.
plan_answers: ExtensionPoint[[PlatformRef | VendorRef, FeatureSpec], PlanAnswer | None] = ExtensionPoint(
    "plan_answers"
)


class FeatureNotInPlan(DomainError):
    """The plan lacks the feature, or has no more of it. `decision` says which."""

    code = "feature_not_in_plan"
    status = 403
    default_message = _("“%(name)s” is not in your plan.")

    def __init__(self, spec: FeatureSpec, decision: Decision) -> None:
        message = None
        if decision.reason == "limit_reached":
            message = _("Your plan has %(limit)s of “%(name)s”, and %(used)s are in use.")
        super().__init__(
            message, feature=spec.code, name=str(spec.name), limit=decision.limit, used=decision.used
        )
        self.decision = decision

    @property
    def members(self) -> dict[str, object]:
        return {
            "feature": self.params["feature"],
            "reason": self.decision.reason,
            "required_tier": self.decision.required_tier,
            "upgrade_url": self.decision.upgrade_url,
        }


class FeatureGate:
    """The one question about plans: is the module on, and does the plan have the feature."""

    def check(self, platform_or_vendor: Subject, code: str, quantity: int = 1) -> Decision:
        """Whether `quantity` more of a feature may be used by a platform, or by a vendor. No query of its own.

        A plan that cannot be asked refuses nothing: what a merchant has paid for does not hang on it.
        """
        subject = _ref_of(platform_or_vendor)
        known = registry().features.get(code)
        if known is None:
            return Decision(allowed=False, reason="unknown_feature")
        module_code, spec = known
        platform_id = subject.platform_id if isinstance(subject, VendorRef) else subject.id
        if not is_module_enabled(platform_id, module_code):
            return Decision(allowed=False, reason="module_off")
        try:
            return _decision(spec, plan_answers.first(subject, spec), quantity)
        except Exception:
            logger.exception("plan_not_known", extra={"module_code": module_code})
            hook_failed(module_code, "plan_answers")
            return Decision(allowed=True)

    def check_here(self, code: str, quantity: int = 1) -> Decision:
        """The same for the vendor of the context, or else its platform."""
        context = current_context()
        subject = context.vendor or context.platform
        if subject is None:
            return Decision(allowed=code in registry().features)
        return self.check(subject, code, quantity)

    def require_here(self, code: str, quantity: int = 1) -> None:
        """Raises FeatureNotInPlan unless `check_here` allows it."""
        decision = self.check_here(code, quantity)
        if not decision.allowed:
            known = registry().features.get(code)
            raise FeatureNotInPlan(known[1] if known else FeatureSpec(code, code), decision)


feature_gate = FeatureGate()


def _ref_of(subject: Subject) -> PlatformRef | VendorRef:
    return subject if isinstance(subject, PlatformRef | VendorRef) else subject.ref  # type: ignore[no-any-return]


def _decision(spec: FeatureSpec, answer: PlanAnswer | None, quantity: int) -> Decision:
    """Raises TypeError for an answer that is none."""
    if answer is None:
        return Decision(allowed=True)
    if not isinstance(answer, PlanAnswer):
        raise TypeError(f"A plan answered with {answer!r}, which is no PlanAnswer.")
    has_room = answer.limit is None or answer.used + quantity <= answer.limit
    if answer.is_included and has_room:
        return Decision(allowed=True, limit=answer.limit, used=answer.used)
    return Decision(
        allowed=False,
        reason="limit_reached" if answer.is_included else "not_in_plan",
        limit=answer.limit,
        used=answer.used,
        required_tier=answer.required_tier or spec.default_tier,
        upgrade_url=answer.upgrade_url if _is_address(answer.upgrade_url) else _upgrade_page(spec.code),
    )


def _is_address(url: str) -> bool:
    """Whether it is an address to go to, and no script."""
    return url.startswith(("https://", "http://")) or (url.startswith("/") and not url.startswith("//"))


def _upgrade_page(code: str) -> str:
    """The dashboard's own page about a feature that the plan lacks."""
    try:
        return reverse("dashboard:core:upgrade", args=[code], urlconf="config.urls.platform")
    except NoReverseMatch:
        return ""
