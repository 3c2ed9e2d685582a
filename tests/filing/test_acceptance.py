"""The acceptance checks of the filing, each through a real room: calendar to inspection.

Every check has more tests beside the code it is about; here each is done once from end to end.
Checks 2 and 3 are about labels in files (write, read again, strip, find; a label twice, a code of
a producer outside of ASCII). What writes and reads labels is not part of this software yet, so here
stands what is: the format in which a check of labels comes as evidence, the thresholds that clauses
hold it against, and the guard that refuses. Without LibreOffice check 8 says what it skips.
"""

import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import polars as pl
import pypdf
import pytest

from guanyao.errors import DataError
from guanyao.filing.document import UNFILLED
from guanyao.filing.form import Form
from guanyao.filing.ledger import MEETS
from guanyao.flows.filing import cases, clauses, draft, inspect, materials
from guanyao.flows.filing.export import export
from guanyao.flows.filing.keys import make_key, public_path, read_key, register_key
from guanyao.flows.filing.people import add_person
from guanyao.flows.filing.text import read
from guanyao.flows.filing.verify import verify, verify_zip
from guanyao.flows.filing.zip import write_zip
from guanyao.flows.run import run
from tests.filing import cast
from tests.filing.rooms import DATABASES, unguarded
from tests.filing.test_walks import PROFILES
from tests.flows.filing.case import (
    PASSPHRASE,
    FilingCase,
    case,
    frozen,
    made,
    ready,
    table,
    train,
)
from tests.flows.filing.play import RoomPlay, place, play
from tests.flows.filing.test_act import N_WALKS, walk_all

__all__ = ["case", "frozen", "made", "place", "play", "ready"]

REVIEW = (cast.REVIEWER, cast.REVIEWER_2, cast.DECIDER)


def to_review(found: FilingCase) -> None:
    for signer in cast.SIGNERS:
        assert found.sign(signer).done
    found.do("submit", cast.HEAD)
    found.do("accept", cast.CLERK)


def to_notice(found: FilingCase) -> datetime:
    """When the notice ends, which has begun."""
    to_review(found)
    for actor in REVIEW:
        found.do("pass", actor)
    deadline = found.filing.deadline("notice")
    assert deadline is not None
    return deadline.ends_at


# 1: the calendar


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-02-13", "2026-03-02"), ("2026-09-30", "2026-10-15"), ("2026-12-22", "2026-12-31")],
)
def test_1_a_notice_runs_seven_working_days(place: str | Path, start: str, end: str) -> None:
    play = RoomPlay(place, now=datetime.fromisoformat(f"{start}T04:00:00+00:00"))
    deadline = play.to_notice().filing.deadline("notice")
    assert deadline is not None
    assert (deadline.due.isoformat(), deadline.status) == (end, "official")
    play.now = deadline.ends_at - timedelta(seconds=1)
    early = play.attempt("close", cast.DECIDER, number="GY-1")
    assert [check.name for check in early.failed] == ["G11"]
    play.now = deadline.ends_at
    assert play.attempt("close", cast.DECIDER, number="GY-1").done
    play.room.close()


def test_1_plain_counting_is_wrong_for_51_of_236_starts(play: RoomPlay) -> None:
    with play.room.store.reading() as desk:
        calendar = play.room.calendar(desk)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(349)]
    starts = [day for day in days if calendar.day(day).is_working]
    wrong = [day for day in starts if calendar.due(day, 7).date != weekdays_after(day, 7)]
    assert (days[-1], len(starts), len(wrong)) == (date(2026, 12, 15), 236, 51)


def weekdays_after(day: date, n: int) -> date:
    """Mondays to Fridays counted, whatever the holidays."""
    while n:
        day += timedelta(days=1)
        n -= day.weekday() < 5
    return day


