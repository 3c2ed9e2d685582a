"""One person taken out of a workspace, and nothing of them left anywhere."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import guanyao as gy
from guanyao.cli.main import main
from guanyao.errors import GuanyaoError
from guanyao.flows.erase import Erasure, erase, verify
from guanyao.flows.erase_find import Source, with_one_column
from guanyao.flows.erase_journal import LOCK, NAME
from guanyao.flows.fit import fit_to
from guanyao.flows.sample import sample_to
from guanyao.protect.byte_scan import Values
from guanyao.protect.vault.master import RawKey
from guanyao.protect.vault.store import Vault
from guanyao.protect.vault.turns import turn
from guanyao.records import evidence
from guanyao.records.workspace import Workspace
from tests.flows import erase_case
from tests.flows.erase_case import CANARIES, COLUMN, WHO

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with everything in it, to be copied by each test."""
    root = tmp_path_factory.mktemp("erase") / "study"
    root.mkdir()
    erase_case.learned(root)
    erase_case.locked(root)
    return root


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a table and a masked copy."""
    root = tmp_path_factory.mktemp("erase") / "small"
    root.mkdir()
    erase_case.copied(root)
    return root


def copy_of(root: Path, to: Path) -> Path:
    target = to / root.name
    shutil.copytree(root, target, symlinks=True)
    return target


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Path:
    return copy_of(made, tmp_path)


@pytest.fixture
def clients(small: Path, tmp_path: Path) -> Path:
    return copy_of(small, tmp_path)


def master_of(made: Path) -> RawKey:
    return RawKey.load(made.with_name(f"{made.name}.key"))


def code_of(*whom: str, **options: Any) -> str:
    with pytest.raises(GuanyaoError) as caught:
        erase(whom, **options)
    assert not any(canary in str(caught.value) for canary in CANARIES)
    return caught.value.code


def assert_clean(root: Path, master: RawKey | None = None) -> None:
    """Nothing of the person is in any file, nor in any item of the vault or of its backup."""
    values = Values(CANARIES)
    assert values.scan(root).hits == []
    if master is None:
        return
    vault = Vault.open(root / ".guanyao" / "vault", master)
    names = [item.name for item in vault.items()]
    assert names == ["clients.csv", "masked/masked.csv"]
    for name in names:
        with vault.open_plain(name) as path:
            assert values.scan_file(path, name).hits == []


def lines_of(root: Path) -> list[str]:
    return (root / "clients.csv").read_text(encoding="utf-8").splitlines()


def assert_others(root: Path, before: list[str]) -> None:
    """Every other person's row is there, as it was written."""
    assert lines_of(root) == [line for line in before if WHO not in line]
    assert pl.read_csv(root / "masked.csv").height == len(before) - 2


def statuses(workspace: Workspace) -> dict[str, str]:
    every = workspace.lineage.all()
    return {item.place: item.status for item in every if workspace.lineage.by_place(item.place)}


def test_one_person_everywhere(study: Path, made: Path, tmp_path: Path) -> None:
    master, before = master_of(made), lines_of(study)
    masked = pl.read_csv(study / "masked.csv", infer_schema=False)
    tokens = masked.filter(pl.int_range(pl.len()) == 5).select(COLUMN, "mail").row(0)
    copy = tmp_path / "proof.json"
    done = erase(
        WHO, workspace=study, column=COLUMN, master=master, models="retire", out=copy,
        keep=["invoices stay for ten years"], who="registrar",
    )  # fmt: skip
    assert_clean(study, master)
    assert_others(study, before)
    assert Values(tokens).scan(study).hits == []
    assert done.n_subjects == 1
    assert done.n_rows == 1
    assert done.proof is not None
    assert copy.read_bytes() == done.path.read_bytes() if done.path else False
    with Workspace.open(study) as workspace:
        assert workspace.audit.verify().ok
        line = next(line for line in workspace.audit.lines() if line.act == "erase")
        assert (line.outcome, line.who) == ("done", "registrar")
        assert line.subject == workspace.digest_of("person", WHO) == done.proof["subjects"][0]
        assert statuses(workspace)["out/model.gy"] == "retired"
        found = verify(copy, workspace=workspace)
        assert (found.id, found.changed, found.is_known) == (done.id, (), True)
        (study / "clients.csv").write_text("client,x\nC1,2\n")
        assert verify(copy, workspace=workspace).changed == ("clients.csv",)
    kinds = {(item["kind"], item["done"]) for item in done.proof["artefacts"]}
    assert kinds >= {
        ("source", "rows removed"), ("masked", "rows removed"), ("model", "retired"),
        ("virtual", "stale"), ("report", "stale"), ("record", "stale"),
        ("vault_item", "rows removed"), ("vault_item", "key destroyed"),
        ("backup", "written anew"),
    }  # fmt: skip
    assert done.proof["scan"]["after"]["n_hits"] == 0
    assert done.proof["stays"][0] == "by law: invoices stay for ten years"


