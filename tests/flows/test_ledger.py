"""The ledger: every verb leaves its line and its artefacts, whichever way it ends."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import guanyao as gy
from guanyao.errors import ConfigError, DataError, GuanyaoError, PrivacyError
from guanyao.flows.compare import compare
from guanyao.flows.explain import explain
from guanyao.flows.export import export
from guanyao.flows.fit import fit_to
from guanyao.flows.ledger import kind_of, recorded
from guanyao.flows.measure import measure
from guanyao.flows.run import run
from guanyao.flows.sample import sample_as_typed, sample_to
from guanyao.records import evidence
from guanyao.records.audit_line import Line
from guanyao.records.lineage import Artefact
from guanyao.records.workspace import Workspace
from guanyao.types import Silent

QUICK: dict[str, Any] = {"model": "independent", "canaries": False, "format": "csv"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path)


def last(workspace: Workspace) -> Line:
    return next(workspace.audit.lines(-1))


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(GuanyaoError) as caught:
        act()
    return caught.value.code


def at(workspace: Workspace, place: str) -> Artefact:
    found = workspace.lineage.by_place(place)
    assert found is not None, place
    return found


def test_a_run_is_recorded_with_all_it_made(workspace: Workspace, source: Path) -> None:
    out = workspace.root / "out"
    done = run(source, out=out, who="operator", workspace=workspace, **QUICK)
    line = last(workspace)
    assert (line.act, line.outcome, line.who) == ("run", "done", "operator")
    assert line.facts["run"] == done.report["run"]["id"]
    assert line.facts["model"] == "independent"
    digest = evidence.file_digest(source)
    assert line.facts["inputs"] == [f"source:{workspace.seal(digest)}"]
    model = at(workspace, "out/model.gy")
    assert model.facts["settings"]["chosen"]["name"] == "independent"
    assert model.facts["settings"]["seed"] == 0
    assert f"model:{model.digest}" in line.facts["outputs"]
    assert line.object == f"model:{model.id}"
    assert at(workspace, "visits.csv").digest == digest
    made = workspace.lineage.descendants(at(workspace, "visits.csv").id)
    assert {item.place: item.kind for item in made} == {
        "out/model.gy": "model",
        "out/virtual.csv": "virtual",
        "out/report.html": "report",
        "out/report.json": "report",
        "out/run.json": "record",
    }
    assert {item.digest for item in made} == {evidence.file_digest(path) for path in out.iterdir()}
    virtual = at(workspace, "out/virtual.csv")
    assert [item.kind for item in workspace.lineage.parents(virtual.id)] == ["model"]
    assert workspace.audit.verify().ok


def test_a_line_holds_no_path_and_no_value(workspace: Workspace, source: Path) -> None:
    secret = workspace.root / "scan of a person.csv"
    source.rename(secret)
    run(secret, out=workspace.root / "results of a person", workspace=workspace.root, **QUICK)
    content = (workspace.folder / "audit.db").read_bytes()
    digest = evidence.file_digest(secret)
    for text in ("person", "visits", str(workspace.root), "cost", digest):
        assert text.encode() not in content


def test_a_folder_may_stand_for_its_workspace(workspace: Workspace, source: Path) -> None:
    fit_to(source, workspace.root / "m.gy", workspace=workspace.root, model="independent")
    assert (last(workspace).act, last(workspace).facts["model"]) == ("fit", "independent")
    model = at(workspace, "m.gy")
    assert model.facts["settings"]["chosen"]["name"] == "independent"
    parents = workspace.lineage.parents(model.id)
    assert [item.place for item in parents] == ["visits.csv"]
    assert code_of(lambda: fit_to(source, "m.gy", workspace=source.parent / "no")) == (
        "workspace.missing"
    )


def test_without_a_workspace_nothing_is_recorded(source: Path, tmp_path: Path) -> None:
    run(source, out=tmp_path / "out", **QUICK)
    with recorded(None, "run") as act:
        assert act.input("source", source) == act.output("model", source) == ""
        act.expect("model", source)
        act.note(n_rows=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "visits.csv"]


def test_sampling_evaluating_and_comparing_are_recorded(
    workspace: Workspace, source: Path, visits: pl.DataFrame
) -> None:
    root, model = workspace.root, workspace.root / "m.gy"
    fit_to(source, model, workspace=workspace, model="independent")
    sample_to(model, 150, root / "v.csv", workspace=workspace, seed=0)
    assert last(workspace).facts["n_rows"] == 150
    visits.head(150).write_csv(root / "hold.csv")
    measure(
        real=source, holdout=root / "hold.csv", virtual=root / "v.csv", out=root / "eval",
        workspace=workspace,
    )  # fmt: skip
    assert last(workspace).act == "evaluate"
    compare(source, models=["independent"], out=root / "c", workspace=workspace, canaries=False)
    assert last(workspace).facts["n_models"] == 1
    reached = workspace.lineage.descendants(at(workspace, "visits.csv").id)
    assert {"m.gy", "v.csv", "eval/report.html", "c/compare.html", "c/independent/model.gy"} <= {
        item.place for item in reached
    }
    model = at(workspace, "c/independent/model.gy")
    assert model.facts["settings"]["chosen"]["name"] == "independent"
    virtual = at(workspace, "c/independent/virtual.parquet")
    parents = workspace.lineage.parents(virtual.id)
    assert [item.place for item in parents] == ["c/independent/model.gy"]
    assert at(workspace, "v.csv").kind == "virtual"


def test_data_in_memory_is_named_by_its_content(workspace: Workspace, visits: pl.DataFrame) -> None:
    run(visits, out=workspace.root / "out", workspace=workspace, **QUICK)
    place = workspace.lineage.all(kind="source")[0].place
    assert place.startswith("memory:")


class Stored(str):
    """A path to an item of the vault, as `guanyao.flows.vault` hands it out."""

    place = "vault:visits.csv"


def test_an_item_of_the_vault_is_named_by_its_place(workspace: Workspace, source: Path) -> None:
    with recorded(workspace, "run") as act:
        act.input("source", Stored(source))
    found = at(workspace, "vault:visits.csv")
    assert found.digest == evidence.file_digest(source)
    assert last(workspace).facts["inputs"] == [f"source:{workspace.seal(found.digest)}"]


def test_a_part_of_a_file_is_the_file(workspace: Workspace, source: Path) -> None:
    with recorded(workspace, "run") as act:
        assert act.input("source", f"{source}#Sheet1") == at(workspace, "visits.csv").id


def test_what_fails_is_recorded_and_leaves_no_artefact(workspace: Workspace, source: Path) -> None:
    out = workspace.root / "out"
    assert code_of(lambda: run(source, out=out, workspace=workspace, target="none", **QUICK)) == (
        "data.column_missing"
    )
    line = last(workspace)
    assert (line.outcome, line.code) == ("failed", "data.column_missing")
    assert [item.place for item in workspace.lineage.all()] == ["visits.csv"]
    assert code_of(lambda: run("none.csv", out=out, workspace=workspace, **QUICK)) == "data.missing"
    assert last(workspace).facts == {}


def test_a_stop_and_a_fault_are_recorded(workspace: Workspace) -> None:
    for error, code in ((KeyboardInterrupt(), "stopped"), (ZeroDivisionError("15412345678"), "")):
        with pytest.raises(type(error)), recorded(workspace, "run"):
            raise error
        assert last(workspace).code == (code or "internal")
    assert b"154123" not in (workspace.folder / "audit.db").read_bytes()


def test_a_refusal_is_recorded_as_one(workspace: Workspace) -> None:
    with pytest.raises(PrivacyError), recorded(workspace, "vault.get", role="owner", who="x"):
        raise PrivacyError("no", code="privacy.consent")
    line = last(workspace)
    assert (line.outcome, line.code, line.role) == ("refused", "privacy.consent", "owner")


def test_a_retired_model_draws_nothing(workspace: Workspace, source: Path) -> None:
    model = workspace.root / "m.gy"
    fit_to(source, model, workspace=workspace, model="independent")
    found = at(workspace, "m.gy")
    workspace.lineage.mark(found.id, "retired", "erase")
    copied = workspace.root / "copy.gy"
    copied.write_bytes(model.read_bytes())
    for path in (model, copied):
        for draw in (
            lambda p=path: sample_to(p, 5, workspace.root / "v.csv", workspace=workspace),
            lambda p=path: sample_as_typed(
                p, 5, workspace.root / "v.csv", given=[], workspace=workspace
            ),
        ):
            assert code_of(draw) == "privacy.model_retired"
            assert (last(workspace).act, last(workspace).outcome) == ("sample", "refused")
    assert not (workspace.root / "v.csv").exists()
    workspace.lineage.mark(found.id, "erased")
    assert code_of(lambda: sample_to(model, 5, "v.csv", workspace=workspace)) == (
        "privacy.model_retired"
    )


def test_a_retired_model_is_neither_exported_nor_explained(
    workspace: Workspace, source: Path
) -> None:
    model = workspace.root / "m.gy"
    fit_to(source, model, workspace=workspace, model="independent")
    workspace.lineage.mark(at(workspace, "m.gy").id, "retired", "erase")
    refused = "privacy.model_retired"
    assert code_of(lambda: export(model, "x.onnx", workspace=workspace)) == refused
    assert code_of(lambda: explain(model, out=workspace.root / "e", workspace=workspace)) == refused
    assert (last(workspace).act, last(workspace).outcome) == ("explain", "refused")
    assert not (workspace.root / "e").exists()


def test_what_explains_a_model_descends_from_its_source(workspace: Workspace, source: Path) -> None:
    fit_to(source, workspace.root / "m.gy", workspace=workspace, model="independent")
    explain(workspace.root / "m.gy", out=workspace.root / "e", n=50, workspace=workspace)
    made = workspace.lineage.descendants(at(workspace, "visits.csv").id)
    assert {"e/explain.html", "e/explain.json"} <= {item.place for item in made}


class Notes(Silent):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


def test_a_model_that_is_to_be_trained_anew_says_so(workspace: Workspace, source: Path) -> None:
    fit_to(source, workspace.root / "m.gy", workspace=workspace, model="independent")
    workspace.lineage.mark(at(workspace, "m.gy").id, "retrain-due")
    notes = Notes()
    out = workspace.root / "v.csv"
    sample_to(workspace.root / "m.gy", 5, out, workspace=workspace, progress=notes)
    assert any("trained anew" in text for text in notes.said)


def test_the_column_that_names_persons_is_kept(workspace: Workspace, source: Path) -> None:
    for options in (
        {"entity": "person"},
        {"schema": gy.read(source).schema.with_roles(entity="person")},
    ):
        out = workspace.root / f"{next(iter(options))}.gy"
        fit_to(source, out, workspace=workspace, model="independent", **options)
        assert at(workspace, "visits.csv").facts == {"entity": "person"}


def test_a_masked_copy_keeps_its_kind_when_it_is_learned_from(
    workspace: Workspace, source: Path
) -> None:
    masked = workspace.root / "masked.csv"
    with recorded(workspace, "mask", policy="ab" * 32) as act:
        act.input("source", source)
        masked.write_bytes(source.read_bytes() + b"\n")
        act.output("masked", masked)
    run(masked, out=workspace.root / "out", workspace=workspace, **QUICK)
    reached = workspace.lineage.descendants(at(workspace, "visits.csv").id)
    assert "out/model.gy" in [item.place for item in reached]
    assert at(workspace, "masked.csv").kind == "masked"


def test_facts_that_name_somebody_are_refused(workspace: Workspace) -> None:
    with (
        pytest.raises(PrivacyError) as caught,
        recorded(workspace, "erase", reason="王小明的手机号是15412345678"),
    ):
        pytest.fail("the act was begun")
    assert caught.value.code == "privacy.audit"
    assert "154" not in str(caught.value)
    with recorded(workspace, "erase", reason="the person asked for it"):
        pass
    assert last(workspace).facts == {"reason": "the person asked for it"}


def test_a_fact_that_cannot_stand_there_is_recorded_as_refused(workspace: Workspace) -> None:
    with pytest.raises(PrivacyError), recorded(workspace, "mask") as act:
        act.note(n_rows=3)
        act.note(model="树")
    assert (last(workspace).outcome, last(workspace).facts) == ("refused", {"n_rows": 3})


@pytest.mark.parametrize(
    "reason", ["客户撤回同意", "保存期限已满", "因本人要求", "consent withdrawn"]
)
def test_an_ordinary_reason_is_taken(workspace: Workspace, reason: str) -> None:
    with recorded(workspace, "erase", reason=reason):
        pass
    assert last(workspace).facts == {"reason": reason}


def test_who_cannot_be_recorded_stops_the_act_before_it_begins(workspace: Workspace) -> None:
    with pytest.raises(PrivacyError), recorded(workspace, "run", who="a\nb"):
        pytest.fail("the act was begun")


def test_a_table_of_a_database_is_named_without_password(workspace: Workspace) -> None:
    with recorded(workspace, "run") as act:
        act.input("source", "postgresql://user:secret@db.example.com/shop#orders", digest="ab")
    assert workspace.lineage.by_place("postgresql://db.example.com/shop#orders") is not None
    assert b"secret" not in (workspace.folder / "lineage.db").read_bytes()


def test_what_was_named_and_never_came_is_taken_out(workspace: Workspace, source: Path) -> None:
    def fail() -> None:
        with recorded(workspace, "fit") as act:
            act.input("source", source)
            act.expect("training", workspace.root / "m.gy.training")
            act.output("model", workspace.root / "m.gy", digest="ab" * 32)
            raise DataError("the disk is full", code="data.unwritable")

    assert code_of(fail) == "data.unwritable"
    assert [item.kind for item in workspace.lineage.all()] == ["source"]


def test_what_is_left_half_made_stays_known(workspace: Workspace, source: Path) -> None:
    training = workspace.root / "m.gy.training"
    with pytest.raises(KeyboardInterrupt), recorded(workspace, "fit") as act:
        act.input("source", source)
        act.expect("training", training)
        training.mkdir()
        raise KeyboardInterrupt
    assert [item.place for item in workspace.lineage.all(kind="training")] == ["m.gy.training"]
    with recorded(workspace, "fit") as act:
        act.input("source", source)
        act.expect("training", training)
        act.output("training", training)
    assert len(workspace.lineage.all(kind="training")) == 1


RUN = """
import sys
from pathlib import Path
from guanyao.flows.run import run
print(flush=True)
for n in range(99):
    run("visits.csv", out=f"out{n}", workspace=".", model="independent", canaries=False)