def test_1_a_notice_into_2027_does_not_close(play: RoomPlay) -> None:
    with play.room.store.reading() as desk, pytest.raises(DataError) as error:
        play.room.calendar(desk).due(date(2026, 12, 23), 7)
    assert error.value.code == "calendar.unknown_year"
    play.now = datetime(2026, 12, 23, 4, tzinfo=UTC)
    deadline = play.to_notice().filing.deadline("notice")
    assert deadline is not None
    assert deadline.status == "provisional"
    play.now = deadline.ends_at + timedelta(days=30)
    refused = play.attempt("close", cast.DECIDER, number="GY-1")
    assert [check.why.en for check in refused.failed] == [
        "the end rests on days that are not official yet"
    ]
    assert play.filing.state == "PUBLIC_NOTICE"


# 2 and 3: labels, as far as they are evidence


def label_check(model: str, **counts: int) -> dict[str, Any]:
    whole = {"n_checked": 2_000, "n_explicit": 2_000, "n_implicit": 2_000}
    carrier = {"carrier": "xlsx", **whole, "n_contradictory": 0, "n_damaged": 0, **counts}
    return {
        "schema": "guanyao.label-check/1",
        "created": "2026-11-20T01:00:00+00:00",
        "model_digest": model,
        "sampling": {"how": "drawn by chance from what was delivered", "seed": 1},
        "carriers": [carrier],
    }


def labelled(found: FilingCase, **counts: int) -> tuple[str, ...] | None:
    """What the guard on labels says once such a check was handed in."""
    clauses.take_back(found.room, found.id, cast.HEAD, "guanyao-commission", "E4-labels")
    record = label_check(model_of(found), **counts)
    found.add(found.file("labels.json", json.dumps(record)))
    labels: tuple[str, ...] | None = found.facts("sign").label_failures
    return labels


def model_of(found: FilingCase) -> str:
    with found.room.store.reading() as desk:
        [record] = [r for r in desk.records(found.id, "evidence").values() if r["kind"] == "run"]
        outputs = json.loads(desk.file(record["file"]))["outputs"]
    return next(str(one["digest"]) for one in outputs if one["name"] == "model.gy")


@pytest.mark.parametrize(
    ("counts", "named"),
    [
        ({}, ""),
        ({"n_explicit": 1_000}, "label.explicit_share"),
        ({"n_implicit": 1_000}, "label.implicit_share"),
        ({"n_contradictory": 1}, "label.n_contradictory"),
    ],
)
def test_2_and_3_labels_that_are_missing_or_contradict_refuse(
    made: dict[str, FilingCase], tmp_path: Path, counts: dict[str, int], named: str
) -> None:
    found = made["ready"].copied(tmp_path)
    failures = labelled(found, **counts)
    assert failures is not None
    assert bool(failures) == bool(named)
    assert all("label." in failure for failure in failures)
    found.room.close()


@pytest.mark.parametrize("wrong", [{"n_explicit": 2_001}, {"n_damaged": -1}])
def test_2_and_3_a_check_of_labels_that_cannot_be_is_refused(
    made: dict[str, FilingCase], tmp_path: Path, wrong: dict[str, int]
) -> None:
    found = made["ready"].copied(tmp_path)
    with pytest.raises(DataError):
        labelled(found, **wrong)
    found.room.close()


# 4: one changed row


def test_4_a_changed_row_makes_results_stale_and_submitting_is_refused(frozen: FilingCase) -> None:
    for signer in cast.SIGNERS:
        assert frozen.sign(signer).done
    frozen.wait(hours=1)
    again = train(frozen.folder, "again", first=1, at=frozen.now)
    record = json.loads(again.paths["record"].read_text(encoding="utf-8"))
    digests = {one["name"]: one["digest"] for one in record["outputs"]}
    assert digests["model.gy"] != frozen.filing.model_digest
    frozen.add(again.paths["record"])
    blocks = clauses.status(frozen.room, frozen.id)["blocks"]
    stale = {f"{b['pack']}/{b['clause']}" for b in blocks if b["kind"] == "stale"}
    assert stale
    refused = frozen.attempt("submit", cast.HEAD)
    failed = {check.name: check for check in refused.failed}
    assert {"G3", "G7", "G13"} <= set(failed)
    assert set(failed["G3"].items) == stale
    assert stale <= set(failed["G7"].items)
    assert frozen.filing.state == "READY"