def test_the_backup_opens_and_holds_the_others_only(
    study: Path, made: Path, tmp_path: Path
) -> None:
    from guanyao.protect.vault.backup import restore

    erase(WHO, workspace=study, column=COLUMN, master=master_of(made))
    vault = restore(study / "backup.tar", tmp_path / "restored", master_of(made))
    assert [item.name for item in vault.items()] == ["clients.csv"]
    with vault.open_plain("clients.csv") as path:
        assert path.read_text(encoding="utf-8").splitlines() == lines_of(study)


def test_a_retired_model_is_refused_and_one_that_is_due_is_trained_anew(
    study: Path, made: Path
) -> None:
    master, model = master_of(made), study / "out" / "model.gy"
    before = evidence.file_digest(model)
    erase(WHO, workspace=study, column=COLUMN, master=master, models="retire")
    with pytest.raises(GuanyaoError) as caught:
        sample_to(model, 5, study / "v.csv", workspace=study)
    assert caught.value.code == "privacy.model_retired"
    (study / "out2").mkdir()
    gy.run(study / "masked.csv", out=study / "out2", model="trees", canaries=False, workspace=study)
    done = erase("C70006", workspace=study, column=COLUMN, master=master, models="retrain")
    assert ("model", "out2/model.gy", "trained anew", 0) in done.todos
    assert evidence.file_digest(study / "out2" / "model.gy") != before
    sample_to(study / "out2" / "model.gy", 5, study / "v.csv", workspace=study)
    with Workspace.open(study) as workspace:
        assert statuses(workspace)["out2/model.gy"] == "live"
        assert statuses(workspace)["out/model.gy"] == "retired"


def test_a_dry_run_does_nothing(study: Path, made: Path) -> None:
    digest = evidence.tree_digest(study / "out")
    before = lines_of(study)
    shown = erase(WHO, workspace=study, column=COLUMN, master=master_of(made), dry_run=True)
    assert ("source", "clients.csv", "rows removed", 1) in shown.todos
    assert ("model", "out/model.gy", "retrain-due", 0) in shown.todos
    assert lines_of(study) == before
    assert evidence.tree_digest(study / "out") == digest
    assert not (study / ".guanyao" / NAME).exists()


def test_asked_again_or_in_vain(clients: Path) -> None:
    done = erase(WHO, workspace=clients, column=COLUMN)
    with pytest.raises(GuanyaoError) as caught:
        erase(WHO, workspace=clients, column=COLUMN)
    assert caught.value.code == "erase.already"
    assert done.id in str(caught.value)
    assert code_of("C99999", workspace=clients, column=COLUMN) == "erase.unknown_subject"
    with Workspace.open(clients) as workspace:
        last = list(workspace.audit.lines(-2))
        assert [(line.outcome, line.code) for line in last] == [
            ("refused", "erase.already"), ("refused", "erase.unknown_subject"),
        ]  # fmt: skip


def test_who_comes_back_is_erased_anew(clients: Path) -> None:
    before = (clients / "clients.csv").read_bytes()
    first = erase(WHO, workspace=clients, column=COLUMN)
    (clients / "clients.csv").write_bytes(before)
    second = erase(WHO, workspace=clients, column=COLUMN)
    assert second.id != first.id
    assert_clean(clients)


def test_what_lies_about_unknown_is_found_before_the_source_is_touched(clients: Path) -> None:
    before = lines_of(clients)
    (clients / "notes").mkdir()
    (clients / "notes" / "a.txt").write_text("call user00005@example.com")
    with pytest.raises(GuanyaoError) as caught:
        erase(WHO, workspace=clients, column=COLUMN)
    assert caught.value.code == "erase.remains"
    assert caught.value.exit_status == 3
    assert "notes/a.txt" in str(caught.value)
    assert lines_of(clients) == before
    assert code_of("C70006", workspace=clients, column=COLUMN) == "erase.unfinished"
    (clients / "notes" / "a.txt").unlink()
    done = erase(WHO, workspace=clients, column=COLUMN)
    assert done.resumed
    assert_clean(clients)
    assert_others(clients, before)


