"""The public view and the papers of an inspection: written for the export itself."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from guanyao.errors import EvidenceMissingError, PrivacyError
from guanyao.filing.form import Form
from guanyao.flows.filing.export import Exported, export
from guanyao.flows.filing.text import read
from guanyao.flows.filing.verify import verify
from guanyao.flows.filing.zip import read_zip
from tests.filing.made_evidence import write_run
from tests.flows.filing.desk_play import CONTACT, Play, again, begun, good, keys

__all__ = ["begun", "good", "keys"]

FACTS = {"public": True, "modality": ["table"], "learns_from_data": True, "base_model": "own"}


@pytest.fixture
def play(tmp_path: Path, begun: Path, keys: Path, good: None) -> Iterator[Play]:
    found = again(begun, tmp_path, keys)
    examples = {q.id: q.example for q in Form.shipped().questions if q.example}
    found.put("answers", "current", {"answers": {**examples, **CONTACT}})
    service = {"service": "guanyao.service/1", "name": "虚拟数据服务", "provider": "某医院"}
    found.put("service", "current", {**service, "facts": FACTS})
    found.signed()
    yield found
    found.room.close()


def exported(play: Play, kind: str) -> Exported:
    return export(play.room, play.filing, play.folder / f"{kind}.zip", kind=kind)


def test_the_public_view_is_the_notice_and_nothing_else(play: Play) -> None:
    with pytest.raises(EvidenceMissingError) as caught:
        exported(play, "public")
    assert caught.value.code == "filing.unfilled"
    run = write_run(play.folder / "run.json").read_bytes()
    with play.room.store.writing() as desk:
        digest = desk.put_file(run)
    id = f"run:{digest[:12]}"
    record = {"id": id, "kind": "run", "name": "run.json", "digest": digest, "file": digest}
    play.put("evidence", id, record)
    found = exported(play, "public")
    assert {Path(name).suffix for name in found.files} == {".docx", ".pdf", ".json"}
    assert {name.partition("/")[0] for name in found.files} == {"公示", "package.json"}
    parts = read_zip(found.path.read_bytes()).parts
    text = "\n".join(p.text for part in parts.values() for p in read(part).pieces)
    assert "虚拟数据服务" in text
    assert not any(value in text for value in CONTACT.values())
    verdict = verify(found.path)
    assert verdict.ok, verdict.failures
    assert verdict.facts["kind"] == "public"


def test_an_inspection_gets_the_dossier_and_the_evidence(play: Play) -> None:
    content = json.dumps({"schema": "x", "n": 1}).encode()
    with play.room.store.writing() as desk:
        digest = desk.put_file(content)
    record = {"id": "bank:1234", "kind": "bank", "name": "b.json", "digest": digest, "file": digest}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("guanyao.flows.filing.stand.read_kept", lambda content, name: _evidence())
        play.put("evidence", "bank:1234", record)
        found = exported(play, "inspection")
    assert "证据/bank-1234 b.json" in found.files
    assert sum(name.startswith("监督检查材料/") for name in found.files) == 2
    assert "manifest.json" in found.files
    verdict = verify(found.path)
    assert verdict.ok, verdict.failures


def _evidence() -> object:
    from guanyao.filing.evidence import Evidence

    return Evidence(id="bank:1234", kind="bank", name="b.json", digest="a" * 64)


def test_evidence_with_a_secret_does_not_go_out(play: Play) -> None:
    with play.room.store.writing() as desk:
        digest = desk.put_file(b'{"api_key": "Zx81kLmQ02pWvB"}')
    record = {"id": "bank:1", "kind": "bank", "name": "b.json", "digest": digest, "file": digest}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("guanyao.flows.filing.stand.read_kept", lambda content, name: _evidence())
        play.put("evidence", "bank:1", record)
        with pytest.raises(PrivacyError) as caught:
            exported(play, "inspection")
    assert "证据/bank-1 b.json, line 1: key or token" in str(caught.value)
    assert list(play.folder.glob("*.zip")) == []
