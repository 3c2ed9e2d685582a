"""Draws the pictures of the pages from what the benchmark of images left: virtual ones only.

    python benchmarks/image_grids.py OUT/mnist docs/images/mnist-generators.png

A row of ten columns for each generator, one for each label, from its longest run of the first seed.
"""

import re
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

RUN = re.compile(r"(?P<model>\w+?)_(?P<minutes>[0-9.]+)min_seed0\.npz")
N_EACH, SCALE, MARGIN = 2, 2, 150
INK, PAPER = 30, 255


def main() -> None:
    """Read the runs, draw a row of each, write the picture."""
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    rows = [row(folder / found[0], found) for found in longest(folder)]
    grid = Image.new("L", (rows[0].width, sum(part.height for part in rows)), PAPER)
    top = 0
    for part in rows:
        grid.paste(part, (0, top))
        top += part.height
    grid.save(out, optimize=True)


def longest(folder: Path) -> list[re.Match[str]]:
    """The longest run of each generator, by name."""
    runs = [found for path in folder.glob("*.npz") if (found := RUN.fullmatch(path.name))]
    runs.sort(key=lambda found: (found["model"], float(found["minutes"])))
    return list({found["model"]: found for found in runs}.values())


def row(path: Path, found: re.Match[str]) -> Image.Image:
    """The generator's name and some of its pictures of each label, side by side."""
    with np.load(path) as run:
        images, labels = run["images"].squeeze(), run["labels"].astype(str)
    chosen = [images[labels == name][:N_EACH] for name in sorted(set(labels))]
    strip = np.concatenate([np.concatenate([*some], axis=1) for some in chosen], axis=1)
    drawn = Image.fromarray(255 - strip.repeat(SCALE, 0).repeat(SCALE, 1))
    whole = Image.new("L", (MARGIN + drawn.width, drawn.height + 6), PAPER)
    whole.paste(drawn, (MARGIN, 3))
    text = ImageDraw.Draw(whole)
    text.text((8, 12), found["model"], fill=INK, font=ImageFont.load_default(16))
    text.text((8, 34), f"{found['minutes']} CPU min", fill=110, font=ImageFont.load_default(12))
    return whole


if __name__ == "__main__":
    main()
