from contextlib import nullcontext
from importlib import import_module

from django.apps import apps
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.module_loading import module_has_submodule

from platform_core.modules.definition import ModuleConfig
from platform_core.modules.registry import loading


class AdminSitesConfig(SimpleAdminConfig):
    """Django's admin with the platforms' site as its default one."""

    default = False
    default_site = "platform_core.admin_site.sites.default_site"

    def ready(self) -> None:
        """Load the screens of all apps, as Django does; a module whose screens are broken stops no other."""
        super().ready()
        for config in apps.get_app_configs():
            if not module_has_submodule(config.module, "admin"):
                continue
            with loading(config, "admin.py") if isinstance(config, ModuleConfig) else nullcontext():
                import_module(f"{config.name}.admin")
