"""`guanyao filing calendar`: when a clock of working days ends, and new years as they come out."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guanyao.cli.filing.place import OfAct
from guanyao.cli.options import AsJson, grouped
from guanyao.cli.output import say, say_json, say_table

if TYPE_CHECKING:
    from guanyao.filing.calendar import Calendar
    from guanyao.filing.calendar_diff import Diff

HELP = "Working days: when a clock ends, which days count, and new years as they come out."

Start = Annotated[
    str,
    typer.Argument(
        metavar="START",
        help="The day that starts the clock, as 2026-09-30; it does not count itself. A moment "
        "with its zone, 2026-09-30T23:30:00+08:00, counts as its day in China.",
        show_default=False,
    ),
]
Days = Annotated[
    int, typer.Argument(metavar="DAYS", help="How many working days.", show_default=False)
]
Last = Annotated[
    str, typer.Argument(metavar="END", help="The last day that counts.", show_default=False)
]
Year = Annotated[int, typer.Argument(metavar="YEAR", help="The year, as 2026.", show_default=False)]
CalendarFile = Annotated[
    Path | None,
    typer.Option(
        "--calendar",
        metavar="FILE",
        help="A calendar that `import` wrote.",
        show_default="the one Guanyao ships",
    ),
]
Assumed = Annotated[
    list[int] | None,
    typer.Option(
        "--assume",
        metavar="YEAR",
        help="Count a year that is not known as if it had weekends only; the result is "
        "provisional. May be given several times.",
        show_default=False,
    ),
]
DaysFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="Years to take in: a JSON file of holiday-cn, or YAML as docs/filing-calendar.md "
        "shows.",
        show_default=False,
    ),
]
CalendarOut = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="FILE", help="The file for the new calendar.", show_default=False
    ),
]
Provisional = Annotated[
    bool,
    typer.Option("--provisional", help="The days are a guess or a draft, not yet official."),
]
NewCalendar = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A calendar that `import` wrote.", show_default=False),
]
Earlier = Annotated[
    Path,
    typer.Argument(metavar="A", help="The calendar before.", show_default=False),
]
Later = Annotated[
    Path,
    typer.Argument(metavar="B", help="The calendar after.", show_default=False),
]


def due(
    start: Start,
    days: Days,
    calendar: CalendarFile = None,
    assume: Assumed = None,
    as_json: AsJson = False,
) -> None:
    """Say on which day a clock of working days ends.

    The start day does not count, and the last day counts until 24:00 in China.

    Examples:
      guanyao filing calendar due 2026-02-13 7
      guanyao filing calendar due 2026-12-23 7 --assume 2027 --json
    """
    from guanyao.flows.filing.calendar import due as flow

    found = flow(start, days, calendar=calendar, assume=tuple(assume or ()))
    if as_json:
        say_json(found.to_json())
        return
    say(f"due {found.date} ({found.date:%A}), until 24:00 in China")
    say(f"{found.status}, by the calendar {found.calendar}")
    if found.status == "provisional":
        say("note: it rests on days that are not official yet; count again when they are")


def count(
    start: Start,
    end: Last,
    calendar: CalendarFile = None,
    assume: Assumed = None,
    as_json: AsJson = False,
) -> None:
    """Say how many working days lie after one day, up to and with another.

    Examples:
      guanyao filing calendar count 2026-09-30 2026-10-15
    """
    from guanyao.flows.filing.calendar import count as flow

    found = flow(start, end, calendar=calendar, assume=tuple(assume or ()))
    if as_json:
        say_json(found.to_json())
    else:
        say(f"{found.n_days:,} working days, {found.status}, by the calendar {found.calendar}")


def show(year: Year, calendar: CalendarFile = None, as_json: AsJson = False) -> None:
    """Show the holidays and make-up days of a year, and where they come from.

    Examples:
      guanyao filing calendar show 2026
    """
    from guanyao.flows.filing.calendar import show as flow

    found = flow(year, calendar=calendar)
    if as_json:
        say_json({"verb": "filing calendar show", **found.to_json()})
        return
    rows = [(day.date, f"{day.date:%A}", day.kind, day.name, day.status) for day in found.days]
    say_table(("day", "", "kind", "holiday", "status"), rows)
    say(f"{year}: {found.status}, {found.n_working_days} working days")
    for paper in found.papers:
        say(f"source: {paper}")
    say(f"checked against the source by: {found.checked or 'nobody yet'}")


def take_in(
    file: DaysFile,
    out: CalendarOut,
    provisional: Provisional = False,
    calendar: CalendarFile = None,
    as_json: AsJson = False,
) -> None:
    """Take in years that came out, and write the calendar with them.

    The calendar that is shipped, or that of --calendar, stays as it is; the new one has a version
    of its own, and what changed is listed.

    Examples:
      guanyao filing calendar import 2027.json -o cn-2027.yaml
      guanyao filing calendar import draft.yaml -o draft-2027.yaml --provisional
    """
    from guanyao.flows.filing.calendar import take_in as flow

    found = flow(file, out, provisional=provisional, calendar=calendar)
    if as_json:
        more = {"sparse_years": list(found.sparse), "files": {"calendar": str(out)}}
        say_json({"verb": "filing calendar import", **found.diff.to_json(), **more})
        return
    _tell(found.diff)
    for year in found.sparse:
        say(f"note: {year} lists far fewer holidays than other years; is the file whole?")
    say(f"calendar {_described(found.calendar)}: {out}")


def diff(a: Earlier, b: Later, as_json: AsJson = False) -> None:
    """List what differs between two calendars.

    Examples:
      guanyao filing calendar diff cn-2026.yaml cn-2027.yaml
    """
    from guanyao.flows.filing.calendar import diff as flow

    found = flow(a, b)
    if as_json:
        say_json({"verb": "filing calendar diff", **found.to_json()})
    else:
        _tell(found)


@grouped("filing", "lang")
def use(options: OfAct, file: NewCalendar, as_json: AsJson = False) -> None:
    """Let the room count by a calendar that came out; clocks on provisional days count anew.

    FILE is a calendar that `import` wrote, or a year as `import` takes it in.

    Examples:
      guanyao filing calendar use cn-2027.yaml --by dai
    """
    from guanyao.flows.filing.calendar import use as flow
    from guanyao.flows.filing.people import member

    with options.opened() as room:
        who = member(room, options.person, options.role, "authority")
        found = flow(room, file, actor=who)
    if as_json:
        say_json({"verb": "filing calendar use", **found})
        return
    say(f"the room counts by {found['calendar']}")
    for row in found["recounted"]:
        whose = f"{row['filing']} {row['case']}".strip()
        say(f"{whose} {row['clock']}: {row['before']} -> {row['after']} ({row['status']})")


def _tell(found: "Diff") -> None:
    if not found:
        say("no day differs")
        return
    if found.years:
        years = [(c.year, c.before, c.after, "\n".join(c.papers)) for c in found.years]
        say_table(("year", "before", "after", "new source"), years)
    if found.days:
        days = [(c.date, f"{c.date:%A}", c.before, c.after) for c in found.days]
        say_table(("day", "", "before", "after"), days)


def _described(calendar: "Calendar") -> str:
    first, last = calendar.years[0], calendar.years[-1]
    return f"{calendar.version}, {first} to {last}"


COMMANDS: dict[str, Callable[..., None]] = {
    "due": due,
    "count": count,
    "show": show,
    "import": take_in,
    "diff": diff,
    "use": use,
}
