"""`guanyao filing bank`: what it prints, and what it refuses."""

import json
from pathlib import Path

import pytest

from guanyao.cli.main import main
from tests.filing.made_banks import KEYWORD_HEAD, as_csv, entries

SERVICE = """
service: guanyao.service/1
name: a service
provider: a provider
facts: {public: true, modality: [table], free_text: false}
"""


@pytest.fixture
def room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GUANYAO_ROOM", raising=False)
    monkeypatch.delenv("GUANYAO_PERSON", raising=False)
    Path("service.yaml").write_text(SERVICE, encoding="utf-8")
    Path("keywords.csv").write_bytes(as_csv(KEYWORD_HEAD, entries("keyword", 2)))
    words = ["filing", "init", "room", "--provider", "org", "--by", "ann", "--service"]
    assert main([*words, "service.yaml"]) == 0
    capsys.readouterr()
    return "room"


def run(*words: str) -> int:
    return main(["filing", "bank", *words, "--room", "room"])


def test_an_import_says_what_is_still_missing(
    room: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import", "keyword", "keywords.csv", "--by", "ann") == 0
    told = capsys.readouterr().out
    assert "keyword: 34 entries, 34 new, 0 gone" in told
    assert "to do: 9,966 entries too few in all" in told
    assert run("coverage", "keyword", "--json") == 0
    record = json.loads(capsys.readouterr().out)["banks"][0]
    assert (record["n_entries"], record["short"], record["is_enough"]) == (34, 9966, False)


def test_a_faulty_list_is_refused_in_one_line_and_checked_in_many(
    room: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [["示例词1", "", "国别的歧视"], ["示例词1", "", ""], ["", "", ""]]
    Path("bad.csv").write_bytes(as_csv(KEYWORD_HEAD, rows))
    assert run("import", "keyword", "bad.csv", "--by", "ann") == 2
    line = capsys.readouterr().err
    assert line.startswith("error[bank.duplicate]: nothing was imported")
    assert line.count("\n") == 1
    assert "示例" not in line
    assert run("import", "keyword", "bad.csv", "--check") == 0
    told = capsys.readouterr().out
    assert "bank.unknown_class" in told
    assert "nearest A.2.3 国别歧视" in told


def test_a_table_service_draws_nothing(room: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("corpus.txt").write_text("示例\n" * 9, encoding="utf-8")
    assert run("draw", "corpus_manual", "--source", "corpus.txt", "--by", "ann") == 4
    assert "error[sampling.not_applicable]: 不适用" in capsys.readouterr().err
    assert run("draws") == 0


def test_who_judges_by_what(room: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("judge", "draw-1", "--judge", "human", "--by", "ann") == 2
    assert "error[judging.judge]" in capsys.readouterr().err
    assert run("judge", "draw-1", "--judge", "keyword", "--by", "ann") == 2
    assert "error[judging.draw]" in capsys.readouterr().err