def test_a_name_of_a_file_that_tells_of_them_is_not_told(clients: Path) -> None:
    (clients / f"{WHO}.txt").write_text("nothing")
    assert code_of(WHO, workspace=clients, column=COLUMN) == "erase.remains"
    (clients / f"{WHO}.txt").unlink()
    erase(WHO, workspace=clients, column=COLUMN)


def test_the_list_itself_stays_and_the_proof_says_so(clients: Path) -> None:
    names = clients / "leaving.txt"
    names.write_text(WHO)
    assert code_of(WHO, workspace=clients, column=COLUMN) == "erase.remains"
    done = erase(WHO, workspace=clients, column=COLUMN, lists=[names])
    assert names.read_text() == WHO
    assert done.proof is not None
    assert any("list of the subjects" in said for said in done.proof["stays"])
    assert [Path(place).name for place in Values([WHO]).scan(clients).places] == [names.name]


def test_one_known_column_counts_for_all_tables() -> None:
    known, other = (
        Source(place=name, address=name, column=column, name=name)
        for name, column in (("a.csv", "client"), ("b.csv", None))
    )
    assert [source.column for source in with_one_column([known, other])] == ["client", "client"]
    two = [known, replace(other, column="person"), replace(other, column=None)]
    assert [source.column for source in with_one_column(two)] == ["client", "person", None]


def test_a_list_and_several_sources(clients: Path) -> None:
    (clients / "calls.jsonl").write_text(
        '{"client":"C70001","said":"one canary of calls"}\n{"client":"C70009","said":"other"}\n'
    )
    path = clients / "shop.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE orders (client, item)")
    connection.execute("INSERT INTO orders VALUES ('C70001', 'canary item'), ('C70300', 'other')")
    connection.commit()
    connection.close()
    sources = [clients / "clients.csv", clients / "calls.jsonl", f"sqlite:///{path}#orders"]
    done = erase(["C70001", "C70002"], workspace=clients, sources=sources, column=COLUMN)
    assert (done.n_subjects, done.n_rows) == (2, 4)
    assert Values(["C70001", "C70002", "canary item"]).scan(clients).hits == []
    assert (clients / "calls.jsonl").read_text().splitlines() == [
        '{"client":"C70009","said":"other"}'
    ]
    assert len(lines_of(clients)) == 299
    with Workspace.open(clients) as workspace:
        assert len(workspace.lineage.erasures) == 2
        assert workspace.audit.verify().ok


def test_retention(tmp_path: Path) -> None:
    Workspace.create(tmp_path).close()
    rows = ["P000001,2010-01-01", "P000002,2011-05-05", "P000001,2024-02-02", "P000003,"]
    (tmp_path / "visits.csv").write_text("patient,day\n" + "\n".join(rows) + "\n")
    how: dict[str, Any] = {
        "workspace": tmp_path, "sources": [tmp_path / "visits.csv"], "column": "patient",
        "date_column": "day",
    }  # fmt: skip
    done = erase(before="2020-01-01", **how)
    assert (done.n_subjects, done.n_rows) == (1, 1)
    assert (tmp_path / "visits.csv").read_text() == (
        "patient,day\nP000001,2010-01-01\nP000001,2024-02-02\nP000003,\n"
    )
    none = erase(before="2020-01-01", **how)
    assert (none.n_subjects, none.proof) == (0, None)
    assert code_of(before="2020-13-01", **how) == "erase.before"
    assert code_of(before="2020-01-01", **{**how, "date_column": "patient"}) == "erase.date_column"


def test_a_whole_data_set(study: Path, made: Path) -> None:
    (study / "other.csv").write_text("a,b\n1,2\n")
    how: dict[str, Any] = {
        "data_set": study / "clients.csv", "workspace": study, "master": master_of(made)
    }  # fmt: skip
    with pytest.raises(GuanyaoError) as caught:
        erase(**how)
    # A letter of one of the persons is no part of the data set, and is not silently destroyed.
    assert caught.value.code == "erase.remains"
    assert "vault:letter.txt" in str(caught.value)
    assert (study / "clients.csv").exists()
    Vault.open(study / ".guanyao" / "vault", master_of(made)).forget(WHO)
    done = erase(**how)
    assert done.n_subjects == 1
    for name in ("clients.csv", "masked.csv", "out/model.gy", "out/virtual.parquet"):
        assert not (study / name).exists()
    assert (study / "other.csv").exists()
    assert Values([*CANARIES, "C70100"]).scan(study).hits == []
    with Workspace.open(study) as workspace:
        assert Vault.open(workspace.vault_folder, master_of(made)).items() == []
    assert code_of(**how) == "erase.already"


