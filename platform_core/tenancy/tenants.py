from django_tenants.apps import DjangoTenantsConfig


class TenantsConfig(DjangoTenantsConfig):
    """django-tenants without its query at start: a process must come up while PostgreSQL is away."""

    default = False

    def ready(self) -> None:
        pass
