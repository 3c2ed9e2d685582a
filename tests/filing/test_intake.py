"""Evidence of what commands leave, and of formats fixed for others: read strictly, or refused."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from guanyao.errors import DataError
from guanyao.filing.evidence import subject_of
from guanyao.filing.intake import gather, read, read_bytes
from guanyao.filing.json_schema import faults
from guanyao.records import evidence as sealed
from tests.filing.made_evidence import (
    DATA,
    MODEL,
    NOW,
    ago,
    attack,
    bank,
    document,
    run_record,
    sample,
    write,
    write_run,
)


def values(path: Path) -> dict[str, float]:
    return {name: found.value for name, found in read(path).measures.items()}


def test_a_record_of_a_run(tmp_path: Path) -> None:
    promise = {"epsilon": 3.0, "delta": 1e-6}
    found = read(write_run(tmp_path / "run.json", privacy=promise))
    assert found.kind == "run" and found.is_sealed and not found.is_human
    assert found.rests_on == {"model": MODEL, "data": DATA}
    assert found.as_of == NOW - timedelta(days=1)
    assert values(tmp_path / "run.json") == {
        "attack.auc": 0.52,
        "attack.n_usable": 1,
        "dp.epsilon": 3,
        "dp.delta": 1e-6,
        "exact_copies.excess": 0,
        "personal.n_direct_learned": 0,
        "score.exact_copies": 0.01,
    }
    copies = found.measures["exact_copies.excess"]
    assert (copies.low, copies.high) == (pytest.approx(-0.002), pytest.approx(0.002))


def test_the_strongest_attack_is_the_one_whose_upper_end_is_highest(tmp_path: Path) -> None:
    attacks = [attack(0.6, 0.55, 0.62), attack(0.55, 0.4, 0.7), attack(0.9, 0.8, 1, usable=False)]
    found = read(write_run(tmp_path / "run.json", attacks=attacks)).measures
    assert (found["attack.auc"].value, found["attack.auc"].high) == (0.55, 0.7)
    assert found["attack.n_usable"].value == 2


def test_an_attack_without_an_interval_shows_nothing(tmp_path: Path) -> None:
    attacks = [{"name": "x", "group": "random", "usable": True, "auc": 0.5}]
    found = read(write_run(tmp_path / "run.json", attacks=attacks)).measures["attack.auc"]
    assert found.against("<=", 0.6) == "not_shown"
    assert found.to_json()["high"] is None


def test_a_column_that_names_people_and_was_learned_is_counted(tmp_path: Path) -> None:
    columns = [
        {"column": "name", "role": "feature", "sensitivity": "direct"},
        {"column": "age", "role": "feature", "sensitivity": "quasi"},
    ]
    found = values(write_run(tmp_path / "run.json", personal_data=columns))
    assert found["personal.n_direct_learned"] == 1


def test_one_changed_byte_of_a_record_is_found(tmp_path: Path) -> None:
    path = write_run(tmp_path / "run.json")
    path.write_bytes(path.read_bytes().replace(b"0.52", b"0.51"))
    with pytest.raises(DataError) as error:
        read(path)
    assert error.value.code == "filing.seal"


def test_a_report_counts_unless_its_record_stands_beside_it(tmp_path: Path) -> None:
    record = run_record()
    report = {
        "schema": "guanyao.report/1",
        "run": {"created": record["created"]},
        "data": {"source_digest": DATA},
        "model": {"digest": MODEL, "privacy": None},
        "scores": record["scores"],
        "attacks": record["attacks"],
    }
    found, _ = gather([write(tmp_path / "report.json", report)])
    assert not found[0].is_sealed and found[0].rests_on == {"model": MODEL, "data": DATA}
    write_run(tmp_path / "run.json")
    write(tmp_path / "other.json", {"schema": "else"})
    found, skipped = gather([tmp_path])
    assert [e.name for e in found] == ["run.json"] and skipped == ["other.json"]


def test_a_masking_report(tmp_path: Path) -> None:
    record = {
        "schema": "guanyao.masking/1",
        "verb": "mask",
        "is_dry_run": False,
        "n_rows": 10,
        "n_sampled": 10,
        "steps": [],
        "risk": {"before": None, "after": {"k": 3, "alone": 0.0}},
        "remaining": [{"column": "phone"}],
    }
    found = values(write(tmp_path / "m.json", record))
    assert found == {
        "masking.n_remaining": 1,
        "masking.n_rows": 10,
        "masking.k": 3,
        "masking.alone": 0,
    }
    written = read(write(tmp_path / "file.json", {**record, "digest": "ab" * 32}))
    assert written.rests_on == {"data": "ab" * 32}
    assert read(write(tmp_path / "table.json", {**record, "digest": None})).rests_on == {}
    with pytest.raises(DataError, match="dry run"):
        read(write(tmp_path / "dry.json", {**record, "is_dry_run": True}))


def test_a_proof_of_erasure_must_bear_its_seal(tmp_path: Path) -> None:
    scan = {"after": {"n_files": 3, "n_hits": 0, "n_unread": 1}}
    known = {"schema": "guanyao.erasure/1", "id": "1", "created": ago(days=2)}
    record: dict[str, Any] = {**known, "subjects": ["s"], "artefacts": [], "scan": scan}
    record["digest"] = sealed.digest(record)
    path = tmp_path / "proof.json"
    path.write_bytes(sealed.canonical(record))
    assert values(path) == {
        "erasure.n_subjects": 1,
        "erasure.n_hits": 0,
        "erasure.n_unread": 1,
    }
    path.write_bytes(sealed.canonical({**record, "subjects": []}))
    with pytest.raises(DataError, match="was changed"):
        read(path)


def test_what_checking_the_chain_and_a_drill_printed(tmp_path: Path) -> None:
    checked = {"verb": "audit verify", "ok": False, "n_lines": 7, "anchored": None}
    audit = read(write(tmp_path / "a.json", {**checked, "checked": ago(days=1)}))
    assert audit.measures["audit.ok"].value == 0 and audit.measures["audit.anchored"].value == 0
    drill = {"verb": "vault drill", "n_items": 2, "n_bytes": 9, "created": ago(days=3)}
    found = read(write(tmp_path / "d.json", {**drill, "digest": "e" * 64, "checked": ago(days=1)}))
    assert found.kind == "vault_drill" and found.as_of == NOW - timedelta(days=1)


def test_an_audit_of_differential_privacy(tmp_path: Path) -> None:
    record = {
        "schema": "guanyao.dp-audit/1",
        "created": ago(days=1),
        "model_digest": MODEL,
        "claimed": {"epsilon": 3, "delta": 1e-5},
        "measured": {"epsilon_low": 1.25, "confidence": 0.95, "method": "canaries"},
        "n_canaries": 1000,
    }
    found = read(write(tmp_path / "dp.json", record))
    assert found.measures["dp_audit.margin"].value == 1.75
    assert found.rests_on == {"model": MODEL}


def carrier(name: str, n: int, n_explicit: int) -> dict[str, Any]:
    counted = {"n_implicit": n, "n_contradictory": 0, "n_damaged": 0}
    return {"carrier": name, "n_checked": n, "n_explicit": n_explicit, **counted}


def test_a_check_of_labels(tmp_path: Path) -> None:
    record = {
        "schema": "guanyao.label-check/1",
        "created": ago(days=1),
        "model_digest": MODEL,
        "sampling": {"how": "random", "seed": 1},
        "carriers": [carrier("png", 300, 300), carrier("xlsx", 100, 98)],
    }
    found = read(write(tmp_path / "l.json", record)).measures["label.explicit_share"]
    assert found.value == 398 / 400 and found.low < found.value < found.high
    wrong = {**record, "carriers": [carrier("png", 3, 4)]}
    with pytest.raises(DataError, match="more files are counted"):
        read(write(tmp_path / "w.json", wrong))


def service_log(**figures: float) -> dict[str, Any]:
    period = {"from": "2026-10-01", "to": "2026-10-31"}
    known = {"schema": "guanyao.service-log/1", "created": ago(days=1), "period": period}
    return {**known, "figures": figures}


def test_counts_of_a_service(tmp_path: Path) -> None:
    log = service_log(n_users=10, n_accepted=9, n_complaints=0, n_complaints_late=0)
    found = values(write(tmp_path / "s.json", log))
    assert found["service.accepted_share"] == 0.9
    assert found["service.complaints_late_share"] == 0, "none came in, so none was late"


def test_a_bank_has_none_of_a_kind_that_it_does_not_list(tmp_path: Path) -> None:
    found = read(write(tmp_path / "b.json", bank()))
    assert found.kind == "bank.keyword"
    listed, absent = (found.measure(f"bank.keyword.kind.{name}") for name in ("k1", "k9"))
    assert listed is not None and listed.value == 8
    assert absent is not None and absent.value == 0
    assert found.measure("bank.refuse.kind.k1") is None
    assert found.as_of is not None and found.as_of.date() == date(2026, 11, 20)


def test_a_sample_has_an_exact_interval(tmp_path: Path) -> None:
    found = read(write(tmp_path / "s.json", sample(950, 1000)))
    share = found.measures["sample.generated_manual.share"]
    assert (round(share.low, 4), share.value, round(share.high, 4)) == (0.9346, 0.95, 0.9627)
    assert found.measures["sample.generated_manual.part"].value == 0.2


def test_a_document_is_a_persons_word(tmp_path: Path) -> None:
    record = document("privacy_policy", valid_until="2026-12-31")
    found = read(write(tmp_path / "d.json", record))
    assert found.kind == "document.privacy_policy" and found.is_human
    assert found.valid_until == date(2026, 12, 31)


Maker = Callable[[], dict[str, Any]]
WRONG: dict[str, tuple[Maker, str]] = {
    "sample larger than all": (lambda: sample(1, 6000), "filing.schema"),
    "more hits than sampled": (lambda: sample(11, 10), "filing.schema"),
    "nothing sampled": (lambda: sample(0, 0), "filing.schema"),
    "negative": (lambda: sample(-1, 10), "filing.schema"),
    "truth as a count": (lambda: sample(True, 10), "filing.schema"),
    "strange field": (lambda: bank(entries=["word"]), "filing.schema"),
    "kind larger than all": (lambda: bank(kinds={"k1": 99}), "filing.schema"),
    "no day": (lambda: bank(updated="soon"), "filing.schema"),
    "time without zone": (lambda: bank(created="2026-11-20T00:00:00"), "filing.schema"),
    "short digest": (lambda: bank(bank_digest="c"), "filing.schema"),
    "path in a name": (
        lambda: document("x", file={"name": "../x", "digest": "d" * 64, "bytes": 1}),
        "filing.schema",
    ),
    "part larger than whole": (lambda: service_log(n_users=1, n_accepted=2), "filing.schema"),
    "unknown figure": (lambda: service_log(n_secrets=1), "filing.schema"),
    "other format": (lambda: {"schema": "guanyao.bank/2"}, "filing.format"),
    "no format": (lambda: {"schema": ["guanyao.bank/1"]}, "filing.format"),
}


@pytest.mark.parametrize(("make", "code"), WRONG.values(), ids=WRONG)
def test_what_breaks_its_format_is_refused(make: Maker, code: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read(write(tmp_path / "x.json", make()))
    assert error.value.code == code


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[" * 100_000, b'{"schema": "a", "schema": "b"}', b'{"x": NaN}', b"\xff\xfe{}"],
)
def test_what_is_no_json_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        read(path)
    assert error.value.code == "filing.unreadable"


def test_a_refusal_quotes_no_value(tmp_path: Path) -> None:
    path = write(tmp_path / "x.json", bank(bank="13800000000"))
    with pytest.raises(DataError) as error:
        read(path)
    assert "13800000000" not in str(error.value)


def test_a_broken_file_in_a_folder_is_not_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "b.json", bank(n_entries=-1))
    with pytest.raises(DataError):
        gather([tmp_path])


def test_the_newest_record_says_what_the_filing_is_about(tmp_path: Path) -> None:
    old = read(write_run(tmp_path / "a.json", model="1" * 64, created=NOW - timedelta(days=9)))
    new = read(write_run(tmp_path / "b.json", model="2" * 64))
    assert subject_of([new, old]).model == "2" * 64
    assert subject_of([new, old], model="1" * 64).data == DATA
    assert subject_of([]).model == ""


def test_the_schema_checker_knows_what_it_says() -> None:
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": ["integer", "null"], "maximum": 3}},
        "additionalProperties": {"type": "string", "maxLength": 2},
    }
    assert list(faults({"a": None, "b": "xy"}, schema)) == []
    assert list(faults({"b": "xyz"}, schema)) == [
        "a is missing",
        "b is longer than 2 characters",
    ]
    assert list(faults({"a": 4}, schema)) == ["a is above 3"]
    assert list(faults([], schema)) == ["the document is no object"]
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("inputs", [{"role": [], "digest": "ab" * 32}]),
        ("scores", [{"name": "a", "value": 10**400}]),
        ("scores", [{"name": "a", "value": 1, "reference": "x"}]),
        ("attacks", [{"usable": True, "auc": 10**400}]),
    ],
)
def test_a_sealed_record_with_hostile_values_is_refused(field: str, value: object) -> None:
    record = {**run_record(), field: value}
    written = sealed.canonical({**record, "digest": sealed.digest(record)})
    with pytest.raises(DataError) as caught:
        read_bytes(written, "run.json")
    assert caught.value.code == "filing.schema"
