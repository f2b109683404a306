"""Sections of the sidebar that the ground floor names."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

ORGANISATION = gettext_lazy("Organisation")
PEOPLE = gettext_lazy("People")
OPERATION = gettext_lazy("Operation")
