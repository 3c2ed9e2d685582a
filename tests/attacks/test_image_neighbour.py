"""Attacks on pictures find what was planted, and nothing in pictures nobody learned from."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from guanyao.attacks.image_neighbour import calibrated_neighbour, nearest_neighbour
from guanyao.data.image_sides import ImageSides, prepare_images
from guanyao.data.images import Images
from guanyao.errors import DataError

ATTACKS = (nearest_neighbour, calibrated_neighbour)


def pictures(n: int, seed: int) -> Images:
    """Smooth spots of light at random places: some plain, some odd."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:10, :10]
    middle, width = rng.uniform(2, 8, (n, 2, 1, 1)), rng.uniform(1, 3, (n, 1, 1))
    away = (y - middle[:, 0]) ** 2 + (x - middle[:, 1]) ** 2
    light = 200 * np.exp(-away / width**2) + rng.normal(0, 8, (n, 10, 10))
    return Images(light.clip(0, 255).astype(np.uint8)[..., None])


@cache
def sides(n_copies: int, seed: int = 0) -> ImageSides:
    """Fresh pictures, so many of which are copies of members."""
    n = 1500 if n_copies else 500
    train, holdout, fresh = (pictures(n, 10 * seed + i) for i in range(3))
    pixels = np.concatenate([train.pixels[:n_copies], fresh.pixels[n_copies:]])
    return prepare_images(train, holdout, Images(pixels), seed=seed)


@pytest.mark.parametrize("attack", ATTACKS)
def test_copies_of_everybody_are_found(attack: object) -> None:
    random, vulnerable = attack(sides(1500))  # type: ignore[operator]
    assert (random.group, vulnerable.group) == ("random", "vulnerable")
    assert random.low > 0.95
    assert random.tpr_at_fpr["0.01"] > 0.9
    assert random.usable
    assert abs(random.control - 0.5) < 0.1


@pytest.mark.parametrize("attack", ATTACKS)
def test_copies_of_a_tenth_show_where_few_are_wrongly_accused(attack: object) -> None:
    random = attack(sides(150))[0]  # type: ignore[operator]
    assert random.tpr_at_fpr["0.01"] > 0.06


@pytest.mark.parametrize("attack", ATTACKS)
def test_fresh_pictures_give_nobody_away(attack: object) -> None:
    found = [attack(sides(0, seed=seed)) for seed in range(16)]  # type: ignore[operator]
    covered = np.mean([r.low <= 0.5 <= r.high for results in found for r in results])
    assert covered >= 0.8
    areas = np.array([[r.auc for r in results] for results in found])
    assert areas.mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.03)


def test_the_same_seed_gives_the_same_results() -> None:
    train, holdout, fresh = (pictures(300, seed) for seed in range(3))
    one, again = (
        nearest_neighbour(prepare_images(train, holdout, fresh, seed=4))[1].to_json()
        for _ in range(2)
    )
    assert one == again


def test_each_person_brings_one_picture() -> None:
    train, holdout, virtual = (pictures(300, seed) for seed in range(3))
    people = np.repeat(np.arange(60), 5)
    found = nearest_neighbour(
        prepare_images(replace(train, entities=people), replace(holdout, entities=people), virtual)
    )
    assert found[0].details["n_non_members"] == 30
    assert found[0].details["n_members"] == 30
    assert not found[0].usable


def test_a_holdout_larger_than_train_is_no_obstacle() -> None:
    train = pictures(200, 1)
    random = nearest_neighbour(prepare_images(train, pictures(600, 2), train))[0]
    assert random.details["n_members"] == 100
    assert random.details["n_non_members"] == 300
    assert random.low > 0.9


def test_too_few_pictures_are_refused() -> None:
    few = pictures(15, 0)
    with pytest.raises(DataError, match="10 pictures of each kind") as caught:
        nearest_neighbour(prepare_images(few, few, few))
    assert caught.value.code == "measure.impossible"
