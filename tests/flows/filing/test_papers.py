"""Letters and papers of a filing: what they say, to whom, and when there is none."""

from pathlib import Path

import pytest

from guanyao.errors import ConfigError, DataError, UnknownNameError
from guanyao.filing.documents import DOCUMENTS, write
from guanyao.filing.documents.decision_letter import LETTERS
from guanyao.filing.documents.decision_letter import letter as decision_letter
from guanyao.filing.documents.promised import (
    ELSEWHERE,
    PAPERS,
    WITHIN,
    command_for,
    letter_of,
    paper_of,
)
from guanyao.filing.dossier import Dossier
from guanyao.flows.filing import cases, inspect, materials, papers
from guanyao.flows.filing.facts import dossier_of
from guanyao.flows.filing.text import read
from tests.filing import cast
from tests.flows.filing.case import FilingCase, frozen, made, small_docx

__all__ = ["frozen", "made"]

PROFILES = ("notice7", "cn-genai-filing", "cn-genai-registration", "cn-algorithm-filing")


def dossier(case: FilingCase) -> Dossier:
    with case.room.store.reading() as desk:
        return dossier_of(desk, case.room, case.filing, case.now)


def letter(case: FilingCase, event: str) -> str:
    """What the letter on the newest act of this event says."""
    whole = dossier(case)
    act = [act for act in whole.acts if act["event"] == event and act["done"]][-1]
    return "\n".join(decision_letter(whole, act).texts())


def to_notice(case: FilingCase) -> FilingCase:
    for signer in cast.SIGNERS:
        assert case.sign(signer).done
    case.do("submit", cast.HEAD)
    case.do("accept", cast.CLERK)
    for actor in (cast.REVIEWER, cast.REVIEWER_2, cast.DECIDER):
        case.do("pass", actor)
    return case


def to_filed(case: FilingCase) -> FilingCase:
    deadline = to_notice(case).filing.deadline("notice")
    assert deadline is not None
    case.now = deadline.ends_at
    case.do("close", cast.DECIDER, number="GY-1")
    return case


@pytest.mark.parametrize("name", PROFILES)
def test_there_is_a_command_for_every_document_of_every_workflow(name: str) -> None:
    machines = cast.profile(name).machines
    named = {d for m in machines for t in m.transitions for d in t.documents}
    for one in named:
        assert command_for(one, 1).startswith("guanyao filing ")
        assert (one in ELSEWHERE) + bool(letter_of(one)) + bool(paper_of(one)) == 1


def test_the_table_names_only_what_there_is() -> None:
    assert set(PAPERS.values()) <= set(DOCUMENTS)
    assert set(WITHIN.values()) <= set(LETTERS)
    with pytest.raises(UnknownNameError) as error:
        command_for("novel")
    assert error.value.code == "filing.document"


def test_a_letter_says_what_was_so_when_it_was_sent(frozen: FilingCase, tmp_path: Path) -> None:
    to_filed(frozen)
    accepted, certificate = letter(frozen, "accept"), letter(frozen, "close")
    assert "GY-1" not in accepted
    assert "期限：审核" not in accepted
    assert "GY-1" in certificate
    out = tmp_path / "letter.pdf"
    written = papers.paper(frozen.room, "f-1", "list_entry", out)
    assert (written.title, written.unfilled) == ("备案通知书", ())
    assert out.read_bytes()[:5] == b"%PDF-"


def test_an_objector_is_told_the_receipt_and_the_answer(frozen: FilingCase) -> None:
    to_notice(frozen)
    contact = {"name": "王小明", "phone": "154 0013 8000"}
    receipt = cases.object(frozen.room, "f-1", None, "the notice names no label", contact=contact)
    case = receipt.case
    text = letter(frozen, "object")
    assert text.splitlines()[2] == "异议人："
    assert receipt.number in text
    assert receipt.token not in text
    assert "王小明" not in text
    cases.admit(frozen.room, "f-1", case, cast.CLERK).require()
    cases.investigate(frozen.room, "f-1", case, cast.CLERK, ["Which label?"]).require()
    cases.provider_answer(frozen.room, "f-1", case, cast.HEAD, "the label of the standard")
    found = ("dismissed", cast.REASON)
    cases.find(frozen.room, "f-1", case, cast.DECIDER, *found).require()
    said = "it is named on the second page"
    cases.answer(frozen.room, "f-1", case, cast.DECIDER, said, reason=cast.REASON).require()
    assert said in letter(frozen, "answer_objector")
    digest = "\n".join(write("objection_digest", dossier(frozen)).texts())
    assert "the label of the standard" in digest
    assert said in digest


