"""Who is behind the rows of histories."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from platform_core.identity.models import User


def people_behind(rows: Any) -> dict[int, str]:
    """The names behind the rows' `user_id`: whoever is not seen from here is the operator. 1 query."""
    ids = {row.user_id for row in rows if row.user_id is not None}
    return dict.fromkeys(ids, _("Operator")) | {u.pk: str(u) for u in User.objects.filter(pk__in=ids)}
