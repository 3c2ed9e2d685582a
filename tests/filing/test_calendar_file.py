"""Calendars as files: what is read, what is written, and what is refused."""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.errors import DataError
from guanyao.filing.calendar import Calendar
from guanyao.filing.calendar_day import KnownYear
from guanyao.filing.calendar_file import FORMAT, load, load_years, save, shipped, to_yaml

PAPER = "https://example.com/notice-2027"
TYPED = f"""\
calendar: {FORMAT}
years:
- year: 2027
  status: official
  papers: ["国办发明电〔2026〕0号"]
  holidays:
    元旦: 2027-01-01..2027-01-03
    国庆节: [2027-10-01..2027-10-07, 2027-10-09]
  make-up:
    国庆节: [2027-10-10]
"""


def holiday_cn(**more: Any) -> dict[str, Any]:
    days = [
        {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
        {"name": "元旦", "date": "2026-12-31", "isOffDay": True},
        {"name": "国庆节", "date": "2027-10-09", "isOffDay": False},
        {"name": "国庆节", "date": "2027-10-11", "isOffDay": False},
    ]
    return {"year": 2027, "papers": [PAPER], "days": days, **more}


def written(folder: Path, content: object, name: str = "years.json") -> Path:
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        path.write_text(text, encoding="utf-8")
    return path


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    save(shipped(), tmp_path / "cn.yaml")
    assert load(tmp_path / "cn.yaml") == shipped()
    assert load(tmp_path / "cn.yaml").version == shipped().version
    assert [path.name for path in tmp_path.iterdir()] == ["cn.yaml"]


def test_the_shipped_file_has_its_own_version() -> None:
    assert f"version: {shipped().version}" in to_yaml(shipped())
    page = Path(__file__).parents[2] / "docs" / "filing-calendar.md"
    assert page.read_text(encoding="utf-8").count(shipped().version) == 2


def test_a_typed_year_is_read(tmp_path: Path) -> None:
    (found,) = load_years(written(tmp_path, TYPED, "2027.yaml"))
    assert len(found.days) == 12
    assert found.days[date(2027, 10, 10)] == ("make-up", "国庆节")
    assert found.days[date(2027, 1, 2)] == ("holiday", "元旦")
    assert found.papers == ("国办发明电〔2026〕0号",)
    assert (found.status, found.checked) == ("official", None)


def test_the_same_as_json(tmp_path: Path) -> None:
    years = [{"year": 2027, "status": "official", "papers": [PAPER],
              "holidays": {"元旦": "2027-01-01"}}]  # fmt: skip
    found = load(written(tmp_path, {"calendar": FORMAT, "name": "cn", "years": years}))
    assert found.due(date(2027, 1, 1), 1).date == date(2027, 1, 4)


def test_a_file_of_holiday_cn_is_read(tmp_path: Path) -> None:
    (found,) = load_years(written(tmp_path, holiday_cn()))
    assert found.kinds() == {
        date(2026, 12, 31): "holiday",
        date(2027, 1, 1): "holiday",
        date(2027, 10, 9): "make-up",
    }
    assert (found.year, found.status, found.papers) == (2027, "official", (PAPER,))


def test_provisional_is_what_the_caller_says(tmp_path: Path) -> None:
    draft = written(tmp_path, holiday_cn(papers=[]))
    (found,) = load_years(draft, provisional=True)
    assert (found.status, found.papers) == ("provisional", ())
    (typed,) = load_years(written(tmp_path, TYPED, "2027.yaml"), provisional=True)
    assert typed.status == "provisional"


def test_a_year_without_a_day_is_not_taken_in_as_a_draft_either(tmp_path: Path) -> None:
    typed = f"calendar: {FORMAT}\nyears: [{{year: 2027, status: provisional}}]\n"
    for text in (
        typed,
        json.dumps(holiday_cn(days=[])),
        json.dumps(holiday_cn(days=[], papers=[])),
    ):
        with pytest.raises(DataError, match="lists no day for 2027") as error:
            load_years(written(tmp_path, text), provisional=True)
        assert error.value.code == "calendar.empty"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"year": 2027, "papers": [], "days": []}, "calendar.empty"),
        ({"year": 2027, "papers": [PAPER], "days": []}, "calendar.empty"),
        (holiday_cn(papers=[]), "calendar.unsourced"),
        (holiday_cn(papers=[""]), "calendar.field"),
        (holiday_cn(papers=PAPER), "calendar.field"),
        (holiday_cn(papers=[None]), "calendar.field"),
        (holiday_cn(papers=[["x"]]), "calendar.field"),
        (holiday_cn(year="2027"), "calendar.field"),
        (holiday_cn(year=None), "calendar.field"),
        (holiday_cn(year=2027.0), "calendar.field"),
        (holiday_cn(year=True), "calendar.field"),
        (holiday_cn(year=10**400), "calendar.field"),
        (holiday_cn(year=2030), "calendar.date"),
        (holiday_cn(days={"a": 1}), "calendar.field"),
        (holiday_cn(days=[7]), "calendar.field"),
        (holiday_cn(days=[{"name": "x", "date": "2027-01-01"}]), "calendar.field"),
    ],
)
def test_a_year_that_is_wrong_is_refused(tmp_path: Path, content: object, code: str) -> None:
    with pytest.raises(DataError) as error:
        load_years(written(tmp_path, content))
    assert error.value.code == code


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ({"date": "2027-02-30"}, "calendar.date"),
        ({"date": "27-1-1"}, "calendar.date"),
        ({"date": 20270101}, "calendar.date"),
        ({"date": 10**4000}, "calendar.date"),
        ({"date": None}, "calendar.date"),
        ({"date": "2027-01-01T00:00:00"}, "calendar.date"),
        ({"date": "2029-01-01"}, "calendar.date"),
        ({"isOffDay": "true"}, "calendar.field"),
        ({"isOffDay": 1}, "calendar.field"),
        ({"isOffDay": False}, "calendar.contradiction"),
        ({"name": None}, "calendar.field"),
        ({"name": ["x"]}, "calendar.field"),
        ({"name": "\x1b[2J"}, "calendar.field"),
        ({"name": "x" * 301}, "calendar.field"),
    ],
)
def test_a_day_that_is_wrong_is_refused(tmp_path: Path, day: dict[str, Any], code: str) -> None:
    whole = {"name": "元旦", "date": "2027-01-01", "isOffDay": True}
    content = holiday_cn(days=[whole, {**whole, **day}, *holiday_cn()["days"][1:]])
    if "name" in day:
        content["days"].pop(0)
    with pytest.raises(DataError) as error:
        load_years(written(tmp_path, content))
    assert error.value.code == code


