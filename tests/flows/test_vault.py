"""The vault in a workspace: who did what, what came from what, and nothing personal in either."""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

import guanyao as gy
from guanyao.data.readers import read
from guanyao.errors import ConfigError, DataError, GuanyaoError
from guanyao.flows.fit import fit_to
from guanyao.flows.vault import create, drill, is_stored, open_vault, plain, put, restore, results
from guanyao.protect.vault.memory_file import MEMORY
from guanyao.protect.vault.store import Vault
from guanyao.protect.vault.suites import SUITES
from guanyao.records import evidence
from guanyao.records.workspace import Workspace
from tests.protect.vault.locks import KEY, OTHER_WORDS, WORDS

NAME = "letters of Canary Example"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs files in memory")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "study") as made:
        yield made


@pytest.fixture(params=SUITES)
def vault(request: pytest.FixtureRequest, workspace: Workspace) -> Vault:
    return create(workspace.vault_folder, WORDS, request.param, workspace=workspace, who="Ada")


def table(folder: Path, n_rows: int = 60) -> Path:
    path = folder / "patients.csv"
    rows = {"age": range(n_rows), "ward": ["east", "west", "north"] * (n_rows // 3)}
    pl.DataFrame(rows).write_csv(path)
    return path


def acts(workspace: Workspace) -> list[tuple[str, str, str]]:
    lines = [line for line in workspace.audit.lines() if line.act.startswith("vault.")]
    return [(line.act, line.outcome, line.code) for line in lines]


def code_of(error: pytest.ExceptionInfo[GuanyaoError]) -> str:
    return error.value.code


def test_every_act_is_a_line(vault: Vault, workspace: Workspace, tmp_path: Path) -> None:
    put(vault, table(tmp_path))
    vault.put(BytesIO(b"x"), NAME, subject="P1")
    vault.get("patients.csv", tmp_path / "copy.csv")
    vault.backup(tmp_path / "backup")
    drill(tmp_path / "backup", WORDS, workspace=workspace)
    restore(tmp_path / "backup", tmp_path / "restored", WORDS, workspace=workspace)
    vault.rotate()
    vault.forget("P1")
    with pytest.raises(GuanyaoError):
        vault.get(NAME, tmp_path / "none")
    with pytest.raises(GuanyaoError):
        open_vault(workspace.vault_folder, OTHER_WORDS, workspace=workspace)
    with pytest.raises(GuanyaoError):
        open_vault(workspace.vault_folder, KEY, workspace=workspace)
    assert acts(workspace) == [
        ("vault.create", "done", ""),
        ("vault.put", "done", ""),
        ("vault.put", "done", ""),
        ("vault.get", "done", ""),
        ("vault.backup", "done", ""),
        ("vault.drill", "done", ""),
        ("vault.restore", "done", ""),
        ("vault.rotate", "done", ""),
        ("vault.forget", "done", ""),
        ("vault.get", "refused", "vault.missing"),
        ("vault.open", "refused", "vault.key"),
        ("vault.open", "refused", "vault.master"),
    ]
    assert workspace.audit.verify().ok
    assert {line.who for line in workspace.audit.lines() if line.act == "vault.put"} == {"Ada"}


def test_lines_hold_nothing_personal(vault: Vault, workspace: Workspace, tmp_path: Path) -> None:
    item = vault.put(BytesIO(b"Canary"), NAME, subject="Canary P1")
    with pytest.raises(GuanyaoError):
        vault.get(f"more {NAME}", tmp_path / "none")
    text = repr([line.to_json() for line in workspace.audit.lines()])
    assert "Canary" not in text
    assert item.digest not in text
    assert item.id in text
    assert vault.subject_digest("Canary P1") in text


def test_lineage_of_items(vault: Vault, workspace: Workspace, tmp_path: Path) -> None:
    path = table(tmp_path)
    put(vault, path)
    stored = workspace.lineage.by_place("vault:patients.csv")
    assert stored is not None
    assert (stored.kind, stored.digest) == ("vault_item", evidence.file_digest(path))
    assert [parent.kind for parent in workspace.lineage.parents(stored.id)] == ["source"]
    vault.backup(tmp_path / "backup")
    assert [found.kind for found in workspace.lineage.descendants(stored.id)] == ["backup"]
    vault.remove("patients.csv")
    assert workspace.lineage.get(stored.id).status == "erased"


def test_forgetting_marks_all_items(vault: Vault, workspace: Workspace) -> None:
    for name in ("a", "b"):
        vault.put(BytesIO(b"x"), name, subject="P1")
    vault.forget("P1")
    known = [workspace.lineage.by_place(f"vault:{name}") for name in ("a", "b")]
    assert [found.status for found in known if found is not None] == ["erased", "erased"]


def test_a_folder_is_put_whole(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "scans" / "deep").mkdir(parents=True)
    (tmp_path / "scans" / "1").write_bytes(b"1")
    (tmp_path / "scans" / "deep" / "2").write_bytes(b"2")
    items = put(vault, tmp_path / "scans", "all", kind="source")
    assert [(item.name, item.kind) for item in items] == [
        ("all/1", "source"), ("all/deep/2", "source"),
    ]  # fmt: skip
    assert [item.name for item in put(vault, tmp_path / "scans")] == ["scans/1", "scans/deep/2"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError) as caught:
        put(vault, tmp_path / "empty")
    assert code_of(caught) == "data.empty"


def test_learning_from_an_item(vault: Vault, workspace: Workspace, tmp_path: Path) -> None:
    path = table(tmp_path)
    put(vault, path)
    path.unlink()
    with plain(vault, "vault:patients.csv") as source:
        fit_to(source, workspace.root / "m.gy", model="independent", workspace=workspace)
    model = workspace.lineage.by_place("m.gy")
    assert model is not None
    assert [parent.place for parent in workspace.lineage.parents(model.id)] == [
        "vault:patients.csv"
    ]


def test_a_sheet_of_a_stored_workbook(vault: Vault, tmp_path: Path) -> None:
    pl.DataFrame({"a": [1, 2]}).write_excel(tmp_path / "t.xlsx", worksheet="Two")
    put(vault, tmp_path / "t.xlsx")
    with plain(vault, "vault:t.xlsx#Two") as source:
        assert read(str(source)).frame["a"].to_list() == [1, 2]


def test_results_become_items(vault: Vault, workspace: Workspace, tmp_path: Path) -> None:
    put(vault, table(tmp_path))
    for _ in range(2):
        with (
            plain(vault, "vault:patients.csv") as source,
            results(vault, "vault:study", workspace) as out,
        ):
            gy.run(source, out=out, model="independent", canaries=False, workspace=workspace)
            folder = Path(out)
        assert not folder.exists()
    names = {item.name: item.kind for item in vault.items()}
    assert names["study/model.gy"] == "model"
    assert names["study/virtual.parquet"] == "virtual"
    assert names["study/run.json"] == "record"
    assert vault.item("study/model.gy").version == 2
    places = {found.place for found in workspace.lineage.all()}
    assert not any(place.startswith(str(MEMORY)) for place in places)
    assert {f"vault:{name}" for name in names} <= places
    virtual = workspace.lineage.by_place("vault:study/virtual.parquet")
    assert virtual is not None
    before = {found.place for found in workspace.lineage.ancestors(virtual.id)}
    assert {"vault:study/model.gy", "vault:patients.csv"} <= before


def test_a_job_that_fails_leaves_nothing(vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(DataError), results(vault, "vault:study") as out:
        gy.run(tmp_path / "none.csv", out=out)
    assert vault.items() == []
    with pytest.raises(DataError) as caught, results(vault, "vault:study"):
        pass
    assert code_of(caught) == "data.empty"


def test_results_need_a_free_folder(vault: Vault) -> None:
    vault.put(BytesIO(), "study")
    with pytest.raises(ConfigError) as caught, results(vault, "vault:study/deep"):
        raise AssertionError
    assert code_of(caught) == "vault.exists"


def test_what_names_an_item() -> None:
    assert is_stored("vault:a.csv")
    assert is_stored(Path("vault:a"))
    assert not any(is_stored(source) for source in ("a.csv", Path("a"), 7, None))


def test_without_a_workspace_nothing_is_kept(tmp_path: Path) -> None:
    create(tmp_path / "safe", WORDS)
    assert open_vault(tmp_path / "safe", WORDS).items() == []
    assert [path.name for path in tmp_path.iterdir()] == ["safe"]
