"""A carrier: on only with its key, which nobody is told; parcels under way stand against a switch, and arrive anyway."""

from __future__ import annotations

import pytest
from django.test import Client
from wizamart_lockers.models import Parcel

from platform_core.modules import module_service
from platform_core.modules.exceptions import Blocked, ModuleRefusal
from platform_core.modules.models import ModuleChange
from platform_core.tenancy.context import platform_context
from platform_core.testing import ModuleContractTestCase, World

pytestmark = pytest.mark.django_db

KEY, SHOP = "carriers-own-key", "objektiv.lux.localhost"


class TestContract(ModuleContractTestCase):
    code = "lockers"

    def make_rows(self, world: World) -> None:
        with platform_context(role="operator"):
            module_service.set_module_config(world.platform, "lockers", {"api_key": KEY})
        Parcel.objects.create(reference="P-1")


@pytest.fixture
def switched_on(lux, objektiv):
    with platform_context(role="operator"):
        module_service.set_module_config(lux, "lockers", {"api_key": KEY})
        module_service.enable_module(lux, "lockers")
    with platform_context(lux, objektiv):
        return Parcel.objects.create(reference="P-1")


def tell(client: Client, reference: str, key: str = KEY) -> int:
    headers = {"x-carrier-key": key}
    return client.post("/lockers/delivered/", {"reference": reference}, headers=headers).status_code


def test_without_its_key_it_does_not_come_on(lux):
    with platform_context(role="operator"), pytest.raises(ModuleRefusal) as refused:
        module_service.enable_module(lux, "lockers")
    assert refused.value.code == "invalid_config"


def test_its_key_is_told_nowhere(lux, switched_on):
    with platform_context(role="operator"):
        told = [str(change.details) for change in ModuleChange.objects.filter(module_code="lockers")]
        settings = module_service.get_module_settings(lux, "lockers")
    assert told
    assert not any(KEY in text for text in [*told, str(settings)])


def test_a_parcel_under_way_stands_against_a_switch_until_it_arrives(lux, switched_on, client_for):
    with platform_context(role="operator"), pytest.raises(Blocked, match="1 parcel is under way"):
        module_service.disable_module(lux, "lockers")
    assert tell(client_for(SHOP), "P-1") == 204
    with platform_context(role="operator"):
        assert module_service.disable_module(lux, "lockers").changed == ("lockers",)


def test_what_was_sent_before_a_switch_arrives_after_it(lux, objektiv, switched_on, client_for):
    with platform_context(role="operator"):
        module_service.disable_module(lux, "lockers", force=True, reason="The carrier is closing")
    assert tell(client_for(SHOP), "P-1") == 204
    with platform_context(lux, objektiv):
        assert Parcel.objects.get().delivered_at is not None


def test_who_lacks_the_key_tells_nothing(lux, objektiv, switched_on, client_for):
    assert tell(client_for(SHOP), "P-1", key="another") == 403
    assert tell(client_for(SHOP), "P-1", key="") == 403
    with platform_context(lux, objektiv):
        assert Parcel.objects.get().delivered_at is None
