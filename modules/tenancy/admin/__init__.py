"""Screens of companies, vendors, their domains and teams: at the hub for all platforms, on a platform for its own."""

from modules.tenancy.admin import companies, domains, glance, people, vendors

__all__ = ["companies", "domains", "glance", "people", "vendors"]
