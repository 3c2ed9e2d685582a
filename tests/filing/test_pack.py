"""Rule packs: what ships is whole, what is broken names its place, and what differs is told."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from guanyao.errors import ConfigError
from guanyao.filing import PACKS
from guanyao.filing.evidence_kinds import DOCUMENTS, KINDS, schema
from guanyao.filing.pack import Pack, diff
from guanyao.filing.pack_file import all_packs, built_in, chosen, from_text, load
from tests.filing.made_evidence import BOTH, SOURCE, as_yaml, check, clause, pack, pack_record


@pytest.fixture(scope="module")
def shipped() -> dict[str, Pack]:
    return all_packs()


def thresholds(pack: Pack, clause: str) -> dict[str, float]:
    found = pack.clause(clause)
    assert found is not None
    return {c.key: c.threshold for c in found.checks}


def test_the_packs_that_ship_are_those_of_the_table(shipped: dict[str, Pack]) -> None:
    assert list(shipped) == list(PACKS)
    assert all(pack.id == name for name, pack in shipped.items())


def test_the_standard_has_thirty_one_kinds_in_five_groups(shipped: dict[str, Pack]) -> None:
    standard = shipped["cn-gbt45654-2025"]
    sizes = {
        group: sum(c.group == group for c in standard.clauses)
        for group in ("A1", "A2", "A3", "A4", "A5")
    }
    assert sizes == {"A1": 8, "A2": 9, "A3": 5, "A4": 7, "A5": 2}
    assert sum(sizes.values()) == 31
    listed = {kind for name in ("A1", "A2", "others") for kind in standard.kinds[name]}
    assert listed == {c.id for c in standard.clauses if c.group in sizes}
    assert len(standard.kinds["aspects"]) == 13


def test_the_numbers_of_the_standard(shipped: dict[str, Pack]) -> None:
    standard = shipped["cn-gbt45654-2025"]
    keyword = thresholds(standard, "B.keyword-library")
    assert keyword["bank.keyword.n_entries >="] == 10_000
    assert {keyword[f"bank.keyword.kind.A.1.{i} >="] for i in range(1, 9)} == {200}
    assert {keyword[f"bank.keyword.kind.A.2.{i} >="] for i in range(1, 10)} == {100}
    questions = thresholds(standard, "B.question-bank")
    assert len(questions) == 1 + 31
    assert questions["bank.generated.n_entries >="] == 2000
    assert questions["bank.generated.kind.A.2.9 >="] == 50
    assert questions["bank.generated.kind.A.5.2 >="] == 20
    assert len(thresholds(standard, "B.refuse-bank")) == 1 + 17
    assert len(thresholds(standard, "B.non-refuse-bank")) == 1 + 13
    assert thresholds(standard, "B.corpus-manual") == {
        "sample.corpus_manual.n >=": 4000,
        "sample.corpus_manual.share >=": 0.96,
    }
    assert thresholds(standard, "B.corpus-technical") == {
        "sample.corpus_technical.part >=": 0.1,
        "sample.corpus_technical.share >=": 0.98,
    }
    assert thresholds(standard, "B.content-manual")["sample.generated_manual.share >="] == 0.9
    assert thresholds(standard, "B.refusal")["sample.refuse.share >="] == 0.95
    assert thresholds(standard, "B.non-refusal")["sample.non_refuse.share <="] == 0.05
    assert thresholds(standard, "7.opt-out") == {"service.opt_out_clicks <=": 4}
    assert thresholds(standard, "5.source-before") == {"sample.source_before.share <=": 0.05}


def test_how_old_evidence_may_be(shipped: dict[str, Pack]) -> None:
    standard = shipped["cn-gbt45654-2025"]
    ages = {f.evidence: (f.within, f.unit) for c in standard.clauses for f in c.fresh}
    assert ages["bank.keyword"] == (7, "day")
    assert {ages[f"bank.{b}"] for b in ("generated", "refuse", "non_refuse")} == {(1, "month")}


def test_every_number_that_ships_says_that_nobody_checked_it(shipped: dict[str, Pack]) -> None:
    """None was compared with its text yet; whoever does so writes it into the pack."""
    for found in shipped.values():
        assert all(source.checked is None and source.mark != "P" for source in found.sources())


def test_no_own_number_passes_for_law(shipped: dict[str, Pack]) -> None:
    """What law does not say is marked as our own choice."""
    own = ("attack.", "exact_copies.", "personal.", "masking.", "erasure.", "audit.", "vault.")
    for found in shipped.values():
        for one in (c for part in found.clauses for c in part.checks):
            if one.measure.startswith((*own, "score.", "dp")):
                assert one.source.mark == "O", one.measure


def test_when_packs_are_in_force(shipped: dict[str, Pack]) -> None:
    old, new = shipped["cn-tc260-003-2024"], shipped["cn-gbt45654-2025"]
    assert old.in_force(date(2025, 10, 31)) and not new.in_force(date(2025, 10, 31))
    assert new.in_force(date(2025, 11, 1)) and not old.in_force(date(2025, 11, 1))
    assert new.replaces == old.id
    named = [found.id for found in chosen([], shipped, date(2026, 11, 22))]
    assert old.id not in named and len(named) == len(PACKS) - 1


def test_schemas_of_all_kinds_of_evidence_are_there() -> None:
    assert all(schema(kind.schema)["type"] == "object" for kind in KINDS.values())
    assert not set(DOCUMENTS) & set(KINDS)


Change = Callable[[dict[str, Any]], object]


def first(record: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = record["clauses"][0]
    return found


BROKEN: list[tuple[str, Change, str, str]] = [
    ("no pack", lambda r: r.pop("pack"), "pack.version", "made-up.yaml"),
    ("newer", lambda r: r.update(pack="guanyao.pack/2"), "pack.version", "guanyao.pack/1"),
    ("no version", lambda r: r.pop("version"), "pack.field", "version"),
    ("number as version", lambda r: r.update(version=1.0), "pack.field", "version"),
    ("strange field", lambda r: r.update(clause=[]), "pack.field", "did you mean 'clauses'"),
    ("no clauses", lambda r: r.update(clauses=[]), "pack.field", "0 clauses"),
    ("bad day", lambda r: r.update(effective={"from": "soon"}), "pack.field", "effective.from"),
    (
        "ends before",
        lambda r: r.update(effective={"from": "2026-01-01", "to": "2025-01-01"}),
        "pack.field",
        "effective",
    ),
    ("one language", lambda r: first(r).update(title={"en": "x"}), "pack.field", "title.zh"),
    ("strange group", lambda r: first(r).update(group="h"), "pack.field", "group"),
    (
        "no mark",
        lambda r: first(r).update(source={"where": "x", "checked": None}),
        "pack.field",
        "source.mark",
    ),
    (
        "unsaid",
        lambda r: first(r).update(source={"where": "x", "mark": "M"}),
        "pack.field",
        "source.checked",
    ),
    (
        "read but not checked",
        lambda r: first(r).update(source={"where": "x", "mark": "P", "checked": None}),
        "pack.field",
        "source.checked",
    ),
    ("severity", lambda r: first(r).update(severity="maybe"), "pack.field", "severity"),
    (
        "kind",
        lambda r: first(r).update(evidence_kinds=["run", "hearsay"]),
        "pack.evidence_kind",
        "evidence_kinds[1]",
    ),
    (
        "topic",
        lambda r: first(r).update(evidence_kinds=["document.gossip"]),
        "pack.evidence_kind",
        "evidence_kinds[0]",
    ),
    (
        "no source of a threshold",
        lambda r: first(r)["checks"][0].pop("source"),
        "pack.threshold_source",
        "checks[0].source",
    ),
    (
        "empty source of a threshold",
        lambda r: first(r)["checks"][0].update(source={}),
        "pack.threshold_source",
        "checks[0].source",
    ),
    (
        "text as a threshold",
        lambda r: first(r)["checks"][0].update(threshold="0.5"),
        "pack.field",
        "checks[0].threshold",
    ),
    (
        "truth as a threshold",
        lambda r: first(r)["checks"][0].update(threshold=True),
        "pack.field",
        "checks[0].threshold",
    ),
    (
        "strange comparison",
        lambda r: first(r)["checks"][0].update(compare="=~"),
        "pack.field",
        "checks[0].compare",
    ),
    (
        "unknown measure",
        lambda r: first(r)["checks"][0].update(measure="beauty"),
        "pack.measure",
        "checks",
    ),
    (
        "misspelt figure of a service",
        lambda r: first(r)["checks"][0].update(measure="service.opt_out_click"),
        "pack.measure",
        "nothing measures",
    ),
    (
        "measure of other evidence",
        lambda r: first(r).update(evidence_kinds=["masking"]),
        "pack.measure",
        "run",
    ),
    (
        "age without source",
        lambda r: first(r).update(fresh=[{"evidence": "run", "within": 7, "unit": "day"}]),
        "pack.threshold_source",
        "fresh[0].source",
    ),
    (
        "expression",
        lambda r: first(r).update(applies_when="public and", otherwise=BOTH),
        "pack.expression",
        "applies_when",
    ),
    (
        "unknown fact",
        lambda r: first(r).update(applies_when="publik", otherwise=BOTH),
        "pack.expression",
        "did you mean 'public'",
    ),
    ("no otherwise", lambda r: first(r).update(applies_when="public"), "pack.field", "otherwise"),
    ("doubled id", lambda r: r["clauses"].append(first(r)), "pack.duplicate", "clause c1"),
    ("path as id", lambda r: r.update(id="../x"), "pack.field", "id"),
]


@pytest.mark.parametrize(
    ("change", "code", "place"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN]
)
def test_a_broken_pack_names_its_place(change: Change, code: str, place: str) -> None:
    whole = clause(evidence_kinds=["run"], checks=[check("attack.auc", "<=", 0.6)])
    record = deepcopy(pack_record(whole))
    change(record)
    with pytest.raises(ConfigError) as error:
        from_text(as_yaml(record), name="made-up.yaml")
    assert error.value.code == code
    assert place in str(error.value) and "made-up.yaml" in str(error.value)
    if "clauses" in place or code == "pack.threshold_source":
        assert "clause c1" in str(error.value) or "clauses" in str(error.value)


HOSTILE = {
    "bomb": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "tag": "!!python/object/apply:os.system ['true']\n",
    "own tag": "pack: !x guanyao.pack/1\n",
    "doubled": "pack: guanyao.pack/1\npack: guanyao.pack/1\n",
    "number as name": "1: 2\n",
    "deep": "[" * 3000,
    "deeper than allowed": "a: " + "[" * 40 + "]" * 40,
    "binary": "pack: \x00\n",
    "infinite": "pack: .inf\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "merge": "a: {b: 1}\n<<: {c: 2}\nc: !!set {x}\n",
    "nothing": "",
    "JSON with NaN": '{"pack": NaN}',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as error:
        from_text(text, name="made-up.yaml")
    assert error.value.code in ("pack.unreadable", "pack.version")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"pack: \xe9\n")
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (5 << 20))
    for path in (latin, large, tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(ConfigError) as error:
            load(path)
        assert error.value.code == "pack.unreadable"


def test_a_check_can_go_through_a_list_of_kinds() -> None:
    each = check("bank.keyword.kind.{kind}", ">=", 5, for_each="some")
    found = pack(
        clause(evidence_kinds=["bank.keyword"], checks=[each]), kinds={"some": ["k1", "k2"]}
    )
    assert [c.measure for c in found.clauses[0].checks] == [
        "bank.keyword.kind.k1",
        "bank.keyword.kind.k2",
    ]


def test_a_pack_brings_its_own_facts_and_documents() -> None:
    fact = {"type": "choice", "values": ["red", "blue"], "ask": BOTH}
    mine = clause(applies_when="colour == 'red'", otherwise=BOTH, evidence_kinds=["document.paint"])
    found = pack(mine, facts={"colour": fact}, documents={"paint": BOTH})
    assert found.clauses[0].applies({"colour": "red"}) is True
    assert found.facts["colour"].values == ("red", "blue")


def test_the_digest_follows_the_contents_not_the_layout() -> None:
    record = pack_record()
    text = as_yaml(record)
    assert from_text(text, name="a").digest == from_text("# note\n" + text, name="b").digest
    other = as_yaml({**record, "version": "2"})
    assert from_text(other, name="a").digest != from_text(text, name="a").digest


def test_a_folder_brings_packs_and_newer_versions(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(as_yaml(pack_record()), encoding="utf-8")
    newer = pack_record(id="cn-pipl", version="2027-01-01")
    (tmp_path / "pipl.yaml").write_text(as_yaml(newer), encoding="utf-8")
    known = all_packs(tmp_path)
    assert known["made-up"].place == "mine.yaml"
    assert known["cn-pipl"].version == "2027-01-01"


def test_two_packs_of_one_id_are_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(as_yaml(pack_record()), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        all_packs(tmp_path)
    assert error.value.code == "pack.duplicate"
    assert "b.yaml" in str(error.value) and "a.yaml" in str(error.value)


def test_other_contents_need_another_version(tmp_path: Path) -> None:
    same = pack_record(id="cn-pipl", version=built_in("cn-pipl").version)
    (tmp_path / "pipl.yaml").write_text(as_yaml(same), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        all_packs(tmp_path)
    assert error.value.code == "pack.duplicate"


def test_an_unknown_name_is_refused(shipped: dict[str, Pack]) -> None:
    with pytest.raises(ConfigError, match="did you mean 'cn-pipl'"):
        chosen(["cn-pip"], shipped, date(2026, 1, 1))


def test_what_differs_is_told_by_clause_and_field() -> None:
    strict = clause(evidence_kinds=["run"], checks=[check("attack.auc", "<=", 0.6)])
    mild = clause(evidence_kinds=["run"], checks=[check("attack.auc", "<=", 0.7)])
    before = pack(strict, clause("c2"))
    after = pack(mild, clause("c3"), version="2")
    found = {(c.clause, c.what, c.field): (c.before, c.after) for c in diff(before, after)}
    assert found == {
        ("", "changed", "version"): ("1", "2"),
        ("c1", "changed", "check attack.auc <="): ("0.6 share", "0.7 share"),
        ("c2", "removed", ""): ("one", ""),
        ("c3", "added", ""): ("", "one"),
    }
    assert diff(before, before) == []


def test_that_somebody_checked_a_source_is_a_difference() -> None:
    seen = {**SOURCE, "mark": "P", "checked": {"by": "Li", "at": "2026-11-22"}}
    found = diff(pack(clause()), pack(clause(source=seen)))
    assert [(c.clause, c.field) for c in found] == [("c1", "source")]
    assert "checked by Li on 2026-11-22" in found[0].after
    assert pack(clause(source=seen)).unchecked() == pack(clause()).unchecked() - 1


def test_packs_hold_no_long_quotations(shipped: dict[str, Pack]) -> None:
    """Clauses are summaries in our own words: short."""
    for found in shipped.values():
        assert max(len(c.text["zh"]) for c in found.clauses) < 120


def test_what_ships_is_plain_yaml_for_anybody() -> None:
    folder = Path(__file__).parents[2] / "src" / "guanyao" / "filing"
    for place in PACKS.values():
        record = yaml.safe_load((folder / place).read_text(encoding="utf-8"))
        assert record["pack"] == "guanyao.pack/1"


def test_the_example_of_the_page_is_whole() -> None:
    page = Path(__file__).parents[2] / "docs" / "rule-packs.md"
    text = page.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    found = from_text(text, name="rule-packs.md")
    assert (found.id, found.clauses[0].checks[0].threshold) == ("my-hospital", 0.55)
