"""`guanyao filing`, as it is typed."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from guanyao.cli.main import main
from guanyao.filing.calendar_file import FORMAT, load, shipped

PAPER = "https://example.com/notice-2027"
FESTIVALS = {
    "元旦": [1, (1, 2, 3)], "春节": [2, (5, 6, 7, 8, 9, 10, 11)], "国庆节": [10, (1, 2, 3, 4, 5)],
}  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def years(**more: Any) -> str:
    """A made-up year in the form of holiday-cn."""
    days = [
        {"name": name, "date": f"2027-{month:02}-{day:02}", "isOffDay": True}
        for name, (month, numbers) in FESTIVALS.items()
        for day in numbers  # type: ignore[attr-defined]
    ]
    return json.dumps({"year": 2027, "papers": [PAPER], "days": days, **more})


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["filing", "calendar", *words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["filing", "calendar", *words]) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert caught.err.count("\n") == 1
    return caught.err


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-02-13", "2026-03-02"),
        ("2026-09-30", "2026-10-15"),
        ("2026-12-22", "2026-12-31"),
        ("2026-02-13T23:59:59+08:00", "2026-03-02"),
        ("2026-02-13T16:00:00Z", "2026-03-03"),
    ],
)
def test_due_says_three_things(capsys: pytest.CaptureFixture[str], start: str, due: str) -> None:
    expected = {"due": due, "status": "official", "calendar": shipped().version}
    assert told(capsys, "due", start, "7") == expected


def test_due_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["filing", "calendar", "due", "2026-12-23", "7", "--assume", "2027"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "due 2027-01-01 (Friday), until 24:00 in China",
        f"provisional, by the calendar {shipped().assume(2027).version}",
        "note: it rests on days that are not official yet; count again when they are",
    ]


def test_due_in_an_unknown_year(capsys: pytest.CaptureFixture[str]) -> None:
    for more in ([], ["--json"]):
        line = refused(capsys, "due", "2026-12-23", "7", *more)
        assert line.startswith("error[calendar.unknown_year]: the working days of 2027 are not")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["due", "2026-13-01", "7"], "calendar.date"),
        (["due", "today", "7"], "calendar.date"),
        (["due", "2026-02-13T09:00", "7"], "calendar.zone"),
        (["due", "2026-02-13", "0"], "calendar.days"),
        (["due", "2026-02-13", "seven"], "usage"),
        (["due", "2026-02-13", "7", "--calendar", "none.yaml"], "calendar.unreadable"),
        (["due", "2026-02-13", "7", "--assume", "20270"], "calendar.field"),
        (["count", "2026-02-13", "2026-02-12"], "calendar.date"),
        (["show", "2027"], "calendar.unknown_year"),
        (["diff", "a.yaml", "b.yaml"], "calendar.unreadable"),
    ],
)
def test_what_cannot_be_is_refused(
    capsys: pytest.CaptureFixture[str], words: list[str], code: str
) -> None:
    assert refused(capsys, *words).startswith(f"error[{code}]: ")


def test_count(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "count", "2026-09-30", "2026-10-15")
    assert (found["working_days"], found["status"]) == (7, "official")
    assert main(["filing", "calendar", "count", "2025-12-31", "2026-12-31"]) == 0
    assert capsys.readouterr().out.startswith("248 working days, official, by the calendar cn-")


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "show", "2026")
    assert (found["status"], found["n_working_days"], len(found["days"])) == ("official", 248, 39)
    assert found["days"][0] == {
        "date": "2026-01-01", "kind": "holiday", "name": "元旦", "status": "official",
    }  # fmt: skip
    assert main(["filing", "calendar", "show", "2026"]) == 0
    shown = capsys.readouterr().out
    assert "2026-10-10   Saturday    make-up   国庆节" in shown
    assert f"source: {found['papers'][0]}\nchecked against the source by: nobody yet" in shown


def test_a_year_is_taken_in_and_used(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "2027.json").write_text(years(), encoding="utf-8")
    found = told(capsys, "import", "2027.json", "-o", "cn.yaml")
    assert found["before"] == shipped().version
    assert found["after"] == load(here / "cn.yaml").version
    assert found["years"] == [
        {"year": 2027, "before": "not known", "after": "official", "papers": [PAPER]}
    ]
    assert found["days"] == found["sparse_years"] == []
    due = told(capsys, "due", "2026-12-23", "7", "--calendar", "cn.yaml")
    assert due == {"due": "2027-01-04", "status": "official", "calendar": found["after"]}


def test_provisional_days_become_official(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "draft.json").write_text(years(papers=[]), encoding="utf-8")
    (here / "2027.json").write_text(years(), encoding="utf-8")
    words = ["import", "draft.json", "-o", "draft.yaml"]
    assert "error[calendar.unsourced]" in refused(capsys, *words)
    assert not (here / "draft.yaml").exists()
    told(capsys, *words, "--provisional")
    due = told(capsys, "due", "2026-12-23", "7", "--calendar", "draft.yaml")
    assert (due["due"], due["status"]) == ("2027-01-04", "provisional")
    told(capsys, "import", "2027.json", "-o", "cn.yaml", "--calendar", "draft.yaml")
    found = told(capsys, "diff", "draft.yaml", "cn.yaml")
    assert [(y["before"], y["after"]) for y in found["years"]] == [("provisional", "official")]
    line = refused(
        capsys, "import", "draft.json", "-o", "x.yaml", "--provisional", "--calendar", "cn.yaml"
    )
    assert line.startswith("error[calendar.contradiction]: 2027 is official already")


def test_a_file_without_days_is_refused(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "2027.json").write_text(years(papers=[], days=[]), encoding="utf-8")
    words = ["import", "2027.json", "-o", "cn.yaml"]
    line = refused(capsys, *words)
    assert line.startswith("error[calendar.empty]: the calendar names no holiday in 2027")
    line = refused(capsys, *words, "--provisional")
    assert line.startswith("error[calendar.empty]: the file lists no day for 2027")
    assert [path.name for path in here.iterdir()] == ["2027.json"]


def test_a_typed_year_and_what_it_changes(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    record = {
        "calendar": FORMAT,
        "years": [{
            "year": 2027, "status": "official", "papers": [PAPER],
            "holidays": {"元旦": ["2026-12-31..2027-01-03"]}, "make-up": {"元旦": ["2027-01-09"]},
        }],
    }  # fmt: skip
    (here / "2027.yaml").write_text(yaml.safe_dump(record, allow_unicode=True), encoding="utf-8")
    assert main(["filing", "calendar", "import", "2027.yaml", "-o", "cn.yaml"]) == 0
    shown = capsys.readouterr().out
    assert "not known   official" in shown
    assert "2026-12-31   Thursday   workday   holiday" in shown
    assert "note: 2027 lists far fewer holidays than other years; is the file whole?" in shown
    assert f"calendar {load(here / 'cn.yaml').version}, 2018 to 2027: cn.yaml" in shown
    assert main(["filing", "calendar", "diff", "cn.yaml", "cn.yaml"]) == 0
    assert capsys.readouterr().out == "no day differs\n"


def test_the_groups_tell_what_they_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["filing", "--help"]) == 0
    assert "calendar" in capsys.readouterr().out
    assert main(["filing", "calendar", "due", "--help"]) == 0
    assert "guanyao filing calendar due 2026-02-13 7" in capsys.readouterr().out
