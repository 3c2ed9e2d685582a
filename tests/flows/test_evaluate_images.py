"""Evaluate pictures: all measures and attacks, or a warning that says why not."""

import json
from pathlib import Path

import numpy as np
import pytest

from guanyao.attacks import IMAGE_ATTACKS
from guanyao.data.images import Images
from guanyao.errors import DataError, MissingExtraError
from guanyao.flows.evaluate_images import evaluate_images
from guanyao.metrics import IMAGE_METRICS
from tests.metrics.digit_sides import fresh, holdout, train, without_labels


class Watch:
    """Counts steps."""

    total: int | None = 0
    done = 0

    def stage(self, name: str, total: int | None = None) -> None:
        self.total = total

    def advance(self, steps: int = 1) -> None:
        self.done += steps

    def note(self, text: str) -> None:
        pass


def test_every_measure_and_attack_is_there() -> None:
    watch = Watch()
    found = evaluate_images(real=train(), holdout=holdout(), virtual=fresh(), progress=watch)
    assert [score.name for score in found.scores] == list(IMAGE_METRICS)
    assert list(dict.fromkeys(attack.name for attack in found.attacks)) == list(IMAGE_ATTACKS)
    assert watch.done == watch.total == len(IMAGE_METRICS) + len(IMAGE_ATTACKS)
    assert any("only 500 pictures" in warning for warning in found.warnings)
    for score in found.scores:
        assert score.low <= score.value <= score.high, score.name
        assert set(score.reference) == {"real", "independent"}, score.name
        gap = abs(score.value - score.best)
        floor = score.reference["independent"]
        if score.name not in ("copy_rate", "precision", "density"):  # which noise can please
            assert floor is not None and gap < abs(floor - score.best), score.name
    json.dumps(found.to_json(), allow_nan=False)


def test_without_labels_what_needs_them_is_left_out() -> None:
    real, kept, virtual = (without_labels(s) for s in (train(), holdout(), fresh()))
    found = evaluate_images(real=real, holdout=kept, virtual=virtual)
    assert {"label_accuracy", "tstr"} == set(IMAGE_METRICS) - {s.name for s in found.scores}
    assert any("tstr is left out" in warning for warning in found.warnings)
    assert any("autoencoder" in warning for warning in found.warnings)


@pytest.mark.parametrize("n", [2, 12, 40])
def test_few_pictures_give_warnings_and_no_error(n: int) -> None:
    parts = [s.take(np.arange(n)) for s in (train(), holdout(), fresh())]
    found = evaluate_images(real=parts[0], holdout=parts[1], virtual=parts[2])
    assert found.warnings
    json.dumps(found.to_json(), allow_nan=False)


def test_colour_pictures_of_one_shade() -> None:
    plain = Images(np.full((70, 9, 12, 3), 60, np.uint8), np.arange(70) % 2, ("a", "b"))
    found = evaluate_images(real=plain, holdout=plain, virtual=plain)
    json.dumps(found.to_json(), allow_nan=False)


def test_sides_that_do_not_fit_are_refused() -> None:
    wide = Images(np.zeros((30, 8, 9, 1), np.uint8))
    with pytest.raises(DataError) as caught:
        evaluate_images(real=train(), holdout=holdout(), virtual=wide)
    assert caught.value.code == "data.image_sides"


def test_a_missing_network_file_is_an_error() -> None:
    with pytest.raises(DataError) as caught:
        evaluate_images(
            real=train(), holdout=holdout(), virtual=fresh(), features=Path("absent.onnx")
        )
    assert caught.value.code == "data.features"


def test_without_torch_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(sides: object) -> object:
        raise MissingExtraError("torch is not installed", do="pip install 'guanyao[deep]'")

    monkeypatch.setattr("guanyao.flows.evaluate.find", lambda *_: fails)
    with pytest.raises(MissingExtraError, match="guanyao\\[deep\\]"):
        evaluate_images(real=train(), holdout=holdout(), virtual=fresh())
