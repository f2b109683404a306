"""The bottles of the demo shop "Kellerei": silhouettes, glass, capsules and labels."""

from __future__ import annotations

from dataclasses import dataclass

# The drawing is 900 units wide and 1200 high; every bottle stands in its middle, on this line.
CENTRE, FLOOR = 450, 1128


@dataclass(frozen=True)
class Shape:
    """A silhouette: half widths and heights in drawing units, the lip at the top."""

    top: int
    neck: int
    body: int
    shoulder_from: int
    shoulder_to: int
    curve: float
    capsule_to: int
    sparkling: bool = False

    def outline(self) -> str:
        """The closed path of the bottle, right side down and left side up."""
        neck, body, y0, y1 = self.neck, self.body, self.shoulder_from, self.shoulder_to
        bend = round((y1 - y0) * self.curve)
        lip = neck + 6
        right = (
            f"M{CENTRE + lip} {self.top}v22q0 6-6 8V{y0}"
            f"C{CENTRE + neck} {y0 + bend} {CENTRE + body} {y1 - bend} {CENTRE + body} {y1}"
            f"V{FLOOR - 26}q0 24-26 26"
        )
        left = (
            f"H{CENTRE - body + 26}q-26-2-26-26V{y1}"
            f"C{CENTRE - body} {y1 - bend} {CENTRE - neck} {y0 + bend} {CENTRE - neck} {y0}"
            f"V{self.top + 30}q-6-2-6-8v-22z"
        )
        return right + left


FLUTE = Shape(76, 29, 104, 300, 640, 0.52, 268)
HALF_FLUTE = Shape(330, 27, 88, 500, 760, 0.52, 470)
BURGUNDY = Shape(140, 34, 138, 400, 660, 0.55, 352)
BORDEAUX = Shape(128, 34, 126, 400, 508, 0.62, 350)
CREMANT = Shape(128, 36, 146, 330, 690, 0.5, 452, sparkling=True)
LITRE = Shape(150, 34, 140, 330, 520, 0.6, 246)


@dataclass(frozen=True)
class Glass:
    """Colours of the glass with its content, from the edge over the middle to the highlight."""

    edge: str
    middle: str
    light: str
    clear: bool = False


GREEN = Glass("#1d3a22", "#3f6b3a", "#86a96c")
BROWN = Glass("#2f1a0c", "#6b3f1a", "#b98548")
DARK = Glass("#0d1410", "#22301f", "#5a6a4c")
WHITE = Glass("#b9ab73", "#efe6b2", "#fffbe0", clear=True)
ROSE = Glass("#c0706a", "#f2b3a4", "#ffe3d8", clear=True)
GOLD = Glass("#9a6a14", "#e2ac3a", "#fff0b8", clear=True)
JUICE = Glass("#3a0f24", "#7c2148", "#c46a8b", clear=True)


@dataclass(frozen=True)
class Bottle:
    """One bottle: what it is made of and what its label says."""

    name: str
    shape: Shape
    glass: Glass
    capsule: tuple[str, str, str]
    style: str
    title: str
    subtitle: str
    year: str
    paper: str = "#fbf6ea"
    ink: str = "#2a1d14"
    accent: str = "#8c6a2f"
    ornament: str = "hills"


BURGUNDY_RED = ("#3a0710", "#7d1626", "#b5485a")
OLD_GOLD = ("#7a5718", "#c79a3f", "#f3dc9c")
FOREST = ("#10281a", "#24533a", "#5d9072")
NIGHT = ("#0b1220", "#1f2f4a", "#5b6f94")
COPPER = ("#6a2f1a", "#b5603a", "#eeb493")
PEARL = ("#a59a86", "#e6dcc8", "#ffffff")
PLUM = ("#2a0f26", "#5a2450", "#9a6490")
BLACK = ("#0a0a0a", "#26221e", "#6a6258")

BOTTLES = (
    Bottle("riesling", FLUTE, GREEN, FOREST, "classic", "Riesling", "alte Reben", "2023"),
    Bottle(
        "auxerrois",
        FLUTE,
        GREEN,
        OLD_GOLD,
        "arch",
        "Auxerrois",
        "Muschelkalk",
        "2023",
        accent="#6d7a2c",
        ornament="grape",
    ),
    Bottle(
        "pinot-blanc",
        FLUTE,
        GREEN,
        PEARL,
        "band",
        "Pinot blanc",
        "von der Terrasse",
        "2023",
        accent="#4b7a6b",
        ornament="wave",
    ),
    Bottle(
        "pinot-gris",
        BURGUNDY,
        GREEN,
        COPPER,
        "classic",
        "Pinot gris",
        "aus dem Fuder",
        "2022",
        accent="#a0522d",
        ornament="leaf",
    ),
    Bottle(
        "rivaner",
        FLUTE,
        WHITE,
        FOREST,
        "band",
        "Rivaner",
        "frisch und leicht",
        "2024",
        paper="#f4f8ea",
        accent="#5c8a2f",
        ornament="leaf",
    ),
    Bottle(
        "elbling",
        LITRE,
        GREEN,
        NIGHT,
        "stamp",
        "Elbling",
        "die Literflasche",
        "2024",
        paper="#f3f1ea",
        accent="#27466e",
        ornament="wave",
    ),
    Bottle(
        "gewuerztraminer",
        FLUTE,
        BROWN,
        PLUM,
        "arch",
        "Gewürztraminer",
        "Rosengarten",
        "2022",
        accent="#8a3a6a",
        ornament="rose",
    ),
    Bottle(
        "late-harvest",
        HALF_FLUTE,
        GOLD,
        OLD_GOLD,
        "classic",
        "Spätlese",
        "Riesling, edelsüß",
        "2021",
        accent="#9a6a14",
        ornament="sun",
    ),
    Bottle(
        "pinot-noir",
        BURGUNDY,
        DARK,
        BURGUNDY_RED,
        "band",
        "Pinot noir",
        "Barrique",
        "2021",
        paper="#f6efe2",
        ink="#2a0d12",
        accent="#6e1423",
        ornament="grape",
    ),
    Bottle(
        "rose",
        BORDEAUX,
        ROSE,
        PEARL,
        "stamp",
        "Rosé",
        "aus Pinot noir",
        "2024",
        paper="#fff5f1",
        ink="#5a2630",
        accent="#c0566a",
        ornament="sun",
    ),
    Bottle(
        "cremant-brut", CREMANT, DARK, OLD_GOLD, "arch", "Crémant", "brut", "Flaschengärung", ornament="star"
    ),
    Bottle(
        "cremant-rose",
        CREMANT,
        DARK,
        COPPER,
        "stamp",
        "Crémant",
        "rosé brut",
        "Flaschengärung",
        paper="#fdeee8",
        ink="#4a2028",
        accent="#b5603a",
        ornament="star",
    ),
    Bottle(
        "grape-juice",
        LITRE,
        JUICE,
        BLACK,
        "band",
        "Traubensaft",
        "ohne Zucker",
        "2024",
        paper="#f7f0fa",
        ink="#2f1230",
        accent="#6b2a72",
        ornament="grape",
    ),
)
