import copy
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import guanyao.filing
from guanyao.errors import ConfigError, UnknownNameError
from guanyao.filing import PROFILES
from guanyao.filing.guards import GUARDS
from guanyao.filing.profile_file import load_profile

FOLDER = Path(guanyao.filing.__file__).parent
Edit = Callable[[dict[str, Any]], object]


@cache
def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / PROFILES[name]).read_text(encoding="utf-8"))
    return found


def record(name: str = "notice7") -> dict[str, Any]:
    return copy.deepcopy(read(name))


def written(folder: Path, content: dict[str, Any]) -> Path:
    path = folder / "own.yaml"
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def row(content: dict[str, Any], event: str) -> dict[str, Any]:
    found: dict[str, Any] = next(t for t in content["transitions"] if t["event"] == event)
    return found


def test_all_rows_and_guards_of_the_table_are_there() -> None:
    content = record()
    assert {t["row"] for t in content["transitions"]} == {str(n) for n in range(1, 35)}
    parts = [
        *content["transitions"],
        *(t for c in content["cases"].values() for t in c["transitions"]),
    ]
    ways = [*parts, *(way for part in parts for way in part.get("outcomes", {}).values())]
    kinds = ("guards", "on_completion", "noted")
    used = {guard for way in ways for kind in kinds for guard in way.get(kind, [])}
    assert {guard.removeprefix("not ") for guard in used} == set(GUARDS)


def test_the_cases_of_the_table_are_there() -> None:
    assert list(load_profile("notice7").cases) == [
        *("ObjectionCase", "InspectionCase", "ChangeCase"),
        *("RectificationCase", "RenewalCase", "AppealCase"),
    ]


@pytest.mark.parametrize("name", PROFILES)
def test_every_number_says_where_it_comes_from(name: str) -> None:
    profile = load_profile(name)
    clocks = [clock for machine in profile.machines for clock in machine.clocks.values()]
    assert all(clock.source and clock.origin in ("law", "commissioned", "ours") for clock in clocks)
    assert all(clock.checked is None for clock in clocks), "nobody compared them yet"


def test_only_the_seven_days_are_commissioned() -> None:
    clocks = load_profile("notice7").filing.clocks
    said = {c.name: (c.length, c.unit) for c in clocks.values() if c.origin == "commissioned"}
    assert said == {"notice": (7, "wd")}


def test_what_the_others_differ_in() -> None:
    base, filing, registration, algorithm = map(load_profile, PROFILES)
    assert {"PUBLIC_NOTICE", "OBJECTION", "RENEWAL"} <= set(base.filing.states)
    assert "NATIONAL_REVIEW" not in base.filing.states
    for other in (filing, registration, algorithm):
        assert not {"PUBLIC_NOTICE", "OBJECTION", "RENEWAL"} & set(other.filing.states)
        assert not {"ObjectionCase", "RenewalCase"} & set(other.cases)
    assert "NATIONAL_REVIEW" in filing.filing.states
    assert "NATIONAL_REVIEW" not in registration.filing.states
    assert [filing.filing.clocks[name].length for name in ("formal", "review")] == [None, None]
    lengths = {c.name: c.length for c in algorithm.filing.clocks.values() if c.origin == "law"}
    assert lengths == {"launch_report": 10, "change_report": 10, "closing_report": 20, "review": 30}
    assert filing.settings["on_material_change"] == ("self_assess", "notify")
    assert len({p.digest for p in (base, filing, registration, algorithm)}) == 4


def test_the_digest_follows_the_content(tmp_path: Path) -> None:
    content = record()
    same = load_profile(written(tmp_path, content))
    assert same.digest == load_profile("notice7").digest
    content["clocks"]["notice"]["length"] = 10
    assert load_profile(written(tmp_path, content)).digest != same.digest


def test_a_profile_of_ones_own_extends_one_that_is_shipped(tmp_path: Path) -> None:
    own = {
        "profile": "guanyao.filing-profile/1",
        "name": "mine",
        "version": "2.0.0",
        "title": {"en": "mine", "zh": "自定"},
        "extends": "notice7",
        "clocks": {"notice": {"length": 10}},
    }
    found = load_profile(written(tmp_path, own))
    assert (found.name, found.version, found.extends) == ("mine", "2.0.0", "notice7")
    assert (found.filing.clocks["notice"].length, found.filing.clocks["notice"].unit) == (10, "wd")


def put(place: dict[str, Any], **values: Any) -> None:
    place.update(values)


