"""The demo's people."""

from __future__ import annotations

from platform_core.demo import PASSWORD, DemoRun
from platform_core.identity.models import User
from platform_core.tenancy.context import platform_context

SUPERUSER = "root@wizamart.test"


def demo_user(run: DemoRun, email: str, full_name: str, language: str = "en") -> User | None:
    """The user with this e-mail address, made with the demo's password when missing; None on a dry run."""
    with platform_context(role="gatekeeper"):
        user = User.objects.filter(email=email).first()
        if run.need("users", exists=user is not None):
            user = User.objects.create_user(
                email,
                PASSWORD,
                full_name=full_name,
                language=language,
                is_superuser=email == SUPERUSER,
                created_at=run.midnight,
            )
        elif user is not None and run.is_reset and not run.dry_run:
            user.set_password(PASSWORD)
            user.full_name, user.language, user.is_active = full_name, language, True
            user.is_superuser = email == SUPERUSER
            user.save()
    return user


def make_superuser(run: DemoRun) -> None:
    """The person who may do everything on every platform."""
    demo_user(run, SUPERUSER, "Robin Root")
