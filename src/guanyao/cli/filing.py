"""`guanyao filing`: the rules of the filing, and its clocks."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guanyao.cli.options import AsJson
from guanyao.cli.output import say, say_json, say_table

if TYPE_CHECKING:
    from guanyao.filing.calendar import Calendar
    from guanyao.filing.calendar_diff import Diff
    from guanyao.filing.pack import Pack
    from guanyao.flows.filing_gaps import Gaps

HELP = "The filing: its calendar, its rules, and what evidence they still need."
CALENDAR_HELP = "Working days: when a clock ends, which days count, and new years as they come out."

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
Earlier = Annotated[
    Path,
    typer.Argument(metavar="A", help="The calendar before.", show_default=False),
]
Later = Annotated[
    Path,
    typer.Argument(metavar="B", help="The calendar after.", show_default=False),
]

ProfileName = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="A profile that `guanyao filing profiles` lists, or a .yaml file of your own.",
    ),
]
DrawingForm = Annotated[
    str, typer.Option("--as", metavar="FORM", help="mermaid, table or permissions.")
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
    from guanyao.flows.filing_calendar import due as flow

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
    from guanyao.flows.filing_calendar import count as flow

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
    from guanyao.flows.filing_calendar import show as flow

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
    from guanyao.flows.filing_calendar import take_in as flow

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
    from guanyao.flows.filing_calendar import diff as flow

    found = flow(a, b)
    if as_json:
        say_json({"verb": "filing calendar diff", **found.to_json()})
    else:
        _tell(found)


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


PACKS_HELP = "Rule packs: the clauses of laws and standards, as data with their sources."

PackFolder = Annotated[
    Path | None,
    typer.Option(
        "--packs", metavar="DIR", help="A folder of further rule packs.", show_default=False
    ),
]
NewPackFolder = Annotated[
    Path,
    typer.Option("--packs", metavar="DIR", help="The folder for it; made if it is not there."),
]
PackFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A rule pack, YAML or JSON.", show_default=False)
]
OldPack = Annotated[
    str, typer.Argument(metavar="A", help="A pack's name, or a file.", show_default=False)
]
NewPack = Annotated[
    str, typer.Argument(metavar="B", help="A pack's name, or a file.", show_default=False)
]
ServiceFile = Annotated[
    Path,
    typer.Option(metavar="FILE", help="What is known of the service (YAML).", show_default=False),
]
EvidencePlaces = Annotated[
    list[Path] | None,
    typer.Option(
        "--evidence",
        metavar="DIR_OR_FILE",
        help="Evidence: run.json, reports, proofs, or a folder of them. May be repeated.",
        show_default=False,
    ),
]
PackNames = Annotated[
    list[str] | None,
    typer.Option(
        "--pack",
        metavar="NAME",
        help="A rule pack to ask. May be repeated.",
        show_default="all that are in force",
    ),
]
OnlyStatus = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="STATUS",
        help="Show only clauses that stand so: met, not_met, not_shown, missing, to_decide, "
        "not_applicable or unknown. May be repeated.",
        show_default=False,
    ),
]
Attested = Annotated[Path, typer.Argument(metavar="FILE", help="The document.", show_default=False)]
Topic = Annotated[
    str,
    typer.Option(metavar="TOPIC", help="What it proves, e.g. privacy_policy.", show_default=False),
]
Vouching = Annotated[
    str, typer.Option("--by", metavar="NAME", help="Who vouches for it.", show_default=False)
]
AttestedOut = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="FILE.json", help="The file for the evidence.", show_default=False
    ),
]
ValidUntil = Annotated[
    str | None,
    typer.Option(metavar="DAY", help="The last day that it is valid.", show_default=False),
]


def list_packs(packs: PackFolder = None, as_json: AsJson = False) -> None:
    """List the rule packs, and how many of their sources nobody has compared with the text yet.

    Examples:
      guanyao filing packs list
    """
    from datetime import UTC, datetime

    from guanyao.flows import filing_packs

    now = datetime.now(UTC)
    found = filing_packs.packs(packs)
    if as_json:
        lines = [{**_pack_line(p), "in_force": filing_packs.is_in_force(p, now)} for p in found]
        say_json({"verb": "filing packs list", "packs": lines})
        return
    rows = [_pack_row(p, filing_packs.is_in_force(p, now)) for p in found]
    say_table(("pack", "version", "clauses", "in force", "sources unchecked", "title"), rows)


def _pack_row(pack: "Pack", is_in_force: bool) -> list[object]:
    unchecked = f"{pack.unchecked()} of {len(list(pack.sources()))}"
    in_force = "yes" if is_in_force else "no"
    return [pack.id, pack.version, len(pack.clauses), in_force, unchecked, pack.title["en"]]


def _pack_line(pack: "Pack") -> dict[str, object]:
    return {
        "id": pack.id,
        "version": pack.version,
        "title": dict(pack.title),
        "digest": pack.digest,
        "n_clauses": len(pack.clauses),
        "n_sources": len(list(pack.sources())),
        "n_unchecked": pack.unchecked(),
        "effective_from": pack.effective_from.isoformat(),
        "effective_to": pack.effective_to.isoformat() if pack.effective_to else None,
    }


def check_pack(file: PackFile, as_json: AsJson = False) -> None:
    """Say whether a rule pack is whole; a fault names the clause and the field.

    Examples:
      guanyao filing packs check my-pack.yaml
    """
    from guanyao.flows.filing_packs import check

    found = check(file)
    if as_json:
        say_json({"verb": "filing packs check", "ok": True, **_pack_line(found)})
        return
    say(f"{found.id} {found.version}: {len(found.clauses)} clauses, digest {found.digest[:12]}")
    say(f"sources that nobody has checked: {found.unchecked()} of {len(list(found.sources()))}")


def add_pack(file: PackFile, packs: NewPackFolder = Path("packs"), as_json: AsJson = False) -> None:
    """Put a rule pack into a folder that --packs names.

    Examples:
      guanyao filing packs add my-pack.yaml --packs packs
    """
    from guanyao.flows.filing_packs import add

    place = add(file, packs)
    if as_json:
        say_json({"verb": "filing packs add", "files": {"pack": str(place)}})
    else:
        say(f"pack: {place}")


def diff_packs(
    old: OldPack, new: NewPack, packs: PackFolder = None, as_json: AsJson = False
) -> None:
    """Show what differs between two rule packs, clause by clause.

    Examples:
      guanyao filing packs diff cn-tc260-003-2024 cn-gbt45654-2025
    """
    from dataclasses import asdict

    from guanyao.flows.filing_packs import compare

    before, after, changes = compare(old, new, packs)
    if as_json:
        both = {"old": _pack_line(before), "new": _pack_line(after)}
        lines = [asdict(change) for change in changes]
        say_json({"verb": "filing packs diff", **both, "changes": lines})
        return
    rows = ((c.clause or "(pack)", c.what, c.field, c.before, c.after) for c in changes)
    if changes:
        say_table(("clause", "what", "field", "before", "after"), rows)
    say(f"{len(changes)} differences")


def gaps(
    service: ServiceFile,
    evidence: EvidencePlaces = None,
    pack: PackNames = None,
    packs: PackFolder = None,
    only: OnlyStatus = None,
    as_json: AsJson = False,
) -> None:
    """Show clause by clause what is met by which evidence, what is missing, and how to get it.

    Examples:
      guanyao filing gaps --service service.yaml --evidence out
      guanyao filing gaps --service service.yaml --evidence out --pack cn-pipl --only missing
    """
    from datetime import UTC, datetime

    from guanyao.flows.filing_gaps import checked_statuses
    from guanyao.flows.filing_gaps import gaps as flow

    shown = checked_statuses(only or ())
    now = datetime.now(UTC)
    found = flow(service, evidence or (), now=now, packs=pack or (), folder=packs)
    if as_json:
        say_json({"verb": "filing gaps", **found.to_json()})
    else:
        _tell_gaps(found, shown)


def _tell_gaps(found: "Gaps", shown: Sequence[str]) -> None:
    from guanyao.flows.filing_gaps import lines

    say(f"service: {found.service.name}")
    for name, digest in (("model", found.subject.model), ("data", found.subject.data)):
        say(f"{name}: {digest[:12] or 'not known; give run.json, or state its digest'}")
    for item in found.evidence:
        say(f"evidence: {item.id} ({item.name})")
    for name in found.skipped:
        say(f"not evidence: {name}")
    for line in lines(found, shown):
        say(line)
    rows = ((p.id, *found.counts(p.id).values()) for p in found.packs)
    say_table(("pack", *(name.replace("_", " ") for name in found.counts())), rows)
    n_open = sum(pack.unchecked() for pack in found.packs)
    say(f"note: nobody has compared {n_open} sources of these packs with the texts yet")
    say("note: these are proposals; a person decides each clause")


def attest(
    file: Attested,
    topic: Topic,
    by: Vouching,
    out: AttestedOut,
    valid_until: ValidUntil = None,
    as_json: AsJson = False,
) -> None:
    """Write down that a person vouches for a document: its digest, not the document itself.

    Examples:
      guanyao filing attest privacy.pdf --topic privacy_policy --by "Li" -o privacy.json
    """
    from datetime import UTC, datetime

    from guanyao.flows.filing_gaps import attest as flow

    found = flow(file, out, topic=topic, by=by, now=datetime.now(UTC), valid_until=valid_until)
    if as_json:
        say_json({"verb": "filing attest", "files": {"evidence": str(out)}, **found.to_json()})
    else:
        say(f"evidence {found.id}: {out}")


PACKS: dict[str, Callable[..., None]] = {
    "list": list_packs,
    "check": check_pack,
    "add": add_pack,
    "diff": diff_packs,
}


def diagram(
    profile: ProfileName = "notice7", form: DrawingForm = "mermaid", as_json: AsJson = False
) -> None:
    """Draw a profile: its states (Mermaid), its table of acts, or who may do what.

    Examples:
      guanyao filing diagram
      guanyao filing diagram --profile cn-genai-filing --as permissions
    """
    from guanyao.flows.filing_profiles import diagram as flow

    text = flow(profile, form)
    if as_json:
        say_json({"verb": "filing diagram", "profile": profile, "as": form, "text": text})
    else:
        say(text.rstrip("\n"))


def profiles(as_json: AsJson = False) -> None:
    """List the workflows that a filing can follow, with version and digest.

    Examples:
      guanyao filing profiles
    """
    from dataclasses import asdict

    from guanyao.flows.filing_profiles import profiles as flow

    found = flow()
    if as_json:
        say_json({"verb": "filing profiles", "profiles": [asdict(row) for row in found]})
        return
    say_table(
        ("name", "version", "digest", "what it is", "derived from"),
        ((row.name, row.version, row.digest[:12], row.title, row.extends) for row in found),
    )


CALENDAR: dict[str, Callable[..., None]] = {
    "due": due,
    "count": count,
    "show": show,
    "import": take_in,
    "diff": diff,
}

COMMANDS: Mapping[str, Callable[..., None] | tuple[str, Mapping[str, Callable[..., None]]]] = {
    "calendar": (CALENDAR_HELP, CALENDAR),
    "diagram": diagram,
    "profiles": profiles,
    "packs": (PACKS_HELP, PACKS),
    "gaps": gaps,
    "attest": attest,
}
"""Second words: a command, or what the word is for with its third words."""
