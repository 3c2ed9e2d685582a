"""The calendar of the filing: every known day, when clocks end, and what is refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import chinese_calendar
import pytest
from chinese_calendar import constants
from hypothesis import given
from hypothesis import strategies as st

from guanyao.errors import ConfigError, DataError
from guanyao.filing.calendar import Calendar
from guanyao.filing.calendar_day import (
    ZONE,
    Day,
    KnownYear,
    day_of,
    days_between,
    ends_at,
    parse_day,
    parse_moment,
)
from guanyao.filing.calendar_diff import difference, sparse_years
from guanyao.filing.calendar_file import shipped

FIRST, LAST = date(2018, 1, 1), date(2026, 12, 31)
PAPER = "https://example.com/notice-2027"
NEW_YEAR = {date(2027, 1, 1): ("holiday", "元旦")}
SECOND = timedelta(seconds=1)

starts = st.dates(FIRST, date(2025, 12, 31))
counts = st.integers(1, 120)


@pytest.fixture
def calendar() -> Calendar:
    return shipped()


def year(number: int, **more: Any) -> KnownYear:
    said = {"year": number, "status": "official", "papers": (PAPER,)}
    return KnownYear(**{**said, "days": {date(number, 1, 1): ("holiday", "元旦")}, **more})


def kind_elsewhere(day: date) -> str:
    """What chinesecalendar says of a day, in our words."""
    if day in constants.workdays:
        return "make-up"
    if day in constants.holidays:
        return "holiday"
    return "weekend" if day.weekday() >= 5 else "workday"


def naive(start: date, days: int) -> date:
    """The end by Monday to Friday alone."""
    day = start
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def test_every_known_day_is_as_another_collection_has_it(calendar: Calendar) -> None:
    days = [calendar.day(day) for day in days_between(FIRST, LAST)]
    assert len(days) == 3287
    wrong = [d for d in days if d.is_working != chinese_calendar.is_workday(d.date)]
    assert wrong == []
    assert [d for d in days if d.kind != kind_elsewhere(d.date)] == []


def test_every_known_day_is_official_and_has_its_source(calendar: Calendar) -> None:
    days = [day for number in calendar.years for day in calendar.days(number)]
    assert {day.status for day in days} == {"official"}
    assert all(paper.startswith("https://www.gov.cn/") for day in days for paper in day.papers)
    assert all(day.papers for day in days)


def test_the_make_up_days_of_2026(calendar: Calendar) -> None:
    found = [f"{d.date:%m-%d}" for d in calendar.days(2026) if d.kind == "make-up"]
    assert found == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
    assert sum(day.name != "" for day in calendar.days(2026)) == 39


def test_a_day_of_the_next_years_notice_lies_in_december(calendar: Calendar) -> None:
    found = calendar.day(date(2018, 12, 29))
    assert (found.kind, found.name) == ("make-up", "元旦")
    assert found.papers == calendar.known[2019].papers


@pytest.mark.parametrize(
    ("start", "end", "without_holidays"),
    [
        ("2026-02-13", "2026-03-02", "2026-02-24"),
        ("2026-09-30", "2026-10-15", "2026-10-09"),
        ("2026-12-22", "2026-12-31", "2026-12-31"),
        ("2026-02-14", "2026-03-03", "2026-02-24"),
        ("2018-12-28", "2019-01-09", "2019-01-08"),
    ],
)
def test_seven_working_days(
    calendar: Calendar, start: str, end: str, without_holidays: str
) -> None:
    found = calendar.due(parse_day(start), 7)
    assert found.to_json() == {"due": end, "status": "official", "calendar": calendar.version}
    assert naive(parse_day(start), 7).isoformat() == without_holidays


def test_naive_counting_is_wrong_for_one_start_in_five(calendar: Calendar) -> None:
    days = days_between(date(2026, 1, 1), date(2026, 12, 15))
    starts = [day for day in days if calendar.day(day).is_working]
    errors = [(calendar.due(day, 7).date - naive(day, 7)).days for day in starts]
    assert len(starts) == 236
    assert sum(error != 0 for error in errors) == 51
    assert (min(errors), max(errors)) == (-3, 8)


@pytest.mark.parametrize("start", [date(2026, 12, 23), date(2026, 12, 31), date(2027, 3, 1)])
def test_a_clock_into_an_unknown_year_is_refused(calendar: Calendar, start: date) -> None:
    with pytest.raises(DataError, match="2027 are not known; known years: 2018 to 2026") as error:
        calendar.due(start, 7)
    assert error.value.code == "calendar.unknown_year"


def test_the_years_before_are_unknown_too(calendar: Calendar) -> None:
    with pytest.raises(DataError, match="2017"):
        calendar.due(date(2017, 12, 30), 1)
    assert calendar.due(date(2017, 12, 31), 1).date == date(2018, 1, 2)


def test_an_assumed_year_is_provisional(calendar: Calendar) -> None:
    assumed = calendar.assume(2027)
    found = assumed.due(date(2026, 12, 23), 7)
    assert (found.date, found.status) == (date(2027, 1, 1), "provisional")
    assert found.calendar == assumed.version != calendar.version
    assert assumed.due(date(2026, 12, 22), 7).status == "official"
    assert assumed.known[2027].is_assumed
    assert assumed.day(date(2027, 5, 1)) == Day(date(2027, 5, 1), "weekend", "provisional")


def test_assuming_leaves_known_years_as_they_are(calendar: Calendar) -> None:
    assert calendar.assume(2025, 2026).version == calendar.version


def test_a_provisional_notice_that_reaches_back_makes_december_provisional(
    calendar: Calendar,
) -> None:
    days = {**NEW_YEAR, date(2026, 12, 31): ("holiday", "元旦")}
    draft = calendar.with_years([year(2027, status="provisional", days=days)])
    found = draft.due(date(2026, 12, 29), 1), draft.due(date(2026, 12, 30), 1)
    assert [due.status for due in found] == ["official", "provisional"]
    assert found[1].date == date(2027, 1, 4)


def test_one_provisional_day_on_the_way_makes_the_clock_provisional(calendar: Calendar) -> None:
    days = {**NEW_YEAR, date(2026, 12, 26): ("make-up", "元旦")}
    draft = calendar.with_years([year(2027, status="provisional", days=days)])
    assert draft.day(date(2026, 12, 26)).status == "provisional"
    found = draft.due(date(2026, 12, 25), 2)
    assert (found.date, found.status) == (date(2026, 12, 28), "provisional")
    assert draft.due(date(2026, 12, 26), 1).status == "official"
    assert draft.count(date(2026, 12, 25), date(2026, 12, 28)).status == "provisional"


def test_an_act_at_24_00_is_too_late(calendar: Calendar) -> None:
    found = calendar.due(date(2026, 2, 13), 7)
    assert found.ends_at == datetime(2026, 3, 3, tzinfo=ZONE)
    assert found.in_time(datetime(2026, 3, 2, 23, 59, 59, tzinfo=ZONE))
    assert not found.in_time(datetime(2026, 3, 3, 0, 0, 0, tzinfo=ZONE))
    assert found.in_time(datetime(2026, 3, 2, 15, 59, 59, 999_999, tzinfo=UTC))
    assert not found.in_time(datetime(2026, 3, 2, 16, 0, 0, tzinfo=UTC))


@pytest.mark.parametrize("hours", [-12, -5, 0, 8, 14])
def test_the_end_is_one_instant_in_every_zone(hours: int) -> None:
    there = ends_at(date(2026, 3, 2)).astimezone(timezone(timedelta(hours=hours)))
    assert day_of(there) == date(2026, 3, 3)
    assert day_of(there - SECOND) == date(2026, 3, 2)


def test_the_zone_is_that_of_shanghai() -> None:
    try:
        shanghai = ZoneInfo("Asia/Shanghai")
    except ZoneInfoNotFoundError:
        pytest.skip("no time zones are installed")
    for number in range(1992, 2060):
        for month in (1, 7):
            moment = datetime(number, month, 1, tzinfo=shanghai)
            assert moment.utcoffset() == ZONE.utcoffset(None)


def test_the_start_of_a_moment_is_its_day_in_china(calendar: Calendar) -> None:
    late = datetime(2026, 2, 12, 16, 30, tzinfo=UTC)
    assert calendar.due(late, 7).date == calendar.due(date(2026, 2, 13), 7).date
    early = datetime(2026, 2, 12, 15, 59, tzinfo=UTC)
    assert calendar.due(early, 7).date == calendar.due(date(2026, 2, 12), 7).date


@given(starts, counts, counts)
def test_clocks_add_up(start: date, one: int, other: int) -> None:
    calendar = shipped()
    there = calendar.due(calendar.due(start, one).date, other).date
    assert there == calendar.due(start, one + other).date


@given(starts, starts, counts)
def test_a_later_start_never_ends_earlier(one: date, other: date, days: int) -> None:
    calendar = shipped()
    first, last = sorted([one, other])
    assert calendar.due(first, days).date <= calendar.due(last, days).date


@given(starts, counts)
def test_a_longer_clock_ends_later_and_on_a_working_day(start: date, days: int) -> None:
    calendar = shipped()
    end = calendar.due(start, days).date
    assert start < end < calendar.due(start, days + 1).date
    assert calendar.day(end).is_working
    assert calendar.count(start, end).n_days == days


@given(starts, starts, starts)
def test_counts_add_up(one: date, two: date, three: date) -> None:
    calendar = shipped()
    a, b, c = sorted([one, two, three])
    parts = calendar.count(a, b).n_days + calendar.count(b, c).n_days
    assert calendar.count(a, c).n_days == parts


def test_counting_between(calendar: Calendar) -> None:
    assert calendar.count(date(2025, 12, 31), LAST).n_days == 248
    assert calendar.count(LAST, LAST).n_days == 0
    assert calendar.assume(2027).count(LAST, date(2027, 1, 1)).to_json() == {
        "working_days": 1,
        "status": "provisional",
        "calendar": calendar.assume(2027).version,
    }
    with pytest.raises(ConfigError, match="before the start"):
        calendar.count(LAST, FIRST)
    with pytest.raises(DataError, match="2027"):
        calendar.count(LAST, date(2027, 1, 1))


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-12-15", 12, "2027-12-15"),
        ("2026-05-15", 1, "2026-06-15"),
    ],
)
def test_months_end_on_the_same_day_or_the_months_last(
    calendar: Calendar, start: str, count: int, end: str
) -> None:
    found = calendar.end(parse_day(start), count, "months")
    assert (found.date.isoformat(), found.status) == (end, "official")


def test_calendar_days_may_run_on_to_a_working_day(calendar: Calendar) -> None:
    start = date(2026, 9, 1)
    assert calendar.end(start, 30, "d").date == date(2026, 10, 1)
    assert calendar.end(start, 30, "d", roll=True).date == date(2026, 10, 8)
    assert calendar.end(start, 1, "d", roll=True).date == date(2026, 9, 2)
    assert calendar.end(date(2026, 9, 3), 1, "months", roll=True).date == date(2026, 10, 8)
    assert calendar.end(LAST, 30, "d").date == date(2027, 1, 30)
    with pytest.raises(DataError, match="2027"):
        calendar.end(LAST, 30, "d", roll=True)
    rolled = calendar.assume(2027).end(LAST, 30, "d", roll=True)
    assert (rolled.date, rolled.status) == (date(2027, 2, 1), "provisional")
    assert calendar.assume(2027).again(rolled) == rolled


def test_hours_run_from_the_moment(calendar: Calendar) -> None:
    start = datetime(2026, 2, 13, 23, 30, tzinfo=ZONE)
    found = calendar.end(start, 24, "h")
    assert found.ends_at == datetime(2026, 2, 14, 23, 30, tzinfo=ZONE)
    assert found.in_time(found.ends_at - SECOND)
    assert not found.in_time(found.ends_at)
    whole = calendar.end(datetime(2026, 2, 12, 16, 0, tzinfo=UTC), 24, "h")
    assert (whole.date, whole.ends_at) == (date(2026, 2, 13), ends_at(date(2026, 2, 13)))


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda c: c.due(FIRST, 0), "calendar.days"),
        (lambda c: c.due(FIRST, -1), "calendar.days"),
        (lambda c: c.due(FIRST, True), "calendar.days"),
        (lambda c: c.due(FIRST, 2.0), "calendar.days"),
        (lambda c: c.due(FIRST, float("nan")), "calendar.days"),
        (lambda c: c.due(FIRST, 10**5000), "calendar.days"),
        (lambda c: c.end(FIRST, 1, "weeks"), "calendar.days"),
        (lambda c: c.end(FIRST, 24, "h"), "calendar.zone"),
        (lambda c: c.due(datetime(2026, 1, 1), 1), "calendar.zone"),
        (lambda c: c.due(datetime.min.replace(tzinfo=timezone.max), 1), "calendar.zone"),
        (lambda c: c.due(date(1949, 10, 1), 1), "calendar.date"),
        (lambda c: c.due(date.max, 1), "calendar.date"),
        (lambda c: c.end(date(2200, 12, 31), 1, "d"), "calendar.date"),
        (lambda c: c.end(date(2200, 12, 31), 1, "months"), "calendar.date"),
        (lambda c: c.due(FIRST, 7).in_time(datetime(2026, 1, 1)), "calendar.zone"),
        (lambda c: c.assume(1900), "calendar.field"),
        (lambda c: c.days(2027), "calendar.unknown_year"),
    ],
)
def test_a_clock_that_cannot_be_is_refused(
    calendar: Calendar, act: Callable[[Calendar], object], code: str
) -> None:
    with pytest.raises((ConfigError, DataError)) as error:
        act(calendar)
    assert error.value.code == code


def test_the_end_of_all_calendars_is_refused() -> None:
    last = Calendar("cn", {2200: year(2200)})
    with pytest.raises(ConfigError, match="ends outside all calendars"):
        last.due(date(2200, 1, 1), 300)
    with pytest.raises(ConfigError, match="ends outside all calendars"):
        Calendar("cn", {2200: year(2200, days={date(2200, 12, 31): ("holiday", "x")})}).end(
            date(2200, 12, 30), 1, "d", roll=True
        )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-02-30", "calendar.date"),
        ("20260213", "calendar.date"),
        ("2026-W07-5", "calendar.date"),
        ("13.02.2026", "calendar.date"),
        ("２０２６-02-13", "calendar.date"),
        ("", "calendar.date"),
        ("2026-02-13\n", "calendar.date"),
        ("Tuesday", "calendar.date"),
        ("2026-02-13T09:00:00", "calendar.zone"),
        ("0001-01-01T00:00:00+14:00", "calendar.zone"),
    ],
)
def test_a_start_that_is_no_day_is_refused(text: str, code: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_moment(text)
    assert error.value.code == code


def test_a_moment_is_read_with_its_zone() -> None:
    assert parse_moment("2026-02-12T16:30:00Z") == datetime(2026, 2, 13, 0, 30, tzinfo=ZONE)


def test_the_version_names_exactly_the_days(calendar: Calendar) -> None:
    assert calendar.version.startswith("cn-2026-")
    known = dict(calendar.known)
    same = Calendar("cn", dict(reversed(known.items())))
    assert same.version == calendar.version
    renamed = {day: (kind, "x") for day, (kind, _) in known[2026].days.items()}
    papers = tuple(paper.replace("https", "http") for paper in known[2026].papers)
    alike = {**known, 2026: year(2026, days=renamed, papers=papers)}
    assert Calendar("cn", alike).version == calendar.version
    assert not difference(calendar, Calendar("cn", alike))
    assert Calendar("cn", {**known, 2026: year(2026, days=renamed)}).version != calendar.version
    fewer = Calendar("cn", {**known, 2026: year(2026)})
    assert fewer.version != calendar.version


def test_taking_a_year_in_gives_a_version_and_a_diff(calendar: Calendar) -> None:
    days = {**NEW_YEAR, date(2026, 12, 31): ("holiday", "元旦")}
    after = calendar.with_years([year(2027, days=days)])
    found = difference(calendar, after)
    assert (found.before, found.after) == (calendar.version, after.version)
    assert [(c.year, c.before, c.after, c.papers) for c in found.years] == [
        (2027, "not known", "official", (PAPER,))
    ]
    assert [(c.date, c.before, c.after) for c in found.days] == [
        (date(2026, 12, 31), "workday", "holiday")
    ]
    assert found.touches(date(2026, 12, 22), date(2026, 12, 31))
    assert not found.touches(date(2026, 12, 21), date(2026, 12, 30))
    assert not found.touches(date(2026, 12, 31), date(2026, 12, 31))
    assert not difference(after, after)


def test_a_clock_on_provisional_days_is_touched_when_they_become_official(
    calendar: Calendar,
) -> None:
    assumed = calendar.assume(2027)
    due = assumed.due(date(2026, 12, 23), 7)
    after = assumed.with_years([year(2027)])
    found = difference(assumed, after)
    assert found.touches(date(2026, 12, 23), due.date)
    assert found.to_json()["years"] == [
        {"year": 2027, "before": "provisional", "after": "official", "papers": (PAPER,)}
    ]
    again = after.again(due)
    assert (again.date, again.status) == (date(2027, 1, 4), "official")


def test_an_official_year_changes_only_by_a_further_notice(calendar: Calendar) -> None:
    old = calendar.known[2026]
    days = {**old.days, date(2026, 12, 31): ("holiday", "元旦")}
    amended = KnownYear(
        year=2026, status="official", papers=(*old.papers, PAPER), days=days, checked=None
    )
    found = difference(calendar, calendar.with_years([amended]))
    assert [change.date for change in found.days] == [date(2026, 12, 31)]
    assert found.years[0].papers == (PAPER,)
    for papers in (old.papers, (PAPER,)):
        wrong = KnownYear(year=2026, status="official", papers=papers, days=days)
        with pytest.raises(DataError, match="says otherwise of 2026-12-31") as error:
            calendar.with_years([wrong])
        assert error.value.code == "calendar.contradiction"
    with pytest.raises(DataError, match="2026 is official already"):
        calendar.with_years([year(2026, status="provisional")])


def test_the_same_year_again_changes_nothing(calendar: Calendar) -> None:
    assert calendar.with_years(calendar.known.values()).version == calendar.version


def test_a_free_weekend_may_be_named_or_not(calendar: Calendar) -> None:
    """Collections differ in it, and no clock does."""
    old = calendar.known[2026]
    days = {day: said for day, said in old.days.items() if day.weekday() < 5 or "make-up" in said}
    papers = tuple(paper.replace("https", "http") for paper in old.papers)
    same = KnownYear(year=2026, status="official", papers=papers, days=days)
    after = calendar.with_years([same])
    found = difference(calendar, after)
    assert len(found.days) == len(old.days) - len(days) > 0
    assert not found.touches(date(2026, 1, 1), LAST)
    assert after.count(date(2025, 12, 31), LAST).n_days == 248


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"papers": ()}, "calendar.unsourced"),
        ({"papers": (" ",)}, "calendar.field"),
        ({"papers": ("a\nb",)}, "calendar.field"),
        ({"papers": ("a" * 301,)}, "calendar.field"),
        ({"papers": (7,)}, "calendar.field"),
        ({"papers": (PAPER,) * 21}, "calendar.field"),
        ({"days": {}}, "calendar.empty"),
        ({"days": {date(2027, 1, 4): ("make-up", "元旦")}}, "calendar.contradiction"),
        ({"days": {date(2027, 1, 8): ("make-up", "元旦")}}, "calendar.contradiction"),
        ({"days": {date(2027, 1, 2): ("workday", "元旦")}}, "calendar.field"),
        ({"days": {date(2026, 11, 30): ("holiday", "元旦")}}, "calendar.date"),
        ({"days": {date(2028, 2, 1): ("holiday", "元旦")}}, "calendar.date"),
        ({"days": {date(2027, 1, 1): ("holiday", "元\u2028旦")}}, "calendar.field"),
        ({"status": "sure"}, "calendar.field"),
        ({"checked": ""}, "calendar.field"),
        ({"year": True}, "calendar.field"),
        ({"year": "2027"}, "calendar.field"),
        ({"year": 1949}, "calendar.field"),
    ],
)
def test_a_year_that_cannot_be_is_refused(said: dict[str, Any], code: str) -> None:
    whole = {"year": 2027, "status": "official", "papers": (PAPER,), "days": NEW_YEAR, **said}
    with pytest.raises(DataError) as error:
        KnownYear(**whole)
    assert error.value.code == code


def test_two_years_that_contradict_each_other_are_refused(calendar: Calendar) -> None:
    days = {**NEW_YEAR, date(2026, 10, 10): ("holiday", "元旦")}
    with pytest.raises(DataError, match="names 2026-10-10 in the days of 2027") as error:
        year(2027, days=days)
    assert error.value.code == "calendar.date"
    makeup = {**NEW_YEAR, date(2026, 12, 27): ("make-up", "元旦")}
    after = calendar.with_years([year(2027, days=makeup)])
    late = {date(2026, 12, 27): ("holiday", "x")}
    with pytest.raises(DataError, match="2026-12-27 that it is a holiday day") as error:
        Calendar("cn", {**after.known, 2026: year(2026, days=late)})
    assert error.value.code == "calendar.contradiction"


def test_a_year_with_few_holidays_is_told(calendar: Calendar) -> None:
    after = calendar.with_years([year(2027)])
    assert sparse_years(after, difference(calendar, after)) == [2027]
    assert sparse_years(calendar, difference(calendar, calendar)) == []
    first = Calendar("cn", {2027: year(2027)})
    assert sparse_years(first, difference(Calendar("cn", {}), first)) == []
