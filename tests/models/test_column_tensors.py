import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.models.column_modes import MAX_PLACE, N_MODES, ColumnModes, modes, normal_scores
from guanyao.models.column_tensors import (
    ColumnTensors,
    codes_of,
    drawn,
    log_mass,
    masks_of,
    rows_of,
    shares_of,
)
from tests.models.tables import some_fields, some_rows

N = 20_000


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def prepared() -> ColumnModes:
    columns = ColumnModes(some_fields())
    columns.prepare(some_rows())
    return columns


@given(st.lists(st.lists(st.integers(0, 60_000), min_size=2, max_size=2), min_size=1, max_size=9))
@settings(max_examples=30, deadline=None)
def test_codes_come_back_from_rows(lines: list[list[int]]) -> None:
    codes = [np.array(one, np.uint16) for one in zip(*lines, strict=True)]
    back = codes_of(rows_of(codes))
    assert all(
        np.array_equal(a, b) and b.dtype == np.uint16 for a, b in zip(codes, back, strict=True)
    )


def test_places_are_side_by_side() -> None:
    columns = ColumnTensors((3, 1, 4))
    assert columns.width == 8
    assert columns.placed(torch.tensor([[0, 0, 0], [2, 0, 3]])).tolist() == [[0, 3, 4], [2, 3, 7]]
    assert [part.shape[1] for _, part in columns.split(torch.zeros(2, 8))] == [3, 1, 4]


def test_the_loss_of_an_even_guess_is_the_logarithm_of_the_codes() -> None:
    columns = ColumnTensors((3, 1, 4))
    rows = torch.tensor([[0, 0, 0], [2, 0, 3]])
    assert columns.loss(torch.zeros(2, 8), rows).item() == pytest.approx(np.log(12), abs=1e-5)
    shares = columns.log_shares(rows).exp()
    assert [part.sum().item() for part in shares.split([3, 1, 4])] == pytest.approx([1, 1, 1])
    assert shares_of(torch.tensor([1, 1, 1, 0]), 2).tolist() == pytest.approx([0.3, 0.7])


def test_codes_are_drawn_by_their_shares_and_within_the_mask() -> None:
    log_shares = torch.tensor([0.2, 0.0, 0.5, 0.3]).log().expand(N, -1)
    found = torch.bincount(drawn(log_shares, seeded()), minlength=4) / N
    assert found.tolist() == pytest.approx([0.2, 0.0, 0.5, 0.3], abs=0.015)
    mask = torch.tensor([True, False, False, True])
    found = torch.bincount(drawn(log_shares, seeded(), mask), minlength=4) / N
    assert found.tolist() == pytest.approx([0.4, 0, 0, 0.6], abs=0.015)
    assert log_mass(log_shares[:1], mask).exp().item() == pytest.approx(0.5)


def test_a_code_of_no_share_is_drawn_where_nothing_else_is_allowed() -> None:
    mask = masks_of({0: np.array([False, True])})[0]
    never = torch.tensor([[0.0, float("-inf")]]).expand(50, -1)
    assert set(drawn(never, seeded(), mask).tolist()) == {1}


def test_normal_scores_rise_and_are_normal() -> None:
    scores = normal_scores(np.full(200, 5.0))
    assert (np.diff(scores) > 0).all()
    assert scores.mean() == pytest.approx(0, abs=1e-9)
    assert scores.std() == pytest.approx(1, abs=0.02)
    assert np.isfinite(normal_scores(np.array([0.0, 10.0, 0.0]))).all()


def test_two_modes_are_found_where_two_are() -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(-3, 0.2, 300), rng.normal(2, 0.5, 700)])
    center, scale, weight = modes(np.sort(x), np.ones(1000))
    assert weight.sum() == pytest.approx(1)
    assert weight[center < -1].sum() == pytest.approx(0.3, abs=0.01)
    assert weight @ center == pytest.approx(x.mean(), abs=0.02)
    assert (scale[weight > 0] < 1).all()


def test_a_single_place_is_a_mode() -> None:
    center, scale, weight = modes(np.zeros(1), np.full(1, 50.0))
    assert center[weight > 0].tolist() == pytest.approx([0.0])
    assert (scale > 0).all()


def test_rows_are_written_as_places_and_hot_codes() -> None:
    columns, rows = prepared(), some_rows()
    written = columns.write(rows)
    assert columns.numbers == [1]
    assert written.shape == (len(rows), 3 + 1 + N_MODES + 2)
    parts = dict(columns.split(written))
    assert torch.equal(parts[0].argmax(1), rows[:, 0])
    assert parts[1][:, 0].abs().max() <= MAX_PLACE
    assert torch.equal(parts[1][:, 1:].sum(1), torch.ones(len(rows)))


def test_what_was_written_is_drawn_again() -> None:
    columns, rows = prepared(), some_rows()
    written = columns.write(rows)
    for i, part in columns.split(written):
        first = int(i in columns.numbers)
        part[:, :first] = part[:, :first].atanh()
        part[:, first:] = 1e4 * (part[:, first:] - 1)
    back = columns.draw(written, torch.zeros(1), seeded(), {})
    assert torch.equal(back, rows)


def test_the_chance_of_a_mask_is_how_often_it_is_met() -> None:
    columns = prepared()
    torch.manual_seed(0)
    written = torch.randn(1, columns.width).expand(N, -1)
    deviation = torch.full((1,), 0.2)
    masks = {0: torch.tensor([True, True, False]), 1: torch.arange(40) > 20}
    rows = columns.draw(written, deviation, seeded(), {})
    met = (masks[0][rows[:, 0]] & masks[1][rows[:, 1]]).float().mean().item()
    chance = columns.log_mass(written[:1], deviation, masks).exp().item()
    assert chance == pytest.approx(met, abs=0.015)
    within = columns.draw(written, deviation, seeded(), masks)
    assert masks[0][within[:, 0]].all()
    assert masks[1][within[:, 1]].all()
    far = (within[:, 1] - rows[masks[1][rows[:, 1]]][:, 1].float().mean()).float().mean()
    assert abs(far) < 0.5


def test_calibrated_logits_give_the_shares_of_the_rows() -> None:
    columns, rows = prepared(), some_rows()
    torch.manual_seed(0)
    written, bias = 2 * torch.randn(N, columns.width), torch.zeros(columns.width)
    columns.calibrate(bias, written, rows)
    found = dict(columns.split(written + bias))[0].softmax(1).mean(0)
    wanted = torch.bincount(rows[:, 0]) / len(rows)
    assert found.tolist() == pytest.approx(wanted.tolist(), abs=0.005)
    assert bias[3].item() == 0