def test_a_model_that_holds_a_value_is_removed(clients: Path) -> None:
    with Workspace.open(clients) as workspace:
        source = workspace.lineage.by_place("clients.csv")
        assert source is not None
        for kind, name in (("model", "m.gy"), ("virtual", "v.csv"), ("training", "m.gy.training")):
            path = clients / name
            text = f"x,{CANARIES[2]}\n" if kind != "training" else "nothing"
            path.write_text(text)
            digest = evidence.file_digest(path)
            workspace.lineage.add(kind, name, digest, "fit", parents=[source.id])
        (clients / ".guanyao-part").mkdir()
        done = erase(WHO, workspace=workspace, column=COLUMN)
        acts = {place: act for _, place, act, _ in done.todos}
    gone = ("m.gy", "v.csv", "m.gy.training", ".guanyao-part")
    assert [acts[name] for name in gone] == ["removed"] * 4
    assert not any((clients / name).exists() for name in gone)


def test_a_masked_copy_of_another_state_is_removed(clients: Path) -> None:
    with (clients / "clients.csv").open("a", encoding="utf-8") as file:
        file.write("C71000,new,16009990000,new@example.com,30,x,1,y\n")
    done = erase(WHO, workspace=clients, column=COLUMN)
    assert ("masked", "masked.csv", "removed", 0) in done.todos
    assert not (clients / "masked.csv").exists()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "erase.whom"),
        ({"subjects": [WHO], "before": "2020-01-01"}, "erase.whom"),
        ({"subjects": [WHO], "models": "forget"}, "erase.models"),
        ({"subjects": [WHO], "date_column": "day"}, "erase.before"),
        ({"subjects": [WHO]}, "erase.column"),
        ({"subjects": [WHO], "column": "nobody"}, "erase.column"),
        ({"subjects": [WHO], "sources": ["none.csv"]}, "erase.source"),
        ({"data_set": "sqlite:///x.db#t"}, "erase.source"),
        ({"subjects": [WHO], "keep": ["ask user00005@example.com"]}, "privacy.audit"),
    ],
)
def test_what_cannot_be_done(clients: Path, options: dict[str, Any], code: str) -> None:
    before = lines_of(clients)
    subjects = options.pop("subjects", ())
    assert code_of(*subjects, workspace=clients, **options) == code
    assert lines_of(clients) == before


def test_without_a_workspace_or_the_key_of_the_vault(study: Path) -> None:
    assert code_of(WHO, workspace=None) == "erase.workspace"
    assert code_of(WHO, workspace=study, column=COLUMN) == "erase.vault"
    other = RawKey.new()
    assert code_of(WHO, workspace=study, column=COLUMN, master=other).startswith("vault.")


def test_two_at_once(clients: Path) -> None:
    with turn(clients / ".guanyao" / LOCK, is_alone=True, wait_s=0):
        assert code_of(WHO, workspace=clients, column=COLUMN) == "erase.busy"
    with Workspace.open(clients) as workspace:
        assert next(workspace.audit.lines(-1)).code == "erase.busy"


def test_a_proof_that_was_changed(clients: Path, tmp_path: Path) -> None:
    done: Erasure = erase(WHO, workspace=clients, column=COLUMN)
    assert done.path is not None
    changed = tmp_path / "changed.json"
    changed.write_bytes(done.path.read_bytes().replace(b'"n_hits":0', b'"n_hits":1', 1))
    (tmp_path / "none.json").write_text("{}")
    for name, code in (("changed", "erase.proof_changed"), ("none", "erase.proof")):
        with pytest.raises(GuanyaoError) as caught:
            verify(tmp_path / f"{name}.json")
        assert caught.value.code == code
    assert verify(done.path).is_known is None


