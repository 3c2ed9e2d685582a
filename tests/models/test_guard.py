import pytest
import torch

from guanyao.models.guard import FEW_STEPS, Guard, TrainingTroubleError, diversity

LABELS = torch.tensor([0, 0, 0, 1, 1, 1])
REAL = torch.tensor([[0.0], [1.0], [2.0], [10.0], [11.0], [12.0]])


def test_like_the_real_ones_is_one_and_all_equal_is_nothing() -> None:
    assert diversity(REAL, REAL, LABELS) == pytest.approx(1.0)
    assert diversity(torch.zeros(6, 1), REAL, LABELS) == 0.0


def test_one_picture_for_each_label_is_collapse() -> None:
    assert diversity(10.0 * LABELS.unsqueeze(1), REAL, LABELS) == 0.0


def test_where_no_label_has_two_all_pairs_count() -> None:
    rows = torch.tensor([[0.0], [2.0]])
    assert diversity(2 * rows, rows, torch.tensor([0, 1])) == pytest.approx(2.0)


def test_alike_samples_are_trouble_only_when_they_should_differ() -> None:
    guard = Guard()
    guard.check(0.1, 0.9, FEW_STEPS - 1)
    guard.check(0.1, 0.1, FEW_STEPS)
    guard.check(None, 0.9, FEW_STEPS)
    with pytest.raises(TrainingTroubleError, match="mode collapse"):
        guard.check(0.1, 0.9, FEW_STEPS)
    guard.check(0.9, 0.1, 1)
    with pytest.raises(TrainingTroubleError):
        guard.check(0.1, 0.1, 1)