# 5: four eyes


def test_5_nobody_reviews_and_decides(frozen: FilingCase) -> None:
    to_review(frozen)
    for actor in REVIEW[:2]:
        frozen.do("pass", actor)
    person = cast.REVIEWER.person
    as_decider = frozen.attempt("pass", replace(cast.DECIDER, person=person))
    assert "four eyes: the same person held the duty review" in [
        check.why.en for check in as_decider.failed if check.name == "G9"
    ]
    assert frozen.filing.state == "UNDER_REVIEW"
    assert frozen.attempt("pass", cast.DECIDER).done


# 6: the last second


def test_6_an_objection_is_heard_until_the_last_second(frozen: FilingCase) -> None:
    end = to_notice(frozen)
    assert end.isoformat().endswith("T00:00:00+08:00")
    frozen.now = end - timedelta(seconds=1)
    heard = cases.object(frozen.room, frozen.id, None, "the notice names no label")
    frozen.now = end
    late = cases.object(frozen.room, frozen.id, None, "the notice names no label")
    assert (heard.outcome.done, late.outcome.done) == (True, False)
    assert late.outcome.code == "filing.clock"
    with frozen.room.store.reading() as desk:
        assert desk.record(frozen.id, cases.UNHEARD, late.number) is not None
    assert frozen.room.store.verify().ok


# 7: one byte


def test_7_one_changed_byte_is_named(frozen: FilingCase) -> None:
    add_person(frozen.room, "ann", roles=["provider_admin"], organisation=cast.PROVIDER)
    for signer in cast.SIGNERS:
        path = frozen.folder / f"{signer.person}.pem"
        make_key(path, PASSPHRASE)
        register_key(frozen.room, signer.person, public_path(path), by="ann", replace=True)
        frozen.keys[signer.person] = read_key(path, PASSPHRASE)
    to_review(frozen)
    out = frozen.folder / "dossier.zip"
    export(frozen.room, frozen.id, out)
    with ZipFile(out) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    assert verify(out).ok
    for name, content in parts.items():
        middle = len(content) // 2
        changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        found = verify_zip(write_zip({**parts, name: changed}))
        assert name in {failure.where for failure in found.failures}
    assert verify(frozen.place).ok
    unguarded(
        frozen.place, "UPDATE audit_line SET content = replace(content, 'provider', 'provides')"
    )
    assert not verify(frozen.place).ok


# 8: the package


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory, made: dict[str, FilingCase]) -> Path:
    """A dossier that Guanyao drafted itself, exported and unpacked."""
    folder = tmp_path_factory.mktemp("package")
    found = made["ready"].copied(folder)
    facts = found.facts_stated()
    said = {q.id: q.example for q in Form.shipped().open({}, facts)}
    answers = found.file("answers.json", json.dumps({"answers": "guanyao.answers/1", **said}))
    materials.put_answers(found.room, found.id, answers, cast.HEAD)
    trained = made["ready"].folder / "first" / "model.gy"
    materials.put_card(found.room, found.id, trained, cast.EDITOR)
    with found.room.store.reading() as desk:
        slots = list(desk.records(found.id, "material"))
    for slot in slots:
        materials.detach(found.room, found.id, slot, actor=cast.EDITOR)
    for decides in (False, True):
        if decides:
            decide_again(found)
        draft.draft(found.room, found.id, cast.EDITOR)
        materials.confirm(found.room, found.id, (), cast.HEAD)
    found.frozen()
    for signer in cast.SIGNERS:
        assert found.sign(signer).done
    export(found.room, found.id, folder / "dossier.zip")
    found.room.close()
    with ZipFile(folder / "dossier.zip") as file:
        file.extractall(folder / "out")
    return folder / "out"


def decide_again(found: FilingCase) -> None:
    """Take over what is proposed, and decide what the drafts left behind."""
    clauses.take(found.room, found.id, cast.HEAD)
    for block in clauses.status(found.room, found.id)["blocks"]:
        key = (block["pack"], block["clause"])
        clauses.decide(found.room, found.id, cast.HEAD, *key, MEETS, reason=cast.REASON)


