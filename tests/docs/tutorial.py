"""The tutorial as steps: commands to run, files to write. What the page says is what is done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "modules" / "tutorial.md"
BLOCK = re.compile(
    r"(?:^\*\*(?P<adds>\+ )?(?P<path>\S+)\*\*\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)


@dataclass(frozen=True)
class Step:
    """Commands of a shell, or the content of a file; `adds` where it goes to the end of what is there."""

    heading: str
    text: str
    path: str = ""
    adds: bool = False


def steps(page: str) -> Iterator[Step]:
    """Every block of the page in its order. Raises ValueError for one that is neither commands nor a file."""
    for section in re.split(r"^## ", page, flags=re.M)[1:]:
        heading = section.partition("\n")[0]
        for block in BLOCK.finditer(section):
            if (block["kind"] == "sh") == bool(block["path"]):
                raise ValueError(f"{heading}: a block of {block['kind']} with the path {block['path']!r}")
            yield Step(heading, block["text"], block["path"] or "", bool(block["adds"]))
