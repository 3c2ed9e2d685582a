"""Splitting pictures into a part to learn from and a holdout that nothing has seen."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from guanyao.data.images import Images, Numbers, picture_digests
from guanyao.errors import ConfigError, DataError


@dataclass(frozen=True)
class Groups:
    """Pictures that stay on one side together.

    Args:
        of: For each picture its group, shape (n_images,), from 0.
        sizes: For each group its number of pictures, shape (n_groups,).
        strata: For each group the label that most of its pictures have, shape (n_groups,).
    """

    of: Numbers
    sizes: Numbers
    strata: Numbers


def split_images(images: Images, *, holdout: float, seed: int) -> tuple[Images, Images]:
    """The pictures to train on and those held back, each class in its share on both sides.

    All pictures of an entity stay together; without entities, pictures that are equal in all
    pixels do, so that none of the holdout is known to a generator as an exact copy. A class whose
    pictures all stay together (one picture, one entity) is trained on, and not held back.

    Args:
        images: All pictures.
        holdout: The share of pictures to hold back, above 0 and below 1.
        seed: The same seed gives the same split.

    Returns:
        Train and holdout, each with its pictures in the order of `images`.

    Raises:
        ConfigError: `holdout` is not between 0 and 1.
        DataError: All pictures are of one entity, or equal.
    """
    if not 0 < holdout < 1:
        raise ConfigError(
            f"holdout is {holdout}", allowed="above 0, below 1", code="config.holdout"
        )
    groups = _groups(images)
    held = _chosen(groups, holdout, np.random.default_rng(seed))
    train, back = images.take(~held), images.take(held)
    notes = list(_notes(images, groups, back))
    return train.with_notes(*notes), back.with_notes(*notes)


def _groups(images: Images) -> Groups:
    named = picture_digests(images.pixels) if images.entities is None else images.entities
    firsts: dict[object, int] = {}
    keys = named if isinstance(named, list) else named.tolist()
    of = np.array([firsts.setdefault(key, len(firsts)) for key in keys], dtype=np.int64)
    sizes = np.bincount(of).astype(np.int64)
    if len(sizes) < 2:
        raise DataError(
            f"the pictures are of {len(sizes)} entity, or all equal",
            allowed="a holdout needs at least 2",
            do="give more pictures, or a --holdout-file",
            code="data.too_few_entities",
        )
    labels = np.zeros(len(images), np.int64) if images.labels is None else images.labels
    return Groups(of, sizes, _commonest(of, labels, len(sizes)))


def _commonest(of: Numbers, labels: Numbers, n_groups: int) -> Numbers:
    """For each group the label that occurs most often in it, the lowest of several."""
    pairs, counts = np.unique(np.stack([of, labels]), axis=1, return_counts=True)
    order = np.lexsort((-pairs[1], counts))  # what is assigned last, stays
    found = np.zeros(n_groups, dtype=np.int64)
    found[pairs[0][order]] = pairs[1][order]
    return found


def _chosen(groups: Groups, holdout: float, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which pictures are held back."""
    strata = np.unique(groups.strata)
    n_of = np.array([groups.sizes[groups.strata == s].sum() for s in strata])
    quotas = _quotas(n_of * holdout)
    held = np.zeros(len(groups.sizes), dtype=bool)
    for stratum, quota in zip(strata, quotas, strict=True):
        members = rng.permutation(np.flatnonzero(groups.strata == stratum))
        held[_filling(members, groups.sizes[members], int(quota))] = True
    if not held.any():
        held[_smallest(groups)] = True
    mask: npt.NDArray[np.bool_] = held[groups.of]
    return mask


def _quotas(shares: npt.NDArray[np.float64]) -> Numbers:
    """Whole numbers near the shares that sum to their rounded sum: the largest remainders go up."""
    quotas = np.floor(shares + 1e-9).astype(np.int64)
    n_more = round(float(shares.sum())) - int(quotas.sum())
    quotas[np.argsort(quotas - shares, kind="stable")[: max(0, n_more)]] += 1
    return quotas


def _filling(members: Numbers, sizes: Numbers, quota: int) -> list[int]:
    """Groups, in this order, that hold `quota` pictures together or as near as whole groups allow.

    At least one group is left out.
    """
    taken, total = [], 0
    for group, size in zip(members[:-1].tolist(), sizes[:-1].tolist(), strict=True):
        if total < quota and total + size - quota <= quota - total:
            taken.append(group)
            total += size
    return taken


def _smallest(groups: Groups) -> int:
    """The group to hold back when no class is large enough for one: of the largest class."""
    n_groups = np.bincount(groups.strata)
    members = np.flatnonzero(groups.strata == n_groups.argmax())
    return int(members[groups.sizes[members].argmin()])


def _notes(images: Images, groups: Groups, back: Images) -> Iterator[str]:
    if images.labels is not None and back.labels is not None:
        n_missing = len(np.setdiff1d(images.labels, back.labels))
        if n_missing:
            yield f"{n_missing} classes are too small to hold pictures back: all are trained on"
    n_copies = len(images) - len(groups.sizes)
    if images.entities is None and n_copies:
        yield f"{n_copies} pictures equal another one, and stay on its side of the split"
