"""Gates that no address shows: tasks, handlers, answers, files, health, and what templates and people are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from celery import current_app
from celery.exceptions import Ignore
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest
from django.template import engines
from django.test import override_settings
from django.urls import URLPattern

from platform_core.admin_site.sites import platform_site
from platform_core.extensions import ExtensionPoint
from platform_core.identity.audience import Audience
from platform_core.identity.principals import Principal
from platform_core.modules.beat import fan_out
from platform_core.modules.events import module_event_bus
from platform_core.modules.exceptions import ModuleOff
from platform_core.modules.gates import refuse_where_off
from platform_core.modules.registry import registry
from platform_core.modules.tasks import ModuleTask, load_tasks
from platform_core.observability.health import module_checks
from platform_core.tenancy.context import platform_context
from platform_core.tenancy.tasks import TenantTask
from platform_core.testing.walks import as_one_with, package_of, routes_of_module, tables_of
from platform_core.testing.world import SITES, World

MARK = "Row of the contract"
LOGS = ("/admin/", "/admin/admin/logentry/")


def second_lock(code: str, world: World) -> list[str]:
    """Views that are reached without their routes."""
    found = []
    with platform_context(world.platform, world.vendor):
        for site in SITES:
            for route, pattern in routes_of_module(code, site):
                try:
                    refuse_where_off(pattern.callback, None)
                except Http404:
                    continue
                found.append(f"{site}: /{route}")
    return found


def always_on_routes(code: str, world: World) -> list[str]:
    """Routes that bring to their end what was begun: those that are named answer, and one that is not does once it is."""
    named = registry().definitions[code].always_on_urls
    found = [
        f"{path}: 404, although it is named"
        for site in ("storefront", "platform")
        for path in (f"/{route}" for route, pattern in _pages(code, site) if pattern.name in named)
        if world.people[site]["anonymous"].get(path).status_code == 404
    ]
    site, route, name = _hidden_page(code)
    if not name:
        return found
    client, path = world.people[site]["anonymous"], f"/{route}"
    before = client.get(path).status_code
    with as_one_with(code, is_core=False, default_enabled=True, always_on_urls=(*named, name)):
        after = client.get(path).status_code
    return found if before == 404 != after else [*found, f"{path}: {before}, and {after} once it is named"]


def _hidden_page(code: str) -> tuple[str, str, str]:
    """(site, route, name) of a page that answers strangers while the module is on, and not while it is off."""
    named = registry().definitions[code].always_on_urls
    for site in ("storefront", "platform"):
        for route, pattern in _pages(code, site):
            if pattern.name not in named:
                return site, route, str(pattern.name)
    return "", "", ""


def _pages(code: str, site: str) -> list[tuple[str, URLPattern]]:
    """The pages of a module on a kind of site that have a name and no parameters."""
    return [
        (route, pattern)
        for route, pattern in routes_of_module(code, site)
        if pattern.name and "<" not in route and not route.startswith("api/")
    ]


def recent_actions(code: str, world: World) -> list[str]:
    """Entries of the admin's log about a module's rows."""
    models = [model for model in tables_of(code) if model in platform_site.admins()]
    if not models:
        return []
    with platform_context(world.platform, role="staff"):
        entry = LogEntry.objects.create(
            user=world.staff,
            content_type=ContentType.objects.get_for_model(models[0]),
            object_id="1",
            object_repr=MARK,
            action_flag=CHANGE,
            change_message="[]",
        )
    admin = world.people["admin"]["admin"]
    found = [address for address in LOGS if MARK in admin.get(address).content.decode()]
    with platform_context(world.platform, role="staff"):
        entry.delete()
    return found


def inlines(code: str, world: World) -> list[str]:
    """Rows of a module on the screens of another, or on its own."""
    request = HttpRequest()
    request.user = SimpleNamespace(has_perm=lambda _code: True)  # type: ignore[assignment]
    label = registry().definitions[code].label
    with platform_context(world.platform, role="staff"):
        return [
            f"{screen.opts.label}: {inline.opts.label}"
            for screen in platform_site.admins().values()
            for inline in screen.get_inline_instances(request)
            if inline.opts.app_label == label
        ]


def tasks_of(code: str) -> list[Any]:
    """A module's tasks that are a matter of one platform's switches."""
    load_tasks()
    return [
        task
        for _name, task in sorted(current_app.tasks.items())
        if registry().owner_of(type(task).__module__) == code
        and not (getattr(task, "of_installation", False) or getattr(task, "run_when_disabled", False))
    ]


def sent_tasks(code: str, world: World) -> list[str]:
    """Tasks that are taken for sending. What would be sent is noted here and goes no further."""
    found = []
    with (
        platform_context(world.platform, world.vendor),
        patch.object(TenantTask, "apply_async", lambda self, *_args, **_options: None),
    ):
        for task in tasks_of(code):
            try:
                task.apply_async()
            except ModuleOff:
                continue
            found.append(task.name)
    return found


def run_tasks(code: str, world: World) -> list[str]:
    """Tasks that a worker would begin: it asks for their tenant first, which is where they are ignored."""
    found = []
    for task in tasks_of(code):
        with patch.object(ModuleTask, "update_state"):
            try:
                task._tenant(world.platform.pk, world.vendor.pk)
            except Ignore:
                continue
        found.append(task.name)
    return found


def periodic_tasks(code: str, world: World) -> list[str]:
    """Turns of beat that are sent for the platform."""
    load_tasks()
    with patch.object(ModuleTask, "apply_async", lambda self, *_args, **_options: None):
        return [
            entry.name
            for entry in registry().definitions[code].beat
            if world.platform.code in fan_out(code, entry.name)
        ]


def _of_module(code: str, room: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function as if it stood in a room of the module."""
    function.__module__ = f"{package_of(code)}.{room}"
    return function


