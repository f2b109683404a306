"""The contract of a gateway. A test of one subclasses it and says which, and how its settings look.

```python
class TestStripe(GatewayContract):
    gateway = Stripe()
    config = {"key": "…"}
    broken_configs = (({}, "key"),)
```
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any, ClassVar

import pytest
from django.utils.translation import override
from moneyed import Money

from modules.payments.exceptions import InvalidMethodConfig, NotSupported
from modules.payments.extensions import (
    AuthoriseRequest,
    CaptureRequest,
    Gateway,
    GatewayResult,
    Outcome,
    RefundRequest,
    StatusRequest,
    VoidRequest,
    WebhookRequest,
)
from modules.payments.models import MAX_GATEWAY_LENGTH
from platform_core.languages import LANGUAGE_CODES
from platform_core.public_ids import new_public_id
from platform_core.ui.icons import icon_names

CURRENCIES = ("EUR", "USD", "JPY", "KWD")


class GatewayContract:
    """What every gateway owes the services."""

    gateway: ClassVar[Gateway]
    # Settings as a team would type them.
    config: ClassVar[dict[str, Any]]
    # (settings, the field at fault).
    broken_configs: ClassVar[tuple[tuple[dict[str, Any], str], ...]]

    @pytest.fixture
    def settings_kept(self) -> dict[str, Any]:
        return self.gateway.clean_config(self.config)

    @pytest.fixture
    def payment_id(self) -> str:
        return new_public_id("pay")

    @pytest.fixture
    def authorised(self, settings_kept: dict[str, Any], payment_id: str) -> GatewayResult:
        return self.gateway.authorise(
            AuthoriseRequest(payment_id, self.amount(), settings_kept, reference="A-1042")
        )

    def amount(self, text: str = "84.10") -> Money:
        code = next(code for code in CURRENCIES if self.gateway.capabilities.takes(code))
        return Money(text, code)

    def test_it_is_named_in_every_language_and_has_an_icon(self):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", self.gateway.code)
        assert len(self.gateway.code) <= MAX_GATEWAY_LENGTH
        assert self.gateway.icon in icon_names()
        for language in LANGUAGE_CODES:
            with override(language):
                texts = [self.gateway.name, self.gateway.description]
                texts += [field.label for field in self.gateway.config_fields]
                assert all(str(text).strip() for text in texts)

    def test_its_settings_can_be_stored_and_are_stable(self, settings_kept):
        assert set(settings_kept) == {field.name for field in self.gateway.config_fields}
        assert json.loads(json.dumps(settings_kept)) == settings_kept
        assert self.gateway.clean_config(settings_kept) == settings_kept

    def test_a_broken_setting_is_refused_by_its_name(self):
        assert self.broken_configs
        for config, field in self.broken_configs:
            with pytest.raises(InvalidMethodConfig) as refusal:
                self.gateway.clean_config(config)
            assert refusal.value.params["field"] == field, config
            assert refusal.value.message
        with pytest.raises(InvalidMethodConfig):
            self.gateway.clean_config({**self.config, "no_such_setting": "1"})

    def test_every_required_setting_is_asked_for(self):
        for field in self.gateway.config_fields:
            without = {name: value for name, value in self.config.items() if name != field.name}
            if field.is_required:
                with pytest.raises(InvalidMethodConfig) as refusal:
                    self.gateway.clean_config(without)
                assert refusal.value.params["field"] == field.name
            else:
                assert field.name in self.gateway.clean_config(without)

    def test_an_answer_can_be_stored_and_never_changes(self, authorised):
        assert authorised.outcome in Outcome
        assert json.loads(json.dumps(dict(authorised.instructions))) == authorised.instructions
        json.dumps(dict(authorised.payload))
        assert len(authorised.provider_reference) <= 255
        with pytest.raises(dataclasses.FrozenInstanceError):
            authorised.outcome = Outcome.FAILED

    def test_two_payments_have_two_references(self, settings_kept):
        results = [
            self.gateway.authorise(AuthoriseRequest(new_public_id("pay"), self.amount(), settings_kept))
            for _number in range(2)
        ]
        references = [result.provider_reference for result in results if result.provider_reference]
        assert len(set(references)) == len(references)

    def test_the_same_payment_asked_for_twice_is_the_same(self, settings_kept, payment_id):
        request = AuthoriseRequest(payment_id, self.amount(), settings_kept)
        first, second = self.gateway.authorise(request), self.gateway.authorise(request)
        assert first.provider_reference == second.provider_reference

    def test_money_is_taken_in_whole_and_in_part(self, settings_kept, payment_id, authorised):
        amounts = ["84.10"] + (["30.00"] if self.gateway.capabilities.partial_capture else [])
        for text in amounts:
            request = CaptureRequest(
                payment_id, self.amount(text), settings_kept, authorised.provider_reference
            )
            assert self.gateway.capture(request).outcome in {Outcome.SUCCEEDED, Outcome.PENDING}

    def test_what_it_can_void_it_voids_and_nothing_else(self, settings_kept, payment_id, authorised):
        request = VoidRequest(payment_id, settings_kept, authorised.provider_reference)
        if not self.gateway.capabilities.void:
            with pytest.raises(NotSupported):
                self.gateway.void(request)
        else:
            assert self.gateway.void(request).outcome in {Outcome.SUCCEEDED, Outcome.FAILED}

    def test_what_it_can_refund_it_refunds_and_nothing_else(self, settings_kept, payment_id, authorised):
        request = RefundRequest(
            payment_id, new_public_id("rfd"), self.amount(), settings_kept, authorised.provider_reference
        )
        if not self.gateway.capabilities.refund:
            with pytest.raises(NotSupported):
                self.gateway.refund(request)
            return
        result = self.gateway.refund(request)
        assert result.outcome is not Outcome.REQUIRES_ACTION
        if self.gateway.capabilities.by_hand:
            # Nobody but the team knows whether it was paid back.
            assert result.outcome is Outcome.PENDING

    def test_it_says_what_it_knows_of_a_payment(self, settings_kept, payment_id, authorised):
        result = self.gateway.status(StatusRequest(payment_id, settings_kept, authorised.provider_reference))
        assert result.outcome in Outcome
        assert result.provider_reference == authorised.provider_reference

    def test_a_message_that_nobody_has_signed_is_refused(self, settings_kept):
        request = WebhookRequest(b'{"type": "captured"}', {}, settings_kept)
        with pytest.raises(NotSupported if not self.gateway.capabilities.webhook else Exception):
            self.gateway.webhook(request)
