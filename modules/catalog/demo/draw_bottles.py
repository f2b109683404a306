"""Draw the wine bottles of the demo shop "Kellerei" as SVG files.

Run `python -m modules.catalog.demo.draw_bottles` from the project's root after a change here, and commit
the files it writes. The same code always writes the same bytes.
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

from modules.catalog.demo.bottle_list import BOTTLES, CENTRE, FLOOR, HALF_FLUTE, Bottle

FOLDER = Path(__file__).parent / "bottles"
WIDTH, HEIGHT = 900, 1200
WALL = (("0", "#fbf7ef"), (".74", "#efe6d6"), (".745", "#dccfb9"), ("1", "#cbbba1"))
SERIF = "Georgia, 'Times New Roman', 'DejaVu Serif', serif"
SANS = "'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"


def gradient(name: str, stops: tuple[tuple[str, str], ...], *, upright: bool = False) -> str:
    """A linear gradient, from left to right unless `upright`."""
    direction = ' x2="0" y2="1"' if upright else ""
    body = "".join(f'<stop offset="{offset}" stop-color="{colour}"/>' for offset, colour in stops)
    return f'<linearGradient id="{name}"{direction}>{body}</linearGradient>'


def ornament(kind: str, x: int, y: int, colour: str) -> str:
    """A small line drawing on the label, centred on (x, y) and about 90 units wide."""
    pen = f'fill="none" stroke="{colour}" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"'
    place = f'<g transform="translate({x} {y})" '
    if kind == "grape":
        rows = [(-24, -10), (0, -10), (24, -10), (-12, 9), (12, 9), (0, 28)]
        berries = "".join(f'<circle cx="{cx}" cy="{cy}" r="11"/>' for cx, cy in rows)
        stalk = f'<path d="M0-20q2-18 16-22M16-42q18-2 22 10q-18 6-22-10" {pen}/>'
        return f'{place}fill="{colour}">{berries}{stalk}</g>'
    shapes = {
        "hills": "M-60 26q26-46 52-22q22-42 68 22M-46 26l22-22M-24 26l18-18M0 26l16-20M22 26l14-18",
        "wave": "M-56 0q14-16 28 0t28 0t28 0t28 0M-42 20q14-16 28 0t28 0t28 0",
        "leaf": "M0 44V-14M0 12C-10 26-30 24-34 12C-46 8-44-8-34-12C-36-28-20-34-12-26"
        "C-8-40 8-40 12-26C20-34 36-28 34-12C44-8 46 8 34 12C30 24 10 26 0 12M0 4L-20-8M0 4L20-8",
        "rose": "M0-4a10 10 0 1 1-9 14q-16-12-4-28q16-14 32 0q12 16-4 32q-22 12-38-8"
        "M-26 6q-10 22 26 30q36-8 28-32",
        "sun": "M-40 22H40M-26 22a26 26 0 0 1 52 0M0-16v-18M-28-8l-12-12M28-8l12-12M-44 6l-8-4M44 6l8-4",
        "star": "M0-36L8-8L36 0L8 8L0 36L-8 8L-36 0L-8-8ZM44-26v12M38-20h12M-44 22v12M-50 28h12",
    }
    return f'{place}{pen}><path d="{shapes[kind]}"/></g>'


def words(text: str, y: int, size: int, colour: str, *, font: str = SERIF, extra: str = "") -> str:
    """One centred line of type."""
    return (
        f'<text x="{CENTRE}" y="{y}" font-family="{font}" font-size="{size}" fill="{colour}" '
        f'text-anchor="middle"{extra}>{escape(text)}</text>'
    )


def label(bottle: Bottle) -> str:
    """Paper and type of the label, between the shoulder and the floor."""
    half = bottle.shape.body - 12
    small = bottle.shape is HALF_FLUTE
    top = bottle.shape.shoulder_to + (30 if small else 44)
    bottom = FLOOR - (54 if small else 74)
    left, right, height = CENTRE - half, CENTRE + half, bottom - top
    size = min(46, round((half * 2 - 22) / (0.5 * len(bottle.title))))
    paper, ink, accent = bottle.paper, bottle.ink, bottle.accent
    arch = 58 if bottle.style == "arch" else 0
    edge = f"M{left} {top + arch}"
    edge += f"Q{CENTRE} {top - arch} {right} {top + arch}" if arch else f"Q{CENTRE} {top + 14} {right} {top}"
    edge += f"V{bottom}Q{CENTRE} {bottom + 14} {left} {bottom}Z"
    parts = [f'<path d="{edge}" fill="url(#paper)"/>']
    middle = top + height // 2
    if bottle.style == "classic":
        inset = f"M{left + 12} {top + 14}Q{CENTRE} {top + 28} {right - 12} {top + 14}V{bottom - 12}"
        inset += f"Q{CENTRE} {bottom + 2} {left + 12} {bottom - 12}Z"
        parts.append(f'<path d="{inset}" fill="none" stroke="{accent}" stroke-width="2"/>')
        parts.append(ornament(bottle.ornament, CENTRE, top + 78, accent))
        title, subtitle = middle + 26, middle + 62
    elif bottle.style == "band":
        band = f"M{left} {middle - 34}Q{CENTRE} {middle - 20} {right} {middle - 34}v84"
        band += f"Q{CENTRE} {middle + 64} {left} {middle + 50}Z"
        parts.append(f'<path d="{band}" fill="{accent}"/>')
        parts.append(ornament(bottle.ornament, CENTRE, top + 84, accent))
        title, subtitle = middle + 36, middle + 92
    elif bottle.style == "stamp":
        radius = min(half - 16, 74, (height - 210) // 2)
        centre = top + radius + 30
        for size_of_ring, width in ((radius, 5), (radius - 11, 1)):
            ring = f'<circle cx="{CENTRE}" cy="{centre}" r="{size_of_ring}" fill="none"'
            parts.append(f'{ring} stroke="{accent}" stroke-width="{width}"/>')
        parts.append(ornament(bottle.ornament, CENTRE, centre, accent))
        below = centre + radius
        title, subtitle = below + 66, below + 102
    else:
        parts.append(ornament(bottle.ornament, CENTRE, top + 84, accent))
        title, subtitle = middle + 44, middle + 96
    # Short labels leave no air at the foot, so the upper lines move up rather than into the lower ones.
    quiet = 17 if small else 20
    subtitle = min(subtitle, bottom - (80 if small else 92))
    title = min(title, subtitle - (46 if bottle.style == "arch" else 34))
    if bottle.style == "arch":
        parts.append(f'<path d="M{CENTRE - 44} {title + 18}h88" stroke="{accent}" stroke-width="2"/>')
    parts.append(words(bottle.title, title, size, paper if bottle.style == "band" else ink))
    parts.append(words(bottle.subtitle, subtitle, quiet, ink, extra=' font-style="italic"'))
    spaced = ' letter-spacing="5"'
    year_y = bottom - (46 if small else 54)
    parts.append(words(bottle.year, year_y, quiet - 2, accent, extra=' letter-spacing="1"'))
    parts.append(words("KELLEREI", bottom - 24, 13 if small else 15, ink, font=SANS, extra=spaced))
    parts.append(f'<path d="{edge}" fill="url(#round)"/>')
    return "".join(parts)


def capsule(bottle: Bottle) -> str:
    """Foil or screw cap over the neck; sparkling wine gets cork, wire and a pleated collar."""
    shape = bottle.shape
    half = shape.neck + 8
    top, foot = shape.top - 6, shape.capsule_to
    rim = f'<path d="M{CENTRE - half} {top + 34}h{2 * half}" stroke="#000" stroke-opacity=".35"'
    rim += ' stroke-width="3"/>'
    if not shape.sparkling:
        body = f"M{CENTRE - half} {top + 8}q0-8 8-8h{2 * half - 16}q8 0 8 8V{foot}"
        body += f"Q{CENTRE} {foot + 10} {CENTRE - half} {foot}Z"
        return f'<path d="{body}" fill="url(#foil)"/>{rim}'
    wide = half + 28
    body = f"M{CENTRE - half} {top + 10}q-4-34 {half} -34t{half} 34l-4 30l4 120"
    body += f"L{CENTRE + wide} {foot}l-{wide // 2} 22l-{wide // 2}-12l-{wide // 2} 12L{CENTRE - wide} {foot}"
    body += f"L{CENTRE - half} {top + 160}l4-120Z"
    pleats = "".join(f"M{CENTRE + x} {top + 176}L{CENTRE + 2 * x} {foot + 4}" for x in (-24, -8, 8, 24))
    return (
        f'<path d="{body}" fill="url(#foil)"/>'
        f'<path d="{pleats}" stroke="#000" stroke-opacity=".18" stroke-width="3"/>{rim}'
        f'<path d="M{CENTRE - half + 4} {top + 52}h{2 * half - 8}" stroke="#fff" stroke-opacity=".4" '
        'stroke-width="3"/>'
    )


def drawing(bottle: Bottle) -> str:
    """The whole picture as SVG text."""
    shape, glass = bottle.shape, bottle.glass
    outline = shape.outline()
    dark, mid, bright = bottle.capsule
    edge, middle = glass.edge, glass.middle
    stops = (("0", edge), (".22", middle), (".38", glass.light), (".55", middle), ("1", edge))
    definitions = "".join(
        (
            gradient("wall", WALL, upright=True),
            gradient("glass", stops),
            gradient("foil", (("0", dark), (".35", bright), (".55", mid), ("1", dark))),
            gradient("paper", (("0", bottle.paper), ("1", bottle.paper))),
            '<linearGradient id="round"><stop offset="0" stop-opacity=".34"/>'
            '<stop offset=".2" stop-opacity="0"/>'
            '<stop offset=".72" stop-opacity="0"/><stop offset="1" stop-opacity=".4"/></linearGradient>',
            '<radialGradient id="shade"><stop offset="0" stop-color="#3a2a18" stop-opacity=".5"/>'
            '<stop offset="1" stop-color="#3a2a18" stop-opacity="0"/></radialGradient>',
            f'<clipPath id="inside"><path d="{outline}"/></clipPath>',
        )
    )
    shine_top = shape.shoulder_to - 10
    shine = shape.body - 26
    level = shape.shoulder_from - 4
    air = (
        f'<path d="M0 0H{WIDTH}V{level}H0Z" clip-path="url(#inside)" fill="#fff" fill-opacity=".55"/>'
        if glass.clear
        else ""
    )
    light = (
        f'<g clip-path="url(#inside)"><path d="M{CENTRE - shine} {shine_top}q-4 40-4 90V{FLOOR - 40}" '
        f'fill="none" stroke="#fff" stroke-opacity=".38" stroke-width="9" stroke-linecap="round"/>'
        f'<path d="M{CENTRE + shine + 8} {shine_top + 60}V{FLOOR - 60}" fill="none" stroke="#fff" '
        f'stroke-opacity=".16" stroke-width="5" stroke-linecap="round"/>'
        f'<path d="M{CENTRE - shape.body} {FLOOR - 20}h{2 * shape.body}v20h-{2 * shape.body}z" '
        'fill-opacity=".28"/></g>'
    )
    reach = shape.body + 70
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">'
        f"<defs>{definitions}</defs>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#wall)"/>'
        f'<ellipse cx="{CENTRE + 34}" cy="{FLOOR - 2}" rx="{reach}" ry="22" fill="url(#shade)"/>'
        f'<path d="{outline}" fill="url(#glass)"/>{air}{light}'
        f"{capsule(bottle)}{label(bottle)}</svg>\n"
    )


def main() -> None:
    """Write every bottle into the folder beside this file."""
    FOLDER.mkdir(exist_ok=True)
    for bottle in BOTTLES:
        (FOLDER / f"{bottle.name}.svg").write_text(drawing(bottle), encoding="utf-8")


if __name__ == "__main__":
    main()
