"""Ways to make a token that must not pass, from a genuine one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import jwt
from django.conf import settings

from platform_core.identity.tokens import signing_key
from platform_core.tenancy.context import PlatformRef


def encoded(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(header: Any, payload: Any, key: str, digest: Any = hashlib.sha256) -> str:
    text = f"{encoded(header)}.{encoded(payload)}"
    return f"{text}.{encoded(hmac.new(key.encode(), text.encode(), digest).digest())}"


def forgeries(
    genuine: str, here: PlatformRef, elsewhere: PlatformRef, *, account_id: int, family: str, vendor_id: int
) -> Iterator[tuple[str, str]]:
    """(name, token). The ids are those of another account that is signed in, and of another vendor."""
    claims = jwt.decode(genuine, options={"verify_signature": False})
    header = jwt.get_unverified_header(genuine)
    head, body, signature = genuine.split(".")
    key, now = signing_key(here), int(time.time())

    for name in ("none", "None", "NONE", "nOnE", ""):
        unsigned = f"{encoded({**header, 'alg': name})}.{body}"
        yield f"alg {name!r} without a signature", f"{unsigned}."
        yield f"alg {name!r} with the genuine one", f"{unsigned}.{signature}"
    yield "HS384 with the right key", signed({**header, "alg": "HS384"}, claims, key, hashlib.sha384)
    yield "HS512 with the right key", signed({**header, "alg": "HS512"}, claims, key, hashlib.sha512)
    for name in ("RS256", "ES256", "PS256", "EdDSA", "hs256"):
        yield f"{name} with the right key", signed({**header, "alg": name}, claims, key)
    yield "no alg", signed({"typ": "JWT"}, claims, key)
    yield "alg is a list", signed({**header, "alg": ["HS256"]}, claims, key)
    yield "a critical extension", signed({**header, "crit": ["exp2"], "exp2": 1}, claims, key)

    keys = {
        "the secret key": settings.SECRET_KEY,
        "another platform's key": signing_key(elsewhere),
        "no key": "",
        "a guess": "secret",
        "the platform's code": here.code,
        "the key in other letters": key.upper(),
    }
    for name, other in keys.items():
        yield f"signed with {name}", signed(header, claims, other)
    yield (
        "a key of its own in the header",
        signed({**header, "jwk": {"kty": "oct", "k": encoded(b"mine")}}, claims, "mine"),
    )
    yield "a key by path", signed({**header, "kid": "../../../../dev/null"}, claims, "")
    yield "a key by address", signed({**header, "jku": "http://127.0.0.1:9/jwks"}, claims, "mine")

    code = here.code
    portal = claims["aud"].partition(":")[2]
    wrong: dict[str, dict[str, Any]] = {
        "expired": {"exp": now - 10},
        "expired long ago": {"exp": 0},
        "an expiry before time began": {"exp": -1},
        "an expiry in words": {"exp": "never"},
        "an expiry that is a list": {"exp": [now + 300]},
        "not yet valid": {"nbf": now + 600},
        "issued tomorrow": {"iat": now + 86_400},
        "another platform": {"aud": f"{elsewhere.code}:{portal}"},
        "no platform": {"aud": f":{portal}"},
        "no portal": {"aud": code},
        "an unknown portal": {"aud": f"{code}:root"},
        "any audience": {"aud": "*"},
        "an empty audience": {"aud": ""},
        "no audience in a list": {"aud": []},
        "an audience in capitals": {"aud": claims["aud"].upper()},
        "an audience and a blank": {"aud": f"{claims['aud']} "},
        "another issuer": {"iss": "https://evil.example"},
        "a refresh token's type": {"token_type": "refresh"},
        "no type": {"token_type": None},
        "another account": {"sub": str(account_id)},
        "account 0": {"sub": "0"},
        "account -1": {"sub": "-1"},
        "nobody": {"sub": "999999999"},
        "an account beyond the column": {"sub": "9" * 40},
        "an account in SQL": {"sub": "1 OR 1=1"},
        "an account as a number": {"sub": int(claims["sub"])},
        "a family nobody has": {"family": str(uuid4())},
        "another account's family": {"family": family},
        "a family that is none": {"family": "1"},
        "a family that is a list": {"family": [claims["family"]]},
        "another password": {"stamp": "0" * 32},
        "an empty stamp": {"stamp": ""},
        "a stamp cut short": {"stamp": claims["stamp"][:31]},
        "another vendor": {"vendor": vendor_id},
        "vendor 0": {"vendor": 0},
        "a vendor in words": {"vendor": "objektiv"},
        "a vendor beyond the column": {"vendor": 10**40},
        "a vendor that is a list": {"vendor": [1]},
    }
    for other in {"admin", "vendor", "storefront"} - {portal}:
        wrong[f"the portal {other}"] = {"aud": f"{code}:{other}"}
    for name, change in wrong.items():
        yield f"well signed: {name}", signed(header, {**claims, **change}, key)
    for name in ("exp", "aud", "iss", "jti", "token_type", "sub", "family", "stamp"):
        yield (
            f"well signed: without {name}",
            signed(header, {k: v for k, v in claims.items() if k != name}, key),
        )
    without_vendor = {k: v for k, v in claims.items() if k != "vendor"}
    if "vendor" in claims:
        yield "well signed: without vendor", signed(header, without_vendor, key)

    yield (
        "payload changed, signature kept",
        f"{head}.{encoded({**claims, 'sub': str(account_id)})}.{signature}",
    )
    yield "expiry changed, signature kept", f"{head}.{encoded({**claims, 'exp': now + 9_999})}.{signature}"
    yield "header changed, signature kept", f"{encoded({**header, 'x': 1})}.{body}.{signature}"
    yield (
        "one letter of the signature changed",
        f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
    )
    yield "signature of nothing", f"{head}.{body}."
    yield "no signature", f"{head}.{body}"
    yield "signature cut short", genuine[:-5]
    yield "half a token", genuine[: len(genuine) // 2]
    yield "one more part", f"{genuine}.{signature}"
    yield "a token twice", f"{genuine},{genuine}"
    yield "a blank inside", f"{head} .{body}.{signature}"
    yield "payload is a list", signed(header, [claims], key)
    yield "payload is text", signed(header, "claims", key)
    yield "payload is no JSON", signed(header, b"{", key)
    yield "payload is no UTF-8", signed(header, b"\xff\xfe", key)
    yield "payload is nested without end", signed(header, b"[" * 1_000, key)
    yield "header is no JSON", f"{encoded(b'x')}.{body}.{signature}"
    yield "header is nested without end", f"{encoded(b'[' * 1_000)}.{body}.{signature}"
    yield "not base64", "%%%.%%%.%%%"
    yield "dots", "..."
    yield "null", "null"
    yield "beyond any length", genuine + "A" * 10_000
    yield "letters beyond ASCII", "é.ü.ß"
