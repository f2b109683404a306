from django.contrib.admin.apps import AdminConfig


class AdminSitesConfig(AdminConfig):
    """Django's admin with the platforms' site as its default one."""

    default = False
    default_site = "platform_core.admin_site.sites.default_site"
