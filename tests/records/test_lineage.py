"""Lineage: a graph that grows, forgets nothing by itself, and is there whole or not at all."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.errors import GuanyaoError
from guanyao.records.lineage import Artefact, Lineage


@pytest.fixture
def lineage(tmp_path: Path) -> Lineage:
    return Lineage(tmp_path / "lineage.db")


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(GuanyaoError) as caught:
        act()
    return caught.value.code


def ids(found: list[Artefact]) -> list[str]:
    return [item.id for item in found]


def test_what_came_from_what(lineage: Lineage) -> None:
    source = lineage.add("source", "a.csv", "d1", "run", facts={"n_rows": 3})
    masked = lineage.add("masked", "m.csv", "d2", "mask", parents=[source.id])
    model = lineage.add("model", "out/model.gy", "d3", "run", parents=[masked.id])
    virtual = lineage.add("virtual", "out/virtual.csv", "d4", "run", parents=[model.id, masked.id])
    other = lineage.add("source", "b.csv", "d5", "run")
    assert ids(lineage.descendants(source.id)) == ids([masked, model, virtual])
    assert ids(lineage.ancestors(virtual.id)) == ids([source, masked, model])
    assert ids(lineage.parents(virtual.id)) == ids([masked, model])
    assert lineage.descendants(other.id) == lineage.ancestors(other.id) == []
    assert lineage.by_place("out/model.gy") == model
    assert lineage.by_digest("d3") == [model]
    assert lineage.get(source.id).facts == {"n_rows": 3}
    assert ids(lineage.all(kind="source")) == ids([source, other])
    assert lineage.all(status="retired") == []


def test_the_same_again_changes_nothing(lineage: Lineage) -> None:
    first = lineage.add("masked", "a.csv", "d1", "mask")
    parent = lineage.add("source", "s.csv", "d0", "mask")
    again = lineage.add("source", "a.csv", "d1", "run", parents=[parent.id, parent.id])
    assert (again.id, again.kind, again.verb) == (first.id, "masked", "mask")
    assert ids(lineage.parents(first.id)) == [parent.id]
    lineage.add("source", "a.csv", "d1", "run", parents=[first.id], facts={"entity": "id"})
    assert lineage.add("source", "a.csv", "d1", "run", facts={"n": 1}).facts == {
        "entity": "id", "n": 1
    }  # fmt: skip
    assert ids(lineage.parents(first.id)) == [parent.id]


def test_new_content_at_a_place_succeeds_the_old(lineage: Lineage) -> None:
    old = lineage.add("source", "a.csv", "d1", "run")
    new = lineage.add("source", "a.csv", "d2", "run")
    assert new.succeeds == old.id
    assert lineage.by_place("a.csv") == new
    assert ids(lineage.history("a.csv")) == [new.id, old.id]
    lineage.add("source", "a.csv", "d1", "run")
    assert ids(lineage.history("a.csv")) == [old.id, new.id]


def test_statuses_are_kept_with_their_reasons(lineage: Lineage) -> None:
    model = lineage.add("model", "m.gy", "d1", "fit")
    assert model.status == "live"
    assert lineage.mark(model.id, "retrain-due", "erase").status == "retrain-due"
    assert lineage.mark(model.id, "retired", "policy").status == "retired"
    assert [mark[:2] for mark in lineage.marks(model.id)] == [
        ("retrain-due", "erase"), ("retired", "policy")
    ]  # fmt: skip
    assert lineage.add("model", "m.gy", "d1", "fit").status == "retired"
    assert code_of(lambda: lineage.mark(model.id, "gone")) == "lineage.status"
    assert code_of(lambda: lineage.mark("none", "live")) == "lineage.unknown"


def test_what_is_not_known_is_refused_whole(lineage: Lineage) -> None:
    assert code_of(lambda: lineage.add("thing", "a", "d", "run")) == "lineage.kind"
    assert (
        code_of(lambda: lineage.add("model", "a", "d", "run", parents=["none"]))
        == "lineage.unknown"
    )
    assert lineage.all() == []


def test_several_changes_are_one(lineage: Lineage) -> None:
    def change() -> None:
        with lineage.changing():
            lineage.add("source", "a", "d1", "run")
            lineage.add("source", "b", "d2", "run")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        change()
    assert lineage.all() == []


def test_what_was_never_made_is_dropped(lineage: Lineage) -> None:
    source = lineage.add("source", "a", "d1", "run")
    model = lineage.add("model", "m", "d2", "run", parents=[source.id])
    new = lineage.add("model", "m", "d3", "run", parents=[source.id])
    lineage.drop(model.id)
    assert lineage.get(new.id).succeeds is None
    assert ids(lineage.descendants(source.id)) == [new.id]


def test_a_blotted_place_is_nowhere_in_the_file(lineage: Lineage, tmp_path: Path) -> None:
    item = lineage.add("source", "scans/某患者.png", "d1", "run", facts={"title": "某患者"})
    assert "某患者".encode() in (tmp_path / "lineage.db").read_bytes()
    assert lineage.blot(item.id).place == f"erased:{item.id}"
    assert "某患者".encode() not in (tmp_path / "lineage.db").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["lineage.db"]


def test_erasures_are_kept_by_digest(lineage: Lineage) -> None:
    proof = lineage.add("proof", "proof.json", "d1", "erase")
    lineage.add_erasure("5d" * 32, proof.id)
    lineage.add_erasure("5d" * 32, proof.id)
    assert lineage.erasures == {"5d" * 32: proof.id}
    assert code_of(lambda: lineage.add_erasure("5e" * 32, "none")) == "lineage.unknown"


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=20))
def test_reaching_is_the_transitive_closure(edges: list[tuple[int, int]]) -> None:
    with TemporaryDirectory() as folder, Lineage(Path(folder) / "lineage.db") as lineage:
        nodes = [lineage.add("model", str(n), str(n), "run").id for n in range(10)]
        for child, parent in edges:
            lineage.add("model", str(child), str(child), "run", parents=[nodes[parent]])
        for start in range(10):
            reached, waiting = set(), [start]
            while waiting:
                for child, parent in edges:
                    if parent == waiting[0] and child not in reached and child != parent:
                        reached.add(child)
                        waiting.append(child)
                waiting.pop(0)
            found = set(ids(lineage.descendants(nodes[start])))
            assert found == {nodes[n] for n in reached - {start}}


def test_what_cannot_be_used(lineage: Lineage, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database" * 100)
    assert code_of(lambda: Lineage(tmp_path / "text.db")) == "lineage.unusable"
    with closing(sqlite3.connect(tmp_path / "lineage.db")) as connection:
        connection.execute("PRAGMA user_version=2")
    assert code_of(lambda: Lineage(tmp_path / "lineage.db")) == "workspace.future"


ADD = """
import sys
from guanyao.records.lineage import Lineage
with Lineage(sys.argv[1]) as lineage:
    before = lineage.add("source", "s", "d", "run").id
    print(flush=True)
    for n in range(10**6):
        with lineage.changing():
            one = lineage.add("model", f"m{n}-{sys.argv[2]}", "d", "run", parents=[before])
            two = lineage.add("virtual", f"v{n}-{sys.argv[2]}", "d", "run", parents=[one.id])
"""


def test_killed_at_any_moment_no_child_is_without_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "lineage.db"
    for moment in range(15):
        words = [sys.executable, "-c", ADD, str(path), str(moment)]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            try:
                process.wait(0.002 + 0.003 * moment)
            except subprocess.TimeoutExpired:
                process.kill()
        with Lineage(path) as lineage:
            models, made = lineage.all(kind="model"), lineage.all(kind="virtual")
            assert len(models) == len(made)
            assert all(lineage.parents(item.id) for item in (*models, *made))