"""


@pytest.mark.slow
def test_killed_at_any_moment_every_artefact_is_known(workspace: Workspace, source: Path) -> None:
    """Of all files that a killed run left, the lineage knows the place or a folder above it."""
    for moment in range(15):
        with subprocess.Popen(
            [sys.executable, "-c", RUN], cwd=workspace.root, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.3 + 0.2 * moment)
            process.send_signal(signal.SIGKILL)
        assert workspace.audit.verify().ok
        known = {item.place for item in workspace.lineage.all()}
        for path in workspace.root.rglob("*"):
            place = path.relative_to(workspace.root)
            if path.is_file() and not str(place).startswith((".guanyao/", "visits")):
                above = {parent.as_posix() for parent in place.parents}
                assert place.as_posix() in known or above & known, place


def test_kinds_by_name() -> None:
    names = ("training", "virtual-images-idx3-ubyte.gz", "compare.json", "out/virtual")
    assert [kind_of(name) for name in names] == ["training", "virtual", "report", "virtual"]


def test_an_unknown_kind_is_told(workspace: Workspace, source: Path) -> None:
    with pytest.raises(ConfigError), recorded(workspace, "run") as act:
        act.input("thing", source)
    assert last(workspace).outcome == "failed"
    assert last(workspace).code == "lineage.kind"