BROKEN: list[tuple[str, Edit, str, str]] = [
    ("state", lambda c: put(row(c, "submit"), to="SUBMITED"), "name", "no state 'SUBMITED'"),
    ("source", lambda c: put(row(c, "submit"), **{"from": ["REDY"]}), "name", "no state 'REDY'"),
    ("guard", lambda c: put(row(c, "submit"), guards=["G19"]), "name", "no guard 'G19'"),
    ("secrets", lambda c: put(row(c, "answer"), guards=["G2"]), "field", "looking for secrets"),
    ("role", lambda c: put(row(c, "submit"), by=["clark"]), "name", "no role 'clark'"),
    ("clock", lambda c: put(row(c, "object"), within=["notic"]), "name", "no clock 'notic'"),
    ("case", lambda c: put(row(c, "object"), opens="Objection"), "name", "no kind of case"),
    ("event", lambda c: put(c["clocks"]["notice"], then=["clse"]), "name", "no event 'clse'"),
    ("notice", lambda c: put(row(c, "submit"), notices={"x": ["all"]}), "name", "no role 'all'"),
    (
        "unreachable",
        lambda c: put(c["states"], LOST={"title": {"en": "lost", "zh": "无"}}),
        "unreachable",
        "LOST is never reached",
    ),
    (
        "unreachable by a loop",
        lambda c: (
            put(c["states"], LOST={"title": {"en": "lost", "zh": "无"}}),
            c["transitions"].append(
                {**row(c, "submit"), "event": "find", "from": ["LOST"], "to": "DRAFT"}
            ),
        ),
        "unreachable",
        "LOST is never reached",
    ),
    (
        "final",
        lambda c: row(c, "submit")["from"].append("WITHDRAWN"),
        "final",
        "final state WITHDRAWN is left by submit",
    ),
    (
        "decided",
        lambda c: row(c, "submit")["from"].append("REJECTED"),
        "final",
        "decided state REJECTED is left by submit",
    ),
    (
        "dead end",
        lambda c: put(c["states"]["EXPIRED"], kind="open"),
        "dead_end",
        "nothing leads out of the state EXPIRED",
    ),
    (
        "duplicate",
        lambda c: c["transitions"].append(row(c, "submit")),
        "duplicate",
        "submit from READY stands twice",
    ),
    ("unit", lambda c: c["clocks"]["notice"].pop("unit"), "clock", "the unit is missing"),
    (
        "source of a number",
        lambda c: c["clocks"]["notice"].pop("source"),
        "field",
        "source is missing",
    ),
    ("version", lambda c: c.pop("version"), "version", "version is missing"),
    ("odd version", lambda c: put(c, version="one"), "version", "no version"),
    ("format", lambda c: put(c, profile="guanyao.filing-profile/9"), "version", "the format is"),
    ("field", lambda c: put(row(c, "submit"), guard=["G1"]), "field", "a field 'guard'"),
    ("no actor", lambda c: row(c, "submit").pop("by"), "field", "twice or not at all"),
    ("number", lambda c: put(c["clocks"]["notice"], length=-7), "field", "no number"),
    ("truth value", lambda c: put(c["settings"], renewal="no way"), "field", "no truth value"),
    ("setting", lambda c: c["settings"].pop("renewal"), "field", "renewal is missing"),
    (
        "when",
        lambda c: put(row(c, "object"), when={"notice": True}),
        "field",
        "no setting 'notice'",
    ),
    (
        "limit",
        lambda c: c["limits"].pop("reason_characters"),
        "field",
        "reason_characters is missing",
    ),
    ("title", lambda c: row(c, "submit")["title"].pop("zh"), "field", "zh is missing"),
    ("top", lambda c: put(c, transition=[]), "field", "a field 'transition'"),
    ("not a list", lambda c: put(c, transitions={}), "field", "no list"),
]


@pytest.mark.parametrize(
    ("edit", "code", "said"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN]
)
def test_a_broken_profile_is_refused(edit: Edit, code: str, said: str, tmp_path: Path) -> None:
    content = record()
    edit(content)
    with pytest.raises(ConfigError, match=re.escape(said)) as caught:
        load_profile(written(tmp_path, content))
    assert caught.value.code == f"filing.profile_{code}"


def test_a_setting_may_not_take_away_what_is_needed(tmp_path: Path) -> None:
    content = record()
    row(content, "escalate")["to"] = "PUBLIC_NOTICE"
    content["settings"]["public_notice"] = False
    with pytest.raises(ConfigError, match="no state 'PUBLIC_NOTICE'"):
        load_profile(written(tmp_path, content))


@pytest.mark.parametrize(
    "text",
    ["- a", "profile: [", "a: &x 1", "profile: 1\nprofile: 2", "", "!!python/object:os.x {}"],
)
def test_what_is_no_profile_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_profile(path)
    assert caught.value.code.startswith("filing.profile_")


def test_a_derived_profile_changes_only_what_is_there(tmp_path: Path) -> None:
    own = {**record("cn-genai-registration"), "clocks": {"notise": {"length": 3}}}
    with pytest.raises(ConfigError, match="no 'notise' to change"):
        load_profile(written(tmp_path, own))
    own = {**record("cn-genai-registration"), "transitions": []}
    with pytest.raises(ConfigError, match="a derived profile has 'transitions'"):
        load_profile(written(tmp_path, own))


def test_a_profile_does_not_extend_itself(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    written(tmp_path, {**record("cn-genai-registration"), "extends": str(path)})
    with pytest.raises(ConfigError, match="extend each other"):
        load_profile(path)


def test_an_unknown_name_and_a_missing_file_are_told() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'notice7'"):
        load_profile("notice8")
    with pytest.raises(ConfigError) as caught:
        load_profile("nowhere.yaml")
    assert caught.value.code == "filing.profile_unreadable"
