"""The labelled corpus: labels point at what they say, and the seed fixes it."""

import gzip
import json
from pathlib import Path

import pytest

from benchmarks import pii_corpus as corpus
from guanyao.data.check_digits import is_valid


@pytest.mark.parametrize("language", corpus.LANGUAGES)
@pytest.mark.parametrize("noise", corpus.NOISES)
def test_labels_point_at_values(language: str, noise: str) -> None:
    for sample in corpus.make_text(120, language=language, noise=noise):
        last = 0
        for label in sample.labels:
            assert last <= label.start < label.end <= len(sample.text)
            value = sample.text[label.start : label.end]
            assert value == value.strip()
            assert label.kind in corpus.MAKERS[language]
            last = label.end


def test_clean_identifiers_have_right_check_digits() -> None:
    rules = {"resident_id": "mod_11_2", "bank_card": "luhn", "credit_code": "credit_code"}
    n_checked = 0
    for sample in corpus.make_text(300, language="zh"):
        for label in sample.labels:
            if label.kind in rules:
                n_checked += 1
                assert is_valid(rules[label.kind], sample.text[label.start : label.end])
    assert n_checked > 50


def test_an_iban_leaves_the_remainder_one() -> None:
    for cell in corpus.make_column("iban", 50, language="en"):
        turned = cell[4:] + cell[:4]
        assert int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def test_numbers_are_given_to_nobody() -> None:
    ids = corpus.make_column("resident_id", 100, language="zh")
    assert {cell[4:6] for cell in ids} == {"98"}
    phones = corpus.make_column("mobile_phone", 100, language="zh")
    assert {cell[:3] for cell in phones} <= {"154", "160", "161", "163", "164", "168", "169"}
    mails = corpus.make_column("email", 20, language="en")
    assert all(cell.endswith("@example.com") for cell in mails)


def test_the_seed_fixes_the_corpus() -> None:
    first, again, other = (corpus.make_text(30, language="zh", seed=s) for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_noise_spoils_what_it_should() -> None:
    full = corpus.make_text(30, language="en", noise="full_width")
    assert all(not set(sample.text) & set("abcXYZ019") for sample in full)
    spaced = corpus.make_column("bank_card", 30, language="zh", noise="spaced")
    assert all(" " in cell or "-" in cell for cell in spaced)
    clean = corpus.make_column("mobile_phone", 30, language="zh")
    slipped = corpus.make_column("mobile_phone", 30, language="zh", noise="ocr")
    assert all(cell.isdigit() for cell in clean)
    assert any(not cell.isdigit() for cell in slipped)


def test_planted_data_stand_in_texts_read_at_run_time(tmp_path: Path) -> None:
    turns = [{"text": "你好，我想找一家餐馆。"}, {"text": "好的。"}]
    with gzip.open(tmp_path / "crosswoz_dialogues.jsonl.gz", "wt", encoding="utf-8") as out:
        out.write(json.dumps({"turns": turns}) + "\n")
    real = corpus.real_text(tmp_path)
    assert real == {"crosswoz_dialogues": ["你好，我想找一家餐馆。", "好的。"]}
    (sample,) = corpus.plant(real["crosswoz_dialogues"], 5, language="zh")
    name = sample.labels[0]
    assert name.kind == "person_name"
    assert sample.text[: name.start] == "你好，"
    assert sample.text[name.end :].startswith("想找一家餐馆。")


def test_no_folder_no_real_text(tmp_path: Path) -> None:
    assert corpus.real_text(tmp_path) == {}
