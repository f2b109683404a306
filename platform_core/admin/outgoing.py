"""What is to happen outside, and what has become of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from platform_core.admin.sections import OPERATION
from platform_core.admin_site.home import Panel, Tile, hub_home, platform_home
from platform_core.admin_site.options import SiteModelAdmin
from platform_core.admin_site.sites import ConsoleSite, hub_site, platform_site
from platform_core.observability.scrub import scrub_text
from platform_core.outbox import services as outbox
from platform_core.outbox.models import OutboxMessage
from platform_core.tenancy.requests import SiteRequest

MESSAGE_TONES = {"waiting": "info", "done": "success", "dead": "danger"}


class OutboxAdmin(SiteModelAdmin):
    """What is to happen outside, mails above all, and what has become of it."""

    offers = frozenset({"view", "change"})
    codes: ClassVar[Any] = {"view": "core.view_outbox", "change": "core.change_outbox"}
    menu_section, menu_icon, menu_order = OPERATION, "send", 85
    menu_label = gettext_lazy("Outgoing messages")
    list_display = ("created_at", "kind", "about", "shown_state", "attempts", "shown_error")
    list_display_links = ("created_at",)
    list_filter = ("state", "kind")
    search_fields = ("kind", "key")
    ordering = ("-created_at",)
    fields = (
        *("created_at", "kind", "about", "shown_state", "attempts", "due_at", "ended_at"),
        *("shown_error", "shown_payload", "request_id"),
    )
    readonly_fields = fields
    actions_detail: ClassVar[Any] = ("try_again",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing of a message is typed anew; what can be done with one is its action."""
        return False

    @display(description=gettext_lazy("state"), label=MESSAGE_TONES, ordering="state")
    def shown_state(self, message: OutboxMessage) -> tuple[str, str]:
        return message.state, message.get_state_display()

    @display(description=gettext_lazy("about"))
    def about(self, message: OutboxMessage) -> str:
        """Its key, unless that is one that nobody reads."""
        return message.key if ":" in message.key else "–"

    @display(description=gettext_lazy("last error"))
    def shown_error(self, message: OutboxMessage) -> str:
        return self._for_here(message.last_error)

    def _for_here(self, text: str) -> str:
        """At the hub nobody's customers are read: addresses are taken out."""
        return scrub_text(text) if self.site is hub_site else text

    @display(description=gettext_lazy("payload"))
    def shown_payload(self, message: OutboxMessage) -> str:
        shown = self._for_here(json.dumps(message.payload, indent=2, ensure_ascii=False))
        return format_html('<pre class="traceback">{}</pre>', shown)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        message = self.get_object(request, str(object_id))
        may = (
            message is not None and message.state == OutboxMessage.State.DEAD and self.may(request, "change")
        )
        return super().get_actions_detail(request, object_id) if may else []

    @action(description=gettext_lazy("Try again"), url_path="try-again", icon="restart_alt")
    def try_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.may(request, "change"):
            raise PermissionDenied
        return self.confirm(
            request,
            object_id,
            title=_("Try it again?"),
            text=_("It was given up after many attempts. The reason is shown beside it: mend that first."),
            verb=_("Try again"),
            act=lambda message: outbox.try_again(message.pk),
            done=_("It is tried again now."),
        )


admin.register(OutboxMessage, site=hub_site)(OutboxAdmin)
admin.register(OutboxMessage, site=platform_site)(OutboxAdmin)


def _given_up(site: ConsoleSite) -> Sequence[Tile | Panel]:
    """Messages that did not go out after all attempts."""
    dead = OutboxMessage.State.DEAD
    count = OutboxMessage.objects.filter(state=dead).count()
    return [
        Tile(
            _("Messages given up"),
            count,
            _("not sent after all attempts"),
            f"{site.address(OutboxMessage)}?state__exact={dead}",
            icon="send",
            tone="bad" if count else "neutral",
            order=50,
        )
    ]


@hub_home.register
def messages_of_the_installation(request: SiteRequest) -> Sequence[Tile | Panel]:
    """Of every platform."""
    return _given_up(hub_site)


@platform_home.register
def messages_of_the_platform(request: SiteRequest) -> Sequence[Tile | Panel]:
    """Of this platform."""
    return _given_up(platform_site)
