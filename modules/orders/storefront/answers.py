"""What every form of the shop's checkout is answered with."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseRedirect
from django.urls import reverse


class SeeOther(HttpResponseRedirect):
    """To a page that is asked for by GET, whatever came before: nothing is sent twice by going back."""

    status_code = 303


def see_other(view_name: str, **kwargs: Any) -> SeeOther:
    return SeeOther(reverse(view_name, kwargs=kwargs))
