"""The page on pictures: one safe, complete, self-contained file."""

import base64
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from guanyao.report.image_page import render_images
from guanyao.report.quality import score_name
from guanyao.report.texts import number
from tests.report.image_samples import (
    CLASSES,
    frames,
    good_image_scores,
    image_report,
    images,
    pictures,
    training,
)
from tests.report.samples import attack, score
from tests.report.test_page import HOSTILE, Page

DATA = re.compile(r'src="data:image/png;base64,([A-Za-z0-9+/=]+)"')


@pytest.fixture(scope="module")
def page() -> str:
    return render_images(image_report(), pictures())


def test_it_is_well_formed_with_headings_in_order_and_ids_once(page: str) -> None:
    parsed = Page(page)
    assert page.startswith("<!doctype html>")
    assert parsed.headings.count(1) == 1
    steps = zip(parsed.headings, parsed.headings[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)
    assert len(parsed.ids) == len(set(parsed.ids))
    links = [attrs["href"][1:] for tag, attrs in parsed.tags if tag == "a"]
    assert set(links) <= set(parsed.ids)


def test_it_loads_nothing_and_its_pictures_are_inside(page: str) -> None:
    found = DATA.findall(page)
    assert len(found) == page.count("<img") > len(CLASSES)
    assert all(base64.b64decode(file).startswith(b"\x89PNG") for file in found)
    rest = DATA.sub("", page)
    assert not re.search(r"https?:|//[a-z]|@import|url\(|\bsrc=|<link|<iframe", rest)
    assert "default-src 'none'; img-src data:;" in page


def test_every_picture_says_what_it_is_in_both_languages(page: str) -> None:
    texts = [attrs["alt"] for tag, attrs in Page(page).tags if tag == "img"]
    assert "Virtual pictures of the class ring · 类别 ring 的虚拟图像" in texts
    assert all(" · " in text for text in texts)


def test_every_score_attack_and_class_is_shown(page: str) -> None:
    record = image_report()
    for one in record["scores"]:
        assert score_name(one) in page
        assert number(one["value"]) in page
        assert number(one["reference"]["real"]) in page
    for one in record["attacks"]:
        assert f"{number(one['low'])} – {number(one['high'])}" in page
    assert all(f'<bdi class="name">{name}</bdi>' in page for name in CLASSES)
    assert "91.0 %" in page  # labels of a class that are right


def test_it_speaks_of_pictures_not_of_rows_and_columns(page: str) -> None:
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.S)
    spoken = re.sub(r"<[^>]+>", " ", body)
    assert not re.search(r"(virtual|real|same|many|kept-back|learned) rows", spoken)
    assert not re.search(r"(shuffled|single|target) columns?|虚拟行|真实行|训练行|各列", spoken)
    assert "60,000" in spoken and "16 × 16 × 1" in spoken
    assert "of a classifier that learned in this run" in spoken


def test_the_thresholds_stand_on_the_page(page: str) -> None:
    assert "good up to 5 times, fair up to 25 times" in page
    assert "good from 92 %, fair from 70 % of it" in page
    assert "达到其 92% 为良好" in page


def test_the_slider_ends_with_the_last_epoch_and_needs_no_script(page: str) -> None:
    shown = [attrs for tag, attrs in Page(page).tags if attrs.get("class") == "frame"]
    assert [int(attrs["data-epoch"]) for attrs in shown] == [5 * (i + 1) for i in range(12)]
    assert ["hidden" in attrs for attrs in shown] == [True] * 11 + [False]
    knob = next(attrs for tag, attrs in Page(page).tags if attrs.get("type") == "range")
    assert (knob["min"], knob["max"], knob["value"]) == ("0", "11", "11")
    assert '<label for="epoch">' in page


def test_real_pictures_come_only_with_a_warning() -> None:
    without = render_images(image_report(), pictures())
    assert "real.warning" not in without and 'class="danger"' not in without
    pair = (images(13, 1), images(13, 2))
    shown = render_images(image_report(), pictures(real=images(seed=3), nearest=pair))
    Page(shown)
    assert shown.count('class="danger"') == 3
    assert 'id="real_pictures"' in shown and 'id="nearest"' in shown
    assert shown.index('class="danger"') < shown.index('id="verdict"')


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_names_are_only_text(evil: str) -> None:
    record = image_report(
        scores=[*good_image_scores(), score(evil, 0.5, 0.1, 0.9)],
        attacks=[attack(evil, evil, 0.51, threat_model=evil)],
        warnings=[evil],
        model={"name": evil, "settings": {evil: evil}, "digest": evil, "privacy": None},
        training=training(warnings=[evil], precision={evil: evil}),
    )
    record["training"]["epochs"] += [
        {"stage": evil, "epoch": i, "seconds": float(i), "losses": {evil: 1.0 + i}}
        for i in range(3)
    ]
    known = record["data"]["images"]
    known["notes"] = [evil]
    known["classes"] = [{"name": evil, "n_train": 1, "n_holdout": 1, "n_virtual": 1}]
    page = render_images(record, pictures(virtual=images(classes=(evil, "other"))))
    parsed = Page(page)
    assert page.count("<script>") == 1
    assert not any(key.startswith("on") for _, attrs in parsed.tags for key in attrs)
    assert all(attrs["src"].startswith("data:") for tag, attrs in parsed.tags if tag == "img")
    assert "\u202e" not in page


@pytest.mark.parametrize(
    "gone",
    ["run", "data", "model", "timing", "scores", "attacks", "verdict", "warnings", "training"],
)
def test_a_part_may_be_missing_or_null(gone: str) -> None:
    record = image_report()
    without = {key: value for key, value in record.items() if key != gone}
    for changed in (without, {**record, gone: None}):
        Page(render_images(changed, pictures()))


def test_nothing_at_all_still_makes_a_page() -> None:
    text = render_images({}, {})
    Page(text)
    assert "Not judged" in text and "No pictures were kept" in text
    assert "<img" not in text and 'id="training"' not in text and 'id="epochs"' not in text


def test_pictures_without_labels_stand_on_one_sheet() -> None:
    record = image_report()
    record["data"]["images"]["classes"] = []
    unlabelled = replace(images(), labels=None, classes=())
    text = render_images(record, {"virtual": unlabelled})
    assert text.count("<img") == 1
    assert 'id="classes"' not in text and 'id="epochs"' not in text


def test_large_colour_pictures_of_many_classes_stay_within_three_megabytes() -> None:
    names = tuple(f"class {i:03}" for i in range(100))
    big = images(200, side=128, channels=3, noise=60, classes=names)
    grid = [(i, frames_of(big, i)) for i in range(12)]
    record = image_report()
    record["data"]["images"] |= {"height": 128, "width": 128, "channels": 3}
    shown = {"virtual": big, "real": big, "nearest": (big, big), "epochs": grid}
    text = render_images(record, shown)
    assert len(text.encode()) < 3_300_000
    assert "20 of 100" in re.sub(r"<[^>]+>", "", text) and "1/2" in text
    assert text.count('class="frame"') == 10


def frames_of(big: Any, seed: int) -> bytes:
    from guanyao.data.contact_sheet import png, sheet

    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(big))[:50]
    return png(sheet(big.pixels[rows], n_columns=10), level=1)


def test_a_frame_that_is_no_png_file_is_refused() -> None:
    with pytest.raises(ValueError, match="no PNG file"):
        render_images(image_report(), pictures(epochs=[(1, b"GIF89a"), *frames(2)]))


def test_the_same_report_makes_the_same_page(page: str) -> None:
    assert render_images(image_report(), pictures()) == page
