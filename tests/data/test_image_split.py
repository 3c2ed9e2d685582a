"""Splitting pictures: each class in its share, entities and copies on one side."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.image_split import split_images
from guanyao.data.images import Images, Numbers, class_counts, from_arrays, made
from guanyao.errors import ConfigError, DataError
from tests.data.pictures import images, pixels


def labelled(counts: list[int], entities: Numbers | None = None) -> Images:
    labels = np.repeat(np.arange(len(counts)), counts).astype(np.int64)
    values = pixels(len(labels), (6, 6), seed=3)
    classes = tuple(str(i) for i in range(len(counts)))
    return made(values, labels, classes, format="array", entities=entities)


def keys(part: Images) -> list[bytes]:
    return [picture.tobytes() for picture in part.pixels]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=6).filter(lambda c: sum(c) > 1),
    st.floats(0.01, 0.99),
    st.integers(0, 5),
)
def test_every_class_has_its_share(counts: list[int], share: float, seed: int) -> None:
    every = labelled(counts)
    train, back = split_images(every, holdout=share, seed=seed)
    assert sorted(keys(train) + keys(back)) == sorted(keys(every))
    assert len(train) > 0
    assert len(back) > 0
    for name, n in class_counts(every).items():
        held = class_counts(back)[name]
        assert class_counts(train)[name] >= 1 or len(counts) == 1 or n == held == 1
        assert held <= n * share + 1
        assert held >= min(n * share - 1, n - 1)


def test_the_share_is_kept_as_a_whole() -> None:
    train, back = split_images(labelled([33, 33, 34]), holdout=0.2, seed=0)
    assert (len(train), len(back)) == (80, 20)
    assert sorted(class_counts(back).values()) == [6, 7, 7]


def test_the_same_seed_gives_the_same_split() -> None:
    every = labelled([20, 20])
    one, same, other = (split_images(every, holdout=0.3, seed=s)[1] for s in (1, 1, 2))
    assert keys(one) == keys(same) != keys(other)


def test_pictures_keep_their_order() -> None:
    every = labelled([10, 10])
    places = {key: place for place, key in enumerate(keys(every))}
    for part in split_images(every, holdout=0.3, seed=0):
        order = [places[key] for key in keys(part)]
        assert order == sorted(order)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(0, 6), min_size=8, max_size=60).filter(lambda e: len(set(e)) > 1),
    st.floats(0.05, 0.95),
)
def test_no_entity_is_split(entities: list[int], share: float) -> None:
    whose = np.array(entities, dtype=np.int64)
    n = len(whose)
    every = labelled([n // 2, n - n // 2], whose)
    train, back = split_images(every, holdout=share, seed=0)
    assert train.entities is not None
    assert back.entities is not None
    assert set(train.entities.tolist()).isdisjoint(back.entities.tolist())
    assert set(train.entities.tolist()) | set(back.entities.tolist()) == set(entities)


def test_equal_pictures_stay_together() -> None:
    values = pixels(20)
    values[10:] = values[:10]
    train, back = split_images(from_arrays(values), holdout=0.4, seed=0)
    assert set(keys(train)).isdisjoint(keys(back))
    assert len(back) == 8
    assert train.notes == ("10 pictures equal another one, and stay on its side of the split",)


def test_a_class_of_one_is_trained_on_and_that_is_said() -> None:
    train, back = split_images(labelled([10, 1, 1]), holdout=0.3, seed=0)
    assert class_counts(train) == {"0": 7, "1": 1, "2": 1} or len(back) >= 3
    assert class_counts(back)["1"] == class_counts(back)["2"] == 0
    assert train.classes == back.classes == ("0", "1", "2")
    assert "2 classes are too small" in " ".join(train.notes)


def test_two_pictures_can_be_split() -> None:
    train, back = split_images(images(2, classes=()), holdout=0.01, seed=0)
    assert (len(train), len(back)) == (1, 1)
    assert train.labels is None


def test_only_classes_of_one() -> None:
    train, back = split_images(labelled([1, 1, 1]), holdout=0.2, seed=0)
    assert (len(train), len(back)) == (2, 1)


def test_what_cannot_be_split() -> None:
    with pytest.raises(DataError) as caught:
        split_images(labelled([4], np.zeros(4, dtype=np.int64)), holdout=0.5, seed=0)
    assert caught.value.code == "data.too_few_entities"
    with pytest.raises(DataError):
        split_images(from_arrays(np.zeros((5, 3, 3), np.uint8)), holdout=0.5, seed=0)
    for share in (0.0, 1.0, -1.0, float("nan")):
        with pytest.raises(ConfigError) as wrong:
            split_images(labelled([4]), holdout=share, seed=0)
        assert wrong.value.code == "config.holdout"
