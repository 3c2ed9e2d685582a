"""What a set of pictures holds, before anything is learned from it. Shows no picture of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from guanyao.data.images import Images, describe

FORMAT = "guanyao.inspection/1"
FEW_IMAGES = 200
"""Fewer pictures than this hold too little to learn from and to measure with."""
FEW_OF_A_CLASS = 10
"""Fewer pictures of a class than this hold too little of it."""


@dataclass(frozen=True, kw_only=True)
class ImageInspection:
    """What a set of pictures holds.

    Args:
        n_images: How many pictures there are.
        height: In pixels.
        width: In pixels.
        channels: 1 is grey, 3 are red, green and blue.
        classes: How many pictures there are of each class; empty: no labels.
        n_entities: How many entities the pictures belong to; None: each is one of its own.
        n_copies: How many pictures equal an earlier one in all pixels.
        source: Format and digest.
        notes: What reading did to the pictures.
        warnings: What to look at before learning from them.
    """

    n_images: int
    height: int
    width: int
    channels: int
    classes: dict[str, int]
    n_entities: int | None
    n_copies: int
    source: dict[str, Any]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The inspection as plain JSON."""
        return {
            "schema": FORMAT,
            "kind": "images",
            "n_images": self.n_images,
            "height": self.height,
            "width": self.width,
            "channels": self.channels,
            "classes": [{"name": name, "n": n} for name, n in self.classes.items()],
            "n_entities": self.n_entities,
            "n_copies": self.n_copies,
            "source": self.source,
            "notes": list(self.notes),
            "warnings": list(self.warnings),
        }


def inspect_images(images: Images) -> ImageInspection:
    """Size, colours, classes with counts, and what to look at."""
    found = describe(images)
    return ImageInspection(
        n_images=len(images),
        height=found["height"],
        width=found["width"],
        channels=found["channels"],
        classes=found["classes"],
        n_entities=found["n_entities"],
        n_copies=found["n_copies"],
        source=found["source"],
        notes=images.notes,
        warnings=tuple(_warnings(images, found)),
    )


def _warnings(images: Images, found: dict[str, Any]) -> Iterator[str]:
    if len(images) < FEW_IMAGES:
        yield f"{len(images)} pictures are few to learn from; scores will have wide intervals"
    if not found["classes"]:
        yield "there are no labels: none can be asked for, and utility is not measured"
    small = [name for name, n in found["classes"].items() if n < FEW_OF_A_CLASS]
    if small:
        shown = ", ".join(map(repr, small[:10])) + (", ..." if len(small) > 10 else "")
        yield f"{len(small)} classes have fewer than {FEW_OF_A_CLASS} pictures: {shown}"
    if found["n_copies"]:
        yield f"{found['n_copies']} pictures equal an earlier one"
    if found["n_entities"] is None:
        yield (
            "each picture counts as an entity of its own; if several are of one person, name the "
            "column that says whose they are with --entity"
        )
