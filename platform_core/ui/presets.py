"""The shop themes' presets, as data. Colours are (light, dark) palettes of DESIGN_UI section 10."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["light", "dark", "both"]
HeaderForm = Literal["bar", "centred", "split"]
CardForm = Literal["plain", "framed", "overlay", "row"]
ButtonForm = Literal["filled", "outlined", "block"]

SANS = 'system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif'
SERIF = '"Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,serif'
# Bundled fonts stand in static/fonts with their licences; system fonts follow while one is not there yet.
INSTRUMENT_SERIF = f'"Instrument Serif",{SERIF}'
INSTRUMENT_SANS = f'"Instrument Sans",{SANS}'
ARCHIVO = 'Archivo,"Helvetica Neue","Arial Nova","Nimbus Sans",Arial,sans-serif'
NUNITO = f"Nunito,ui-rounded,{SANS}"
FRAUNCES = f"Fraunces,{SERIF}"
MONO = "ui-monospace,Menlo,Consolas,monospace"


@dataclass(frozen=True, slots=True)
class Palette:
    """What a theme chooses of the colours of one mode; the rest is derived."""

    paper_0: str
    paper_1: str
    paper_2: str
    ink_1: str
    ink_2: str
    line_2: str
    accent: str
    on_accent: str
    accent_text: str


@dataclass(frozen=True, slots=True)
class Preset:
    """A complete look: two palettes, the variables that differ from tokens.css, and the forms."""

    code: str
    name: str
    light: Palette
    dark: Palette
    variables: dict[str, str] = field(default_factory=dict)
    # Files in static/fonts that the first paint wants; two at most, 60 KB together.
    fonts: tuple[str, ...] = ()
    mode: Mode = "both"
    header: HeaderForm = "bar"
    card: CardForm = "plain"
    button: ButtonForm = "filled"


def _palette(text: str) -> Palette:
    return Palette(*text.split())


_FLAT = {"--lift-1": "none", "--lift-2": "none", "--lift-3": "none"}

PRESETS: dict[str, Preset] = {
    preset.code: preset
    for preset in (
        Preset(
            "atelier",
            "Atelier",
            _palette("#faf7f2 #ffffff #f1ece3 #1d1a16 #5b534a #8a8072 #22352c #ffffff #22352c"),
            _palette("#171512 #201d19 #2a2621 #f3eee6 #c5bcae #85796a #c9d8c4 #16201a #c9d8c4"),
            {
                "--font-ui": INSTRUMENT_SANS,
                "--font-head": INSTRUMENT_SERIF,
                "--head-scale": "1.25",
                "--head-weight": "400",
                "--head-track": "-.01em",
                "--round-1": "0",
                "--round-2": "0",
                "--round-3": "0",
                "--photo": "4/5",
                "--cols-desk": "3",
                "--shop-max": "1240px",
                "--density": "1.15",
                **_FLAT,
            },
            fonts=("instrument-serif", "instrument-sans"),
            header="centred",
            button="outlined",
        ),
        Preset(
            "marche",
            "Marché",
            _palette("#ffffff #ffffff #f2f7f0 #13210f #465340 #77866f #1c7a2e #ffffff #17662a"),
            _palette("#0f1510 #172018 #1f2a20 #edf5ea #bccbb7 #6f8069 #6fd07f #07200c #86dc94"),
            {
                "--head-weight": "700",
                "--round-1": "6px",
                "--round-2": "10px",
                "--round-3": "10px",
                "--cols-desk": "5",
                "--density": ".85",
                "--unit-price-size": "var(--text-3)",
            },
            card="framed",
        ),
        Preset(
            "signal",
            "Signal",
            _palette("#f4f4f2 #ffffff #e8e8e4 #0b0b0c #45454a #7a7a80 #0b0b0c #d8ff3e #0b0b0c"),
            _palette("#0b0b0c #151517 #202024 #f5f5f5 #b9b9c0 #75757d #d8ff3e #0b0b0c #d8ff3e"),
            {
                "--font-ui": ARCHIVO,
                "--font-head": ARCHIVO,
                "--head-scale": "1.3",
                "--head-weight": "800",
                "--head-case": "uppercase",
                "--head-track": "-.02em",
                "--stroke": "2px",
                "--round-1": "0",
                "--round-2": "0",
                "--round-3": "0",
                "--round-full": "0",
                "--shop-max": "1360px",
                **_FLAT,
            },
            fonts=("archivo",),
            mode="dark",
            header="split",
            card="overlay",
            button="block",
        ),
        Preset(
            "confetti",
            "Confetti",
            _palette("#fff6f3 #ffffff #ffe9e2 #2b1b2f #5e4a62 #917a94 #c0354f #ffffff #a82a43"),
            _palette("#1b121d #251a28 #312435 #fdeef3 #d3bcd2 #8a7590 #ff8fa3 #2a0a12 #ffa5b5"),
            {
                "--font-ui": NUNITO,
                "--font-head": NUNITO,
                "--head-scale": "1.1",
                "--head-weight": "800",
                "--round-1": "10px",
                "--round-2": "20px",
                "--round-3": "20px",
                "--round-button": "999px",
                "--cols-desk": "3",
                "--lift-1": "0 2px 6px rgb(60 10 30/.08)",
                "--lift-2": "0 8px 24px rgb(60 10 30/.12)",
            },
            fonts=("nunito",),
            header="centred",
            card="framed",
        ),
        Preset(
            "depot",
            "Depot",
            _palette("#f3f5f7 #ffffff #e8ecf0 #101820 #3f4c5a #74808d #0a4d8c #ffffff #0a4d8c"),
            _palette("#0d1217 #151b22 #1d252e #ebf0f5 #b7c2ce #6b7885 #ffb02e #1c1200 #ffc25c"),
            {
                "--head-scale": ".9",
                "--head-weight": "700",
                "--font-figure": MONO,
                "--round-1": "3px",
                "--round-2": "3px",
                "--round-3": "3px",
                "--density": ".8",
                "--cols-phone": "1",
                "--cols-desk": "2",
            },
            card="row",
        ),
        Preset(
            "cellar",
            "Cellar",
            _palette("#f8f3ea #fffdf8 #efe6d6 #2a1416 #5f4a44 #8f7b6c #6e1423 #fff8ee #6e1423"),
            _palette("#1a0f10 #241617 #2f1e1f #f7ecdf #cfbcac #8a7468 #e0a94f #241300 #e8b968"),
            {
                "--font-head": FRAUNCES,
                "--font-ui": SERIF,
                "--head-scale": "1.15",
                "--head-weight": "400",
                "--round-1": "2px",
                "--round-2": "2px",
                "--round-3": "2px",
                "--photo": "3/4",
                "--rule-style": "double",
                "--rule-width": "3px",
                **_FLAT,
            },
            fonts=("fraunces",),
            header="centred",
            card="framed",
        ),
    )
}

DEFAULT_PRESET = "atelier"
