"""Screens of the ground floor: platforms, hosts, users, jobs, outgoing messages and the log of both admins."""

from platform_core.admin import log, outgoing, people, platforms, tasks
from platform_core.admin.people import PasswordField, PeopleAdmin, hand_over
from platform_core.admin.sections import ORGANISATION, PEOPLE

__all__ = [
    "ORGANISATION",
    "PEOPLE",
    "PasswordField",
    "PeopleAdmin",
    "hand_over",
    "log",
    "outgoing",
    "people",
    "platforms",
    "tasks",
]