def test_the_command(clients: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text(f"{WHO}\n\nC70006\n")
    words = ["erase", "--subjects", str(ids), "--column", COLUMN, "--workspace", str(clients)]
    assert main([*words, "--dry-run", "--quiet"]) == 0
    assert "nothing was done" in capsys.readouterr().out
    assert main([*words, "--quiet", "--json", "-o", str(tmp_path / "p.json")]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["n_rows"] == 2
    assert not any(canary in told.out + told.err for canary in CANARIES)
    check = ["erase", "--verify", str(tmp_path / "p.json")]
    assert main([*check, "--workspace", str(clients)]) == 0
    assert "vouches" in capsys.readouterr().out
    assert main(words) == 3
    assert "erase.already" in capsys.readouterr().err
    assert main(["erase", "--subjects", str(tmp_path / "none"), "--workspace", str(clients)]) == 2


def erasing(root: Path, key_file: Path | None, moment: int = 0) -> int:
    """Erase in a process that is killed at a moment; how many moments there are, 0 if killed."""
    words = [sys.executable, "-m", "tests.flows.erase_case", str(root), str(key_file or "")]
    done = subprocess.run([*words, str(moment)], cwd=ROOT, stdout=subprocess.PIPE, check=False)
    assert done.returncode == (-signal.SIGKILL if moment else 0)
    return int(done.stdout or 0)


def assert_finished(root: Path, before: list[str], key_file: Path | None) -> None:
    """The others' rows are there; the same command finishes; nothing of the person is left."""
    master = None if key_file is None else RawKey.load(key_file)
    others = [line for line in before if WHO not in line]
    assert [line for line in lines_of(root) if WHO not in line] == others
    finish(root, master)
    assert_clean(root, master)
    assert_others(root, before)
    assert [path.name for path in root.rglob("*") if ".part" in path.name] == []
    assert not (root / ".guanyao" / NAME).exists()
    with Workspace.open(root) as workspace:
        assert workspace.audit.verify().ok
        assert list(workspace.lineage.erasures) == [workspace.digest_of("person", WHO)]
        assert statuses(workspace)["masked.csv"] == "live"


def kill_at_moments(made: Path, folder: Path, key_file: Path | None, n_moments: int) -> None:
    before = lines_of(made)
    total = erasing(copy_of(made, folder / "whole"), key_file)
    assert total > n_moments
    for moment in {1 + total * i // n_moments for i in range(n_moments)}:
        root = copy_of(made, folder / str(moment))
        assert erasing(root, key_file, moment) == 0
        assert_finished(root, before, key_file)
        shutil.rmtree(root)


def finish(root: Path, master: RawKey | None) -> None:
    """Give the same command again; a killed process may have come to the end."""
    try:
        erase(WHO, workspace=root, column=COLUMN, master=master)
    except GuanyaoError as error:
        assert error.code == "erase.already"


def test_killed_at_some_moments(small: Path, tmp_path: Path) -> None:
    kill_at_moments(small, tmp_path, None, 3)


@pytest.mark.slow
def test_killed_at_many_moments(made: Path, tmp_path: Path) -> None:
    kill_at_moments(made, tmp_path, made.with_name(f"{made.name}.key"), 40)


def test_what_was_fitted_is_trained_anew(clients: Path) -> None:
    model = clients / "m.gy"
    fit_to(clients / "masked.csv", model, model="independent", workspace=clients)
    before = evidence.file_digest(model)
    done = erase(WHO, workspace=clients, column=COLUMN, models="retrain")
    assert ("model", "m.gy", "trained anew", 0) in done.todos
    assert evidence.file_digest(model) != before
    again = erase("C70006", workspace=clients, column=COLUMN)
    assert ("model", "m.gy", "retrain-due", 0) in again.todos


def test_a_model_without_a_record_of_its_training_stays_due(clients: Path) -> None:
    fit_to(clients / "masked.csv", clients / "m.gy", model="independent")
    with Workspace.open(clients) as workspace:
        source = workspace.lineage.by_place("masked.csv")
        assert source is not None
        digest = evidence.file_digest(clients / "m.gy")
        workspace.lineage.add("model", "m.gy", digest, "fit", parents=[source.id])
        done = erase(WHO, workspace=workspace, column=COLUMN, models="retrain")
        assert statuses(workspace)["m.gy"] == "retrain-due"
    assert done.notes == ("a model could not be trained anew, and is retrain-due",)


def test_the_column_of_persons_is_known_from_a_fit(clients: Path) -> None:
    fit_to(
        clients / "clients.csv", clients / "m.gy", model="independent", entity=COLUMN,
        workspace=clients, allow_personal_text=True,
    )  # fmt: skip
    assert erase(WHO, workspace=clients).n_rows == 1
