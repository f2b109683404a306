"""What gateways have in common that no server answers for: the shop's team says what came in and what went back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from modules.payments.exceptions import InvalidMethodConfig, NotSupported
from modules.payments.gateways.protocol import (
    AuthoriseRequest,
    Capabilities,
    CaptureRequest,
    Config,
    ConfigField,
    GatewayEvent,
    GatewayResult,
    Outcome,
    RefundRequest,
    StatusRequest,
    Told,
    VoidRequest,
    WebhookRequest,
)
from platform_core.languages import LANGUAGE_CODES


class ByHand:
    """A gateway whose money the team records."""

    code: ClassVar[str]
    config_fields: ClassVar[tuple[ConfigField, ...]]
    capabilities = Capabilities(
        by_hand=True, partial_capture=True, void=True, refund=True, partial_refund=True
    )

    def clean_config(self, config: Config) -> dict[str, Any]:
        known = {field.name: field for field in self.config_fields}
        for name in config:
            if name not in known:
                raise InvalidMethodConfig(_("There is no such setting."), field=name)
        return {name: self.clean_value(field, config.get(name)) for name, field in known.items()}

    def clean_value(self, field: ConfigField, value: Any) -> Any:
        """One setting as it is stored."""
        if field.kind == "translated":
            return clean_translations(field, value)
        return clean_line(field, value)

    def tell(self, instructions: Mapping[str, Any], amount: Money, languages: Sequence[str]) -> Told:
        raise NotImplementedError

    def authorise(self, request: AuthoriseRequest) -> GatewayResult:
        raise NotImplementedError

    def capture(self, request: CaptureRequest) -> GatewayResult:
        return GatewayResult(Outcome.SUCCEEDED, provider_reference=request.provider_reference)

    def void(self, request: VoidRequest) -> GatewayResult:
        return GatewayResult(Outcome.SUCCEEDED, provider_reference=request.provider_reference)

    def refund(self, request: RefundRequest) -> GatewayResult:
        return GatewayResult(
            Outcome.PENDING,
            provider_reference=request.provider_reference,
            message=_("Pay the money back yourself, then record it here."),
        )

    def status(self, request: StatusRequest) -> GatewayResult:
        return GatewayResult(
            Outcome.PENDING,
            provider_reference=request.provider_reference,
            message=_("Nobody but the shop knows: record the money when it is there."),
        )

    def webhook(self, request: WebhookRequest) -> tuple[GatewayEvent, ...]:
        raise NotSupported(gateway=self.code)


def refuse(field: ConfigField, message: str | Promise, **params: object) -> InvalidMethodConfig:
    """The error that names its setting."""
    return InvalidMethodConfig(message, field=field.name, **params)


def clean_line(field: ConfigField, value: Any) -> str:
    """One line without control characters, since banks' formats part their fields by line breaks."""
    if value is not None and not isinstance(value, str):
        raise refuse(field, _("Write this as text."))
    line = " ".join("".join(c if c.isprintable() else " " for c in value or "").split())
    if not line and field.is_required:
        raise refuse(field, _("Fill in “%(label)s”."), label=field.label)
    if len(line) > field.max_length:
        raise refuse(
            field, _("This text is longer than %(limit)s characters. Shorten it."), limit=field.max_length
        )
    return line


def clean_translations(field: ConfigField, value: Any) -> dict[str, str]:
    """`{"en": …, "fr": …}` without the languages that are empty."""
    if value is not None and not isinstance(value, dict):
        raise refuse(field, _('Write this as texts by language: {"en": "…", "fr": "…"}.'))
    found = {}
    for language, text in (value or {}).items():
        if language not in LANGUAGE_CODES:
            raise refuse(
                field,
                _("“%(language)s” is no language of this platform. Use one of %(languages)s."),
                language=language,
                languages=", ".join(LANGUAGE_CODES),
            )
        found[language] = clean_line(field, text)
    return {language: line for language, line in found.items() if line}