def test_a_number_too_large_to_be_said_is_refused(tmp_path: Path) -> None:
    large = f"0x{'f' * 5000}"
    for text in (
        f"year: {large}\npapers: []\ndays: []\n",
        f"year: 2027\npapers: []\ndays: [{{name: x, date: {large}, isOffDay: true}}]\n",
    ):
        with pytest.raises(DataError) as error:
            load_years(written(tmp_path, text, "2027.yaml"))
        assert error.value.code in ("calendar.field", "calendar.date")


def changed(before: str, after: str) -> str:
    assert before in TYPED
    return TYPED.replace(before, after)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (changed("calendar: guanyao.calendar/1", "calendar: guanyao.calendar/2"), "unreadable"),
        (changed("status: official", "status: certain"), "field"),
        (changed("status: official", "status: [official]"), "field"),
        (changed("  status: official\n", ""), "field"),
        (changed('  papers: ["国办发明电〔2026〕0号"]\n', ""), "unsourced"),
        (changed("year: 2027", "year: .nan"), "unreadable"),
        (changed("year: 2027", "year: 2027.5"), "field"),
        (changed("year: 2027", "year: 99999"), "field"),
        (changed("2027-01-01..2027-01-03", "2027-01-03..2027-01-01"), "field"),
        (changed("2027-01-01..2027-01-03", "2027-01-01..2027-12-31"), "field"),
        (changed("2027-01-01..2027-01-03", "2027-01-01..0000-00-00"), "date"),
        (changed("2027-01-01..2027-01-03", "2027-01-01..9999-12-31"), "field"),
        (changed("2027-01-01..2027-01-03", "{a: b}"), "field"),
        (changed("2027-01-01..2027-01-03", "1798761600"), "field"),
        (changed("[2027-10-10]", "[2027-10-11]"), "contradiction"),
        (changed("[2027-10-10]", "[2027-10-09]"), "contradiction"),
        (changed("[2027-10-10]", "['2027-10-32']"), "date"),
        (changed("[2027-10-10]", "[2027-10-32]"), "unreadable"),
        (changed("[2027-10-10]", "[2027-10-10T12:00:00]"), "date"),
        (changed("[2027-10-10]", f"[0x{'f' * 5000}]"), "field"),
        (changed("year: 2027", f"year: 0x{'f' * 5000}"), "field"),
        (f"year: 0x{'f' * 5000}\npapers: []\ndays: []\n", "unreadable"),
        (changed("make-up:", "makeup:"), "field"),
        (changed("make-up:", "holidays:"), "unreadable"),
        (changed("    国庆节: [2027-10-10]", "    - 国庆节"), "field"),
        (changed("years:", "name: ../etc\nyears:"), "field"),
        (changed("years:", "version: cn-2027-000000000000\nyears:"), "version"),
        (changed("years:", "extra: 1\nyears:"), "field"),
        (TYPED + TYPED.partition("years:\n")[2], "field"),
        (f"calendar: {FORMAT}\nyears: []\n", "field"),
        (f"calendar: {FORMAT}\nyears: 2027\n", "field"),
        (f"calendar: {FORMAT}\n", "field"),
        ("", "unreadable"),
        ("7", "unreadable"),
        ("[]", "unreadable"),
        ("{", "unreadable"),
        ('{"year": NaN, "papers": [], "days": []}', "unreadable"),
        ("[" * 50_000, "unreadable"),
        ('{"a":' * 50_000, "unreadable"),
        ('{"year": ' + "9" * 5000 + "}", "unreadable"),
        ("a: &a [x, x]\nb: [*a, *a]\n", "unreadable"),
        ("a: !!python/object/apply:os.getcwd []\n", "unreadable"),
        ("a: 1\na: 2\n", "unreadable"),
        ("\x00", "unreadable"),
        (b"\xff\xfe\x00", "unreadable"),
        (b" " * (256 * 1024 + 1), "unreadable"),
    ],
)
def test_a_file_that_is_wrong_is_refused(tmp_path: Path, content: str | bytes, code: str) -> None:
    with pytest.raises(DataError) as error:
        load(written(tmp_path, content, "cn.yaml"))
    assert error.value.code == f"calendar.{code}"
    assert len(str(error.value)) < 500


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, tmp_path / "none.yaml", pipe, Path("/dev/zero")):
        with pytest.raises(DataError, match="is not a file") as error:
            load(path)
        assert error.value.code == "calendar.unreadable"


