"""Puts what a job on pictures found into `report.json` and `report.html`.

The record is `guanyao.report/1`, as for tables, with these parts of its own:

    "data": {"source_digest", "n_train", "n_holdout", "kind": "images", "columns": [],
             "images": {"height", "width", "channels", "notes": [text],
                        "n_entities": number or null,
                        "classes": [{"name", "n_train", "n_holdout", "n_virtual"}]}}
    "training": {"epochs": [{"stage", "epoch", "step", "seconds", "rows_per_s", "rate",
                             "losses": {name: number}, "validation"?, "diversity"?}],
                 "warnings": [text], "precision": {stage: name}}

`training` also stands in the record of a deep model of a table; it is missing where the generator
is not known (`guanyao evaluate`) or does not train in epochs. A picture without labels has no
"classes" ([]). `n_virtual` of a class counts the virtual pictures that were measured; it is null
where these have no labels.

The page gets pictures beside the record: `render_images(report, pictures)`. They are never part of
report.json. `Pictures` has these keys, and no others:

    "virtual":  Images, at most 200, equally many of each class so far as there are, sorted by class
    "epochs":   [(epoch, PNG file as bytes)], at most 30, in order: the sample grids of training,
                each drawn from the same noise; [] where there are none
    "real":     Images like "virtual", from the training pictures; None unless `show_real`
    "nearest":  (Images, Images), equally long, at most 20: virtual pictures and beside each the
                training picture nearest to it in the space of pixels, nearest pairs first; None
                unless `show_real`
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from guanyao.data.image_sides import ImageSides
from guanyao.data.images import Images, class_counts
from guanyao.errors import DataError
from guanyao.flows.folder import writing
from guanyao.flows.holdout import Sides
from guanyao.flows.reporting import write_json
from guanyao.metrics.image_copies import search
from guanyao.report.image_page import render_images

N_SHOWN = 200
N_NEAREST = 20

SHOWN_REAL = (
    "real pictures are shown in the report, as --show-real asks: give it to nobody who may not see "
    "the source"
)


class Pictures(TypedDict):
    """What the page shows beside the record."""

    virtual: Images
    epochs: list[tuple[int, bytes]]
    real: Images | None
    nearest: tuple[Images, Images] | None


def of_images(sides: Sides[Images], virtual: Images, entity: str | None) -> dict[str, Any]:
    """The report's part "data".

    Args:
        sides: What was learned from, and what was kept back.
        virtual: The virtual pictures that were measured.
        entity: The column that says whom a picture belongs to.
    """
    train = sides.train
    height, width, channels = train.shape
    n_entities = None if train.entities is None else len(np.unique(train.entities))
    return {
        "kind": "images",
        "source_digest": train.source.digest,
        "n_train": len(train),
        "n_holdout": len(sides.holdout),
        "entity": entity,
        "columns": [],
        "images": {
            "height": height,
            "width": width,
            "channels": channels,
            "notes": list(train.notes),
            "n_entities": n_entities,
            "classes": _classes(train, sides.holdout, virtual),
        },
    }


def _classes(train: Images, holdout: Images, virtual: Images) -> list[dict[str, Any]]:
    counts = {"n_train": train, "n_holdout": holdout, "n_virtual": virtual}
    by_side = {name: class_counts(images) for name, images in counts.items()}
    return [
        {"name": label, **{name: counts.get(label) for name, counts in by_side.items()}}
        for label in (train.classes if train.labels is not None else ())
    ]


def pictures_of(
    sides: ImageSides, *, show_real: bool, epochs: Iterable[tuple[int, bytes]] = ()
) -> Pictures:
    """The pictures that the page shows; real ones only where that was asked for."""
    return {
        "virtual": by_class(sides.virtual),
        "epochs": list(epochs),
        "real": by_class(sides.train) if show_real else None,
        "nearest": _nearest(sides) if show_real else None,
    }


def by_class(images: Images, most: int = N_SHOWN) -> Images:
    """At most so many pictures, the first of each class, equally many so far as there are."""
    if images.labels is None:
        return images.take(slice(most))
    each = [np.flatnonzero(images.labels == label) for label in range(len(images.classes))]
    n_each = max(1, most // max(1, len(each)))
    return images.take(np.concatenate([rows[:n_each] for rows in each])[:most])


def _nearest(sides: ImageSides) -> tuple[Images, Images] | None:
    """Virtual pictures and the training pictures nearest to them, the most suspicious first."""
    try:
        near = search(sides).virtual
    except DataError as error:
        if error.code != "measure.impossible":
            raise
        return None
    return (
        sides.virtual.take(near.rows[:N_NEAREST]),
        sides.train.take(near.train_rows[:N_NEAREST]),
    )


def write(report: dict[str, Any], folder: Path, pictures: Pictures) -> None:
    """Write report.json and report.html."""
    page = render_images(report, dict(pictures))
    with writing(folder):
        write_json(report, folder / "report.json")
        (folder / "report.html").write_text(page, encoding="utf-8")