def test_what_an_inspection_measured_stands_in_its_papers(
    frozen: FilingCase, made: dict[str, FilingCase]
) -> None:
    to_filed(frozen)
    is_here = frozen.folder.joinpath("first").exists()
    model = frozen.folder if is_here else made["ready"].folder
    room, actor = frozen.room, cast.INSPECTOR
    [case] = inspect.plan(room, "f-1", actor, "complaints", announce=False).require().opened
    assert "complaints" in letter(frozen, "plan_inspection")
    inspect.pull_pack(room, "f-1", case, actor).require()
    seen = inspect.measure(
        room, "f-1", case, actor, source=model / "first.csv", model=model / "first" / "model.gy"
    )
    pack = "\n".join(write("inspection_pack", dossier(frozen)).texts())
    assert seen.measurement.live_model in pack
    assert pack.count("；复测 ") == len(seen.measurement.compared)
    inspect.conclude(room, "f-1", case, actor, "minor", cast.REASON).require()
    for person in (actor, cast.DECIDER):
        frozen.do("order_rectify", person)
    order = letter(frozen, "order_rectify")
    assert all(finding.why.zh in order for finding in seen.findings)


def test_a_further_version_is_compared_with_the_one_before(frozen: FilingCase) -> None:
    first = "\n".join(write("dossier_diff", dossier(frozen)).texts())
    assert "没有更早的版本" in first
    for signer in cast.SIGNERS:
        frozen.sign(signer)
    frozen.do("submit", cast.HEAD)
    frozen.do("request_correction", cast.CLERK, gaps=["page 3 is missing"])
    path = frozen.file("application_form.docx", small_docx("第三页已补。"))
    materials.attach(frozen.room, "f-1", "application_form", path, actor=cast.EDITOR)
    for signer in cast.SIGNERS:
        frozen.sign(signer)
    frozen.freeze().require()
    second = "\n".join(write("dossier_diff", dossier(frozen)).texts())
    assert "第 1 版 → 第 2 版" in second
    assert "page 3 is missing" in second
    assert second.count("变更") == 1


def test_a_change_is_told_without_a_reason(frozen: FilingCase) -> None:
    to_filed(frozen)
    day = frozen.now.date().isoformat()
    said = {"reason": "", "change": "model", "changed_on": day}
    frozen.do("declare_change", cast.HEAD, **said)
    report = write("change_report", dossier(frozen))
    assert f"变更事项：model；变更日期：{day}" in "\n".join(report.texts())


@pytest.mark.parametrize(
    ("name", "out", "act", "kind", "code"),
    [
        ("novel", "a.docx", None, UnknownNameError, "filing.document"),
        ("scope_memo", "a.xlsx", None, ConfigError, "filing.paper_format"),
        ("clause_matrix", "a.docx", None, ConfigError, "filing.paper_format"),
        ("certificate", "a.docx", None, DataError, "filing.no_letter"),
        ("comments", "a.docx", 1, DataError, "filing.no_letter"),
    ],
)
def test_what_cannot_be_written_is_said_and_nothing_is_there(
    frozen: FilingCase,
    tmp_path: Path,
    name: str,
    out: str,
    act: int | None,
    kind: type[Exception],
    code: str,
) -> None:
    with pytest.raises(kind) as error:
        papers.paper(frozen.room, "f-1", name, tmp_path / out, act=act)
    assert getattr(error.value, "code", "") == code
    assert not (tmp_path / out).exists()


def test_a_letter_opens_as_a_file(frozen: FilingCase, tmp_path: Path) -> None:
    frozen.do("return", cast.SIGNERS[0])
    [row] = [r for r in papers.promised(frozen.room, "f-1") if r["document"] == "comments"]
    assert row["command"] == f"guanyao filing document comments --act {row['act']} -o FILE.docx"
    papers.paper(frozen.room, "f-1", "comments", tmp_path / "c.docx", act=row["act"])
    text = "\n".join(p.text for p in read((tmp_path / "c.docx").read_bytes()).pieces)
    assert cast.REASON in text
    assert "签字人" in text
