"""What the main job does where the data is pictures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from guanyao.data.image_output import open_image_writer, places
from guanyao.data.image_sides import ImageSides, prepare_images
from guanyao.data.images import Images, digest
from guanyao.flows import image_reporting, reporting, training_folder
from guanyao.flows.evaluate import Evaluation
from guanyao.flows.evaluate_images import measure
from guanyao.flows.folder import TRAINING, VIRTUAL
from guanyao.flows.holdout import Sides, divide_images
from guanyao.flows.image_reporting import SHOWN_REAL
from guanyao.flows.job import Fitted, Job
from guanyao.flows.opening import open_images, with_format
from guanyao.flows.sample import joined
from guanyao.flows.settings import AnySource
from guanyao.models.image_sampler import ImageSampler

EVALUATED_IMAGES = 60_000
EVALUATED_BYTES = 256 << 20
"""Virtual pictures that are measured at most; further ones are drawn alike and only written."""

FEW_PICTURES = 10
"""Labels that fewer pictures have are pointed out: their names may point at somebody."""

NO_CANARIES = "no canaries were planted: the generator would have to be trained once more"


@dataclass(kw_only=True)
class ImageJob(Job[Images]):
    """One main job on pictures.

    Attributes:
        measured: The sides of the evaluation, once it is done.
    """

    things: ClassVar[str] = "pictures"
    measured: ImageSides = field(init=False, repr=False)

    def open(self, source: AnySource) -> Sides[Images]:
        """Read the pictures and keep a holdout back."""
        images = open_images(source, self.settings)
        self.settings = with_format(self.settings, images)
        return divide_images(images, self.settings)

    def facts(self, train: Images) -> Mapping[str, Any]:
        """The digest of the pictures that are learned, and their classes."""
        return {"images": digest(train), "classes": train.classes}

    def sample(self, generator: ImageSampler, n_train: int) -> Images:
        """Write the virtual pictures; those to be measured come back."""
        n_images = self.settings.rows or n_train
        kept, n_kept, most = [], 0, _n_measured(generator)
        self.progress.stage("sample", n_images)
        batches = generator.sample_batches(n_images, seed=self.settings.seed)
        place, format = self.folder.part / VIRTUAL, str(self.settings.format)
        with (
            self.watch.lap("sample"),
            open_image_writer(place, format, classes=generator.classes_) as writer,
        ):
            for batch in batches:
                writer.write(batch)
                if n_kept < most:
                    kept.append(batch.take(slice(most - n_kept)))
                    n_kept += len(kept[-1])
                self.progress.advance(len(batch))
        self.watch.add("n_rows", n_images)
        return joined(kept)

    def evaluate(self, sides: Sides[Images], virtual: Images, fitted: Fitted) -> Evaluation:
        """Measure the virtual pictures against the holdout, and attack them."""
        self.measured = prepare_images(sides.train, sides.holdout, virtual, seed=self.settings.seed)
        found = measure(self.measured, self.progress)
        said = (NO_CANARIES,) if self.settings.canaries else ()
        return replace(found, warnings=[*found.warnings, *said])

    def write(
        self, sides: Sides[Images], virtual: Images, fitted: Fitted, parts: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Write the page and its record."""
        show_real = self.settings.show_real
        pictures = image_reporting.pictures_of(
            self.measured,
            show_real=show_real,
            epochs=training_folder.grids(self.folder.part / TRAINING),
        )
        report = reporting.build(
            **parts,
            data=image_reporting.of_images(sides, virtual, self.settings.entity),
            warnings=(
                *((SHOWN_REAL,) if show_real else ()),
                *_rare(sides.train),
                *self.warnings(fitted, len(virtual)),
            ),
        )
        image_reporting.write(report, self.folder.part, pictures)
        return report

    def virtual(self) -> str:
        """The name of the folder or file with the virtual pictures."""
        name = places(VIRTUAL, str(self.settings.format))[0].name
        if not (self.folder.out / name).exists():  # the file of colour pictures has another number
            name = name.replace("idx3", "idx4")
        return name


def _rare(train: Images) -> Iterator[str]:
    """A warning about labels that so few pictures have that their name may point at somebody."""
    if train.labels is not None:
        counts = np.bincount(train.labels, minlength=len(train.classes))
        if n_rare := int((counts < FEW_PICTURES).sum()):
            yield (
                f"{n_rare} labels have fewer than {FEW_PICTURES} pictures; their names stand in "
                "the model and here: if one of them points at somebody, join it with another"
            )


def _n_measured(generator: ImageSampler) -> int:
    n_bytes = int(np.prod(generator.shape_))
    return min(EVALUATED_IMAGES, max(1_000, EVALUATED_BYTES // n_bytes))