def event_handlers(code: str, world: World) -> list[str]:
    """A handler of the module's that hears of what has happened."""
    heard: list[str] = []
    handler = _of_module(code, "handlers", lambda event: heard.append(f"heard of {event}"))
    module_event_bus.subscribe(str)(handler)
    try:
        with platform_context(world.platform, world.vendor):
            module_event_bus._tell(str, "an event")
    finally:
        module_event_bus.unsubscribe(str, handler)
    return heard


def extension_answers(code: str, world: World) -> list[str]:
    """An answer of the module's that is given, such as to what the search or the sitemap asks."""
    point: ExtensionPoint[[], str] = ExtensionPoint("contract")
    point.register(_of_module(code, "extensions", lambda: "answered"))
    with platform_context(world.platform, world.vendor):
        answer = point.first()
    return [answer] if answer else []


def media_folders(code: str, world: World) -> list[str]:
    """Uploaded files that are served."""
    client, found = world.people["storefront"]["anonymous"], []
    with TemporaryDirectory() as root, override_settings(MEDIA_ROOT=root):
        for folder in registry().definitions[code].media_folders:
            name = f"{world.platform.code}/{world.vendor.pk}/{folder}/contract.svg"
            (Path(root) / name).parent.mkdir(parents=True)
            (Path(root) / name).write_text("<svg/>")
            answer = client.get(f"{settings.MEDIA_URL}{name}")
            if answer.streaming:
                # Read to its end, which closes the file: closing the answer would close the test's connection.
                b"".join(answer)
            if answer.status_code != 404:
                found.append(f"{folder}: {answer.status_code}")
    return found


def health(code: str, world: World) -> list[str]:
    """A health check that is asked although the module is on nowhere."""
    with as_one_with(code, is_core=False, default_enabled=False):
        return [check.name for check in module_checks() if check.name == f"module:{code}"]


def template_tags(code: str, world: World) -> list[str]:
    """Parts of pages, and links, that are shown."""
    label = registry().definitions[code].label
    names = [pattern.name for _route, pattern in _pages(code, "storefront")]
    source = '{% load modules %}{% if_module "CODE" %}part{% endif_module %}'.replace("CODE", code)
    source += "".join(f'{{% url_if_enabled "storefront:{label}:{name}" %}}' for name in names)
    with (
        platform_context(world.platform, world.vendor),
        override_settings(ROOT_URLCONF="config.urls.storefront"),
    ):
        shown = engines["django"].from_string(source).render({})
    return [shown] if shown.strip() else []


def permissions(code: str, world: World) -> list[str]:
    """Codes of the module that somebody who holds every one of them is told of."""
    platform = world.platform.ref
    principal = Principal(Audience.STAFF, world.staff, "session", platform=platform)
    own = {permission.code for permission in registry().definitions[code].permissions}
    return sorted(own & principal.permissions)
