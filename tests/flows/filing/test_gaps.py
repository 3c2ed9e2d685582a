"""From a run to the gaps of a filing: the whole way, with nothing made by hand."""

import csv
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from guanyao.cli.main import main
from guanyao.errors import ConfigError, DataError
from guanyao.flows.filing.gaps import attest, gaps, lines
from guanyao.flows.filing.packs import add, compare
from tests.filing.made_evidence import as_yaml, pack_record

SERVICE = """
service: guanyao.service/1
name: virtual records
facts:
  public: true
  modality: [table]
  free_text: false
  takes_input: false
  learns_from_data: true
  uses_personal_data: true
  people_annotate: false
  base_model: none
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `guanyao run` left, and a service description."""
    folder = tmp_path_factory.mktemp("filing")
    rng = random.Random(1)  # noqa: S311
    with (folder / "t.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["age", "ward", "pressure"])
        for _ in range(1200):
            writer.writerow([rng.randint(18, 90), rng.choice("abcd"), round(rng.gauss(120, 9), 2)])
    source, out = str(folder / "t.csv"), str(folder / "out")
    assert main(["run", source, "-o", out, "--model", "independent", "--quiet", "--json"]) == 0
    (folder / "service.yaml").write_text(SERVICE, encoding="utf-8")
    return folder


def test_attacks_answer_the_clauses_on_privacy(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--service", str(place / "service.yaml"), "--evidence", str(place / "out")]
    assert main(["filing", "gaps", *words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    run = json.loads((place / "out" / "run.json").read_text(encoding="utf-8"))
    assert found["data_digest"] == run["inputs"][0]["digest"]
    clauses = {(c["pack"], c["clause"]): c for c in found["clauses"]}
    answered = clauses["guanyao-commission", "E2-attacks"]
    checks = {c["measure"]: c for c in answered["checks"]}
    attack = checks["attack.auc"]
    assert attack["evidence"] == found["evidence"][0]["id"]
    usable = [a for a in run["attacks"] if a["usable"]]
    assert attack["measured"]["high"] == max(a["high"] for a in usable)
    assert clauses["cn-gbt45654-2025", "A.4.5"]["checks"][0]["measured"] == attack["measured"]
    assert clauses["cn-gbt45654-2025", "B.keyword-library"]["result"] == "不适用"
    assert any(c.startswith("guanyao mask SOURCE") for c in found["commands"])
    assert sum(found["counts"].values()) == len(found["clauses"])


def test_the_lines_name_evidence_and_commands(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--service", str(place / "service.yaml"), "--evidence", str(place / "out")]
    assert main(["filing", "gaps", *words, "--pack", "guanyao-commission"]) == 0
    said = capsys.readouterr().out
    assert "E2-attacks" in said and "by run:" in said
    assert "guanyao erase --subjects" in said
    assert "a person decides" in said
    assert main(["filing", "gaps", *words, "--only", "not_applicable"]) == 0
    assert "E2-attacks" not in capsys.readouterr().out


def test_without_evidence_everything_is_a_to_do(place: Path) -> None:
    found = gaps(place / "service.yaml", [], now=datetime.now(UTC), packs=["cn-pipl"])
    assert found.counts()["met"] == 0 and found.counts()["missing"] > 5
    assert all(p.todos for p in found.proposals if p.status in ("missing", "unknown"))
    assert any("to do" in line for line in lines(found))


def test_another_model_unseats_the_evidence(place: Path) -> None:
    other = SERVICE + f"model_digest: '{'9' * 64}'\n"
    (place / "other.yaml").write_text(other, encoding="utf-8")
    found = gaps(place / "other.yaml", [place / "out"], now=datetime.now(UTC) + timedelta(hours=1))
    attacks = next(p for p in found.proposals if p.clause.id == "E2-attacks")
    assert attacks.status == "missing" and "another model" in attacks.todos[0].what


def test_a_changed_record_is_refused(place: Path, tmp_path: Path) -> None:
    content = (place / "out" / "run.json").read_bytes()
    (tmp_path / "run.json").write_bytes(content.replace(b'"verb":"run"', b'"verb":"ran"'))
    with pytest.raises(DataError) as error:
        gaps(place / "service.yaml", [tmp_path], now=datetime.now(UTC))
    assert error.value.code == "filing.seal"


def test_a_person_vouches_for_a_document(place: Path, tmp_path: Path) -> None:
    paper, now = tmp_path / "privacy.pdf", datetime.now(UTC)
    paper.write_bytes(b"%PDF")
    made = attest(paper, tmp_path / "p.json", topic="rights_desk", by="Li", now=now)
    assert made.kind == "document.rights_desk" and made.is_human
    found = gaps(place / "service.yaml", [tmp_path / "p.json"], now=now, packs=["cn-pipl"])
    desk = next(p for p in found.proposals if p.clause.id == "art-44-46")
    assert made.id in desk.evidence
    with pytest.raises(ConfigError) as error:
        attest(paper, tmp_path / "q.json", topic="rights_desk", by=" ", now=now)
    assert error.value.code == "filing.attest" and not (tmp_path / "q.json").exists()


def test_a_new_pack_works_without_a_change_of_code(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(as_yaml(pack_record()), encoding="utf-8")
    folder = tmp_path / "packs"
    assert main(["filing", "packs", "check", str(mine)]) == 0
    assert main(["filing", "packs", "add", str(mine), "--packs", str(folder)]) == 0
    assert main(["filing", "packs", "list", "--packs", str(folder), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out.splitlines()[-1])["packs"]
    assert "made-up" in [p["id"] for p in listed]
    words = ["--service", str(place / "service.yaml"), "--packs", str(folder)]
    assert main(["filing", "gaps", *words, "--pack", "made-up"]) == 0
    assert "c1 one: to decide" in capsys.readouterr().out


def test_a_pack_is_not_replaced_unseen(tmp_path: Path) -> None:
    mine, folder = tmp_path / "mine.yaml", tmp_path / "packs"
    mine.write_text(as_yaml(pack_record()), encoding="utf-8")
    assert add(mine, folder) == add(mine, folder)
    mine.write_text(as_yaml(pack_record(note={"zh": "乙", "en": "two"})), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        add(mine, folder)
    assert error.value.code == "pack.duplicate"
    mine.write_text(as_yaml(pack_record(version="2")), encoding="utf-8")
    assert "version: '2'" in add(mine, folder).read_text(encoding="utf-8")


def test_two_packs_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["filing", "packs", "diff", "cn-pipl", "cn-pipl"]) == 0
    assert "0 differences" in capsys.readouterr().out
    old, new, changes = compare("cn-tc260-003-2024", "cn-gbt45654-2025")
    assert (old.id, new.replaces) == ("cn-tc260-003-2024", old.id)
    assert "A.4.5" in {c.clause for c in changes if c.what == "added"}


def test_usage_is_told_in_one_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["filing", "gaps", "--service", str(place / "service.yaml")]
    for more, code in ((["--only", "good"], "filing.status"), (["--pack", "x"], "pack.unknown")):
        assert main([*words, *more]) == 2
        assert capsys.readouterr().err.startswith(f"error[{code}]")