def test_days_that_were_changed_under_their_version_are_refused(tmp_path: Path) -> None:
    text = to_yaml(shipped()).replace("'2026-10-10'", "'2026-10-17'")
    with pytest.raises(DataError, match="not those that its version was given for") as error:
        load(written(tmp_path, text, "cn.yaml"))
    assert error.value.code == "calendar.version"


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        save(shipped(), tmp_path / "none" / "cn.yaml")
    assert error.value.code == "data.missing"


names = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
kinds = st.dictionaries(st.dates(date(2027, 1, 1), date(2027, 12, 31)), names, min_size=1)


@given(kinds, st.sampled_from(["official", "provisional"]), st.lists(names, min_size=1, max_size=3))
def test_any_calendar_comes_back_as_it_was(
    days: dict[date, str], status: str, papers: list[str]
) -> None:
    from guanyao.filing.calendar_file import calendar_of
    from guanyao.filing.plain_yaml import parse

    special = {
        day: ("make-up" if day.weekday() >= 5 and day.day % 2 else "holiday", name)
        for day, name in days.items()
    }
    year = KnownYear(year=2027, status=status, papers=tuple(papers), days=special)  # type: ignore[arg-type]
    calendar = Calendar("cn", {2027: year})
    record = parse(to_yaml(calendar), name="cn.yaml", what="calendar", code="calendar.unreadable")
    assert calendar_of(record) == calendar


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["calendar", "year", "years", "papers", "days", "status", "name", "date",
                         "isOffDay", "holidays", "make-up"]), inner, max_size=5),
    max_leaves=12,
))  # fmt: skip
def test_whatever_a_file_holds_the_error_is_ours(record: object) -> None:
    from guanyao.filing.calendar_file import calendar_of

    if isinstance(record, dict):
        record = {**record, "calendar": FORMAT}
    try:
        calendar_of(record)
    except DataError as error:
        assert error.code.startswith("calendar.")
