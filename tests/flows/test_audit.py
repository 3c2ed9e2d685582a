"""Audit as a verb: begin, look, check, take out, anchor; and its commands."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from guanyao.cli.main import GROUPS, main
from guanyao.errors import DataError, GuanyaoError
from guanyao.flows import audit
from guanyao.records.anchor import Anchor
from guanyao.records.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = audit.init(tmp_path / "study", who="operator")
    for number in range(5):
        workspace.audit.append("run", facts={"n_rows": number})
    return workspace


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(GuanyaoError) as caught:
        act()
    return caught.value.code


def tamper(workspace: Workspace, *statements: str) -> None:
    path = workspace.folder / "audit.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name in ("update", "delete", "insert"):
            connection.execute(f"DROP TRIGGER IF EXISTS audit_line_{name}")
        for statement in statements:
            connection.execute(statement)


def test_the_log_shows_the_newest_lines(workspace: Workspace) -> None:
    assert [line.seq for line in audit.log(workspace)] == [1, 2, 3, 4, 5, 6]
    assert [line.seq for line in audit.log(workspace.root, n_lines=2)] == [5, 6]
    assert audit.log(workspace, n_lines=0) == []
    assert len(audit.log(workspace, n_lines=99)) == 6
    assert audit.log(workspace)[0].who == "operator"


def test_a_chain_is_checked_against_its_anchor(workspace: Workspace, tmp_path: Path) -> None:
    head = tmp_path / "head.json"
    anchor = audit.anchor_to(workspace, head)
    assert Anchor.load(head) == anchor
    found = audit.verify(workspace, anchor=head)
    assert (found.verdict.ok, found.anchored) == (True, 6)
    tamper(workspace, "DELETE FROM audit_line WHERE seq > 3")
    assert audit.verify(workspace).verdict.fault == "triggers"
    assert audit.verify(workspace, anchor=head).verdict.first_broken == 4


def test_a_broken_chain_is_not_anchored(workspace: Workspace, tmp_path: Path) -> None:
    tamper(workspace, "UPDATE audit_line SET content = '{}' WHERE seq = 2")
    assert code_of(lambda: audit.anchor_to(workspace, tmp_path / "head.json")) == "audit.broken"
    assert not (tmp_path / "head.json").exists()


def test_an_anchor_gives_way_only_to_one_of_its_own_chain(
    workspace: Workspace, tmp_path: Path
) -> None:
    head = tmp_path / "head.json"
    first = audit.anchor_to(workspace, head)
    workspace.audit.append("run")
    assert audit.anchor_to(workspace, head).seq == first.seq + 1
    with Workspace.create(tmp_path / "other") as other:
        assert code_of(lambda: audit.anchor_to(other, head)) == "audit.broken"
    (tmp_path / "notes.txt").write_text("mine")
    assert code_of(lambda: audit.anchor_to(workspace, tmp_path / "notes.txt")) == "audit.anchor"
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert Anchor.load(head).seq == first.seq + 1


def test_an_authority_is_asked_when_it_is_named(workspace: Workspace, tmp_path: Path) -> None:
    pytest.importorskip("rfc3161_client")
    asked: list[tuple[str, bytes]] = []

    def silent(url: str, request: bytes) -> bytes:
        asked.append((url, request))
        return b""

    url = "https://tsa.example.com"
    head = tmp_path / "head.json"
    with pytest.raises(DataError) as caught:
        audit.anchor_to(workspace, head, authority=url, transport=silent)
    assert caught.value.code == "audit.timestamp"
    assert asked[0][0] == url
    assert not head.exists()


def test_an_export_can_be_checked_by_anybody(workspace: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "audit.jsonl"
    assert audit.export(workspace, out) == 6
    begun, *lines = [json.loads(text) for text in out.read_text("utf-8").splitlines()]
    prev = hashlib.sha256(begun["genesis"].encode()).hexdigest()
    for record in lines:
        line = record["line"]
        text = json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert line["prev"] == prev
        prev = hashlib.sha256(text.encode()).hexdigest()
        assert prev == record["hash"]
    head = tmp_path / "head.json"
    audit.anchor_to(workspace, head)
    assert audit.verify_export(out, anchor=head).verdict.ok


def test_a_changed_export_is_found(workspace: Workspace, tmp_path: Path) -> None:
    out, head = tmp_path / "audit.jsonl", tmp_path / "head.json"
    audit.export(workspace, out)
    audit.anchor_to(workspace, head)
    texts = out.read_text("utf-8").splitlines()
    out.write_text(
        "\n".join([*texts[:3], texts[3].replace('"n_rows":1', '"n_rows":9'), *texts[4:]])
    )
    assert audit.verify_export(out).verdict.first_broken == 3
    out.write_text("\n".join(texts[:-1]))
    assert audit.verify_export(out).verdict.ok
    assert audit.verify_export(out, anchor=head).verdict.fault == "tail"


@pytest.mark.parametrize("text", ["", "{}", "[]\n[]", '{"genesis": 1, "schema": "x"}'])
def test_what_is_no_export(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.jsonl").write_text(text)
    assert code_of(lambda: audit.verify_export(tmp_path / "a.jsonl")) == "audit.export"
    assert code_of(lambda: audit.verify_export(tmp_path / "none")) == "audit.export"


def test_an_export_is_whole_or_not_there(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tamper(workspace, "UPDATE audit_line SET content = 'no JSON' WHERE seq = 4")
    assert code_of(lambda: audit.export(workspace, tmp_path / "a.jsonl")) == "audit.broken"
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_a_chain_that_is_gone_is_a_verdict(workspace: Workspace) -> None:
    workspace.close()
    (workspace.folder / "audit.db").write_bytes(b"no database" * 999)
    assert audit.verify(workspace.root).verdict.fault == "damaged"
    (workspace.folder / "audit.db").unlink()
    assert audit.verify(workspace.root).verdict.fault == "damaged"


# Commands


def said(words: str, capfd: pytest.CaptureFixture[str], status: int = 0) -> str:
    assert main(words.split()) == status
    out, err = capfd.readouterr()
    return err if status == 2 else out


def test_the_commands_on_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GUANYAO_WORKSPACE", raising=False)
    assert "workspace.missing" in said("audit log", capfd, 2)
    assert "study" in said("audit init study --hash sm3 --who me", capfd)
    assert "workspace.missing" in said("audit verify", capfd, 2)
    monkeypatch.setenv("GUANYAO_WORKSPACE", "study")
    assert "audit.init" in said("audit log", capfd)
    assert json.loads(said("audit log -n 1 --json", capfd))["lines"][0]["who"] == "me"
    assert "line 1" in said("audit anchor -o head.json", capfd)
    assert "1 lines" in said("audit export -o a.jsonl", capfd)
    assert "anchored up to line 1" in said("audit verify --anchor head.json", capfd)
    assert json.loads(said("audit verify --file a.jsonl --json", capfd))["ok"] is True
    (tmp_path / "study" / "deep").mkdir()
    monkeypatch.delenv("GUANYAO_WORKSPACE")
    monkeypatch.chdir(tmp_path / "study" / "deep")
    assert "cannot be told" in said("audit verify", capfd)


def test_a_broken_chain_has_an_exit_status_of_its_own(
    workspace: Workspace, capfd: pytest.CaptureFixture[str]
) -> None:
    tamper(workspace, "UPDATE audit_line SET content = '{}' WHERE seq = 2")
    out = said(f"audit verify --workspace {workspace.root}", capfd, 1)
    assert out == "broken: line 2 was changed: its text does not have its hash\n"
    found = json.loads(said(f"audit verify --json --workspace {workspace.root}", capfd, 1))
    assert (found["ok"], found["first_broken"]) == (False, 2)


def test_a_run_is_recorded_in_the_nearest_workspace(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GUANYAO_WORKSPACE", raising=False)
    monkeypatch.chdir(workspace.root)
    rows = "".join(f"{n},{n % 7},{'ab'[n % 2]}\n" for n in range(300))
    Path("rows.csv").write_text("n,m,c\n" + rows)
    said("fit rows.csv -o m.gy --model independent -q", capfd)
    said("sample m.gy -n 5 -o v.csv -q", capfd)
    assert [line.act for line in audit.log(workspace, n_lines=2)] == ["fit", "sample"]
    said("sample m.gy -n 5 -o v.csv -q --workspace none", capfd, 2)


@pytest.mark.parametrize("name", sorted(GROUPS["audit"][1]))
def test_help_gives_an_example(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert f"  guanyao audit {name}" in said(f"audit {name} --help", capfd)


def test_an_exported_line_can_be_read_in_one_way_only(workspace: Workspace, tmp_path: Path) -> None:
    """Of a name that stands twice, another reader might take the first."""
    out = tmp_path / "audit.jsonl"
    audit.export(workspace, out)
    text = out.read_bytes()
    twice = text.replace(b'"line":{"act":"run"', b'"line":{"act":"fit","act":"run"', 1)
    assert twice != text
    out.write_bytes(twice)
    assert code_of(lambda: audit.verify_export(out)) == "audit.export"


@pytest.mark.parametrize(
    "line",
    ["[" * 200_000, '{"hash":"x","line":{"prev":"\\ud800","seq":1}}', '{"hash":NaN,"line":{}}'],
    ids=["deep", "half", "nan"],
)
def test_a_hostile_export_is_refused(workspace: Workspace, tmp_path: Path, line: str) -> None:
    out = tmp_path / "audit.jsonl"
    audit.export(workspace, out)
    out.write_text(out.read_text().splitlines()[0] + "\n" + line + "\n")
    assert code_of(lambda: audit.verify_export(out)) == "audit.export"