def files(package: Path, *endings: str) -> Iterator[Path]:
    return (path for path in sorted(package.rglob("*")) if path.suffix in endings)


def test_8_nothing_is_left_open_and_no_secret_is_inside(package: Path) -> None:
    seen = [path for path in files(package, ".docx", ".pdf", ".xlsx", ".json", ".txt")]
    assert {path.suffix for path in seen} == {".docx", ".pdf", ".xlsx", ".json", ".txt"}
    for path in seen:
        reading = read(path.read_bytes())
        text = "\n".join(piece.text for piece in reading.pieces)
        assert text.strip(), path.name
        assert "{{" not in text
        assert not UNFILLED.search(text)
        assert reading.closed == []


def test_8_the_fonts_of_every_pdf_are_embedded(package: Path) -> None:
    pdfs = list(files(package, ".pdf"))
    assert pdfs
    for path in pdfs:
        fonts = list(fonts_of(path.read_bytes()))
        assert fonts
        assert all(fonts), path.name


def fonts_of(content: bytes) -> Iterator[bool]:
    for page in pypdf.PdfReader(io.BytesIO(content)).pages:
        for font in page["/Resources"]["/Font"].values():
            for inner in font.get_object().get("/DescendantFonts", [font]):
                about = inner.get_object()["/FontDescriptor"]
                yield any(f"/FontFile{n}" in about for n in ("", "2", "3"))


def test_8_every_file_opens_in_libreoffice(package: Path, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not here (Debian: libreoffice-writer-nogui and -calc-nogui)")
    own = list(files(package, ".docx", ".xlsx"))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, "--headless", profile, "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, *map(str, own)], capture_output=True, timeout=180, check=True)
    shown = {path.stem: pypdf.PdfReader(path) for path in tmp_path.glob("*.pdf")}
    assert set(shown) == {path.stem for path in own}
    assert all(pdf.pages for pdf in shown.values())


# 9: random walks


@pytest.mark.parametrize("database", DATABASES)
def test_9_no_walk_through_a_room_breaks_a_rule(database: str, tmp_path: Path) -> None:
    """Every workflow; no guard is passed by, and the chain of each room holds."""
    assert len(PROFILES) == 4
    walk_all(tmp_path, database, range(N_WALKS))


# 10: a swapped model


@pytest.fixture(scope="module")
def swapped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the same kind that learned from other people."""
    folder = tmp_path_factory.mktemp("swapped")
    others = table().with_columns(pl.col("age") + 400, pl.col("days") * 30)
    others.write_csv(folder / "other.csv")
    options: dict[str, Any] = {"model": "independent", "canaries": False, "target": "sex"}
    return run(folder / "other.csv", out=folder / "other", **options).paths["model"]


def test_10_a_swapped_model_is_caught_by_its_digest_and_by_its_figures(
    frozen: FilingCase, made: dict[str, FilingCase], swapped: Path
) -> None:
    frozen.now = to_notice(frozen)
    frozen.do("close", cast.DECIDER, number="GY-1")
    trained = frozen.folder if (frozen.folder / "first").exists() else made["ready"].folder
    found = {}
    for name, model in (("filed", trained / "first" / "model.gy"), ("swapped", swapped)):
        room, actor = frozen.room, cast.INSPECTOR
        planned = inspect.plan(room, frozen.id, actor, "complaints", announce=False)
        [id] = planned.require().opened
        inspect.pull_pack(room, frozen.id, id, actor).require()
        source = trained / "first.csv"
        seen = inspect.measure(room, frozen.id, id, actor, source=source, model=model)
        found[name] = {finding.code for finding in seen.findings}
        reason = cast.REASON
        inspect.conclude(room, frozen.id, id, actor, seen.grade, reason).require()
    assert not found["filed"] & {"digest", "metrics"}
    assert {"digest", "metrics"} <= found["swapped"]
    assert [one["finding"] for one in inspect.inspections(room, frozen.id)][1] == "critical"
