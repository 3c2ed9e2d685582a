"""`guanyao filing incident`, `complaint`, `rights`, `hearing`: the desks beside the filing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guanyao.cli.filing.place import OfAct
from guanyao.cli.options import AsJson, grouped, pairs
from guanyao.cli.output import say, say_json, say_table
from guanyao.errors import ConfigError

if TYPE_CHECKING:
    from datetime import datetime

    from guanyao.filing.incident import ProviderCase

INCIDENT_HELP = "Incidents at the provider: contain, report in time, retrain, close."
COMPLAINT_HELP = "Complaints: through which channel, answered within the published limit."
RIGHTS_HELP = "Requests of persons about their data: see, copy, correct, delete."
HEARING_HELP = "Offers to be heard, made to the provider before an act against it."

Severity = Annotated[
    str,
    typer.Option(metavar="NAME", help="special, major, large or general.", show_default=False),
]
Cause = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="illegal_content, data_leak, misuse, outage or other.",
        show_default=False,
    ),
]
Operator = Annotated[
    str,
    typer.Option(metavar="NAME", help="Who runs the network: ordinary, state_body or critical."),
]
Channel = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="phone, mail, web, window, sms or letter.", show_default=False
    ),
]
Matter = Annotated[
    str,
    typer.Option(
        "--matter",
        metavar="NAME",
        help="content, privacy, rights, minors, service or other.",
    ),
]
RightsKind = Annotated[
    str,
    typer.Option("--kind", metavar="NAME", help="access, copy, correct or delete."),
]
Began = Annotated[
    str,
    typer.Option(
        metavar="MOMENT",
        help="When it was found or came in, as 2026-09-30T23:30:00+08:00.",
        show_default="now",
    ),
]
Note = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help="What happened or was said. Kept apart from the case, and can be forgotten.",
        show_default=False,
    ),
]
Contact = Annotated[
    list[str] | None,
    typer.Option(
        "--contact",
        metavar="KEY=VALUE",
        help="How to reach the person, e.g. email=... Kept apart. May be repeated.",
        show_default=False,
    ),
]
CaseName = Annotated[
    str, typer.Argument(metavar="CASE", help="The case, e.g. incident-1.", show_default=False)
]
StepName = Annotated[
    str,
    typer.Argument(metavar="STEP", help="What is done; `list` shows what is possible."),
]
Facts = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="What the step needs, e.g. reported_to=province or proof=SHA256.",
        show_default=False,
    ),
]
OnlyOpen = Annotated[bool, typer.Option("--open", help="Only cases where something must follow.")]
Since = Annotated[str, typer.Option(metavar="DAY", help="The first day.", show_default=False)]
Until = Annotated[str, typer.Option(metavar="DAY", help="The last day.", show_default=False)]
LogOut = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="FILE.json", help="The file for the evidence.", show_default=False
    ),
]
Figures = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=NUMBER",
        help="A figure that only the service's own logs know, e.g. n_users=120.",
        show_default=False,
    ),
]
Text = Annotated[
    str,
    typer.Option(metavar="TEXT", help="What is planned and why; or what is said to it."),
]
About = Annotated[
    str,
    typer.Option(metavar="EVENT", help="The act that is planned, e.g. revoke.", show_default="any"),
]
Moment = Annotated[
    str,
    typer.Option(
        "--until",
        metavar="MOMENT",
        help="Until when the provider may speak, as 2026-09-30T23:30:00+08:00.",
        show_default="five working days",
    ),
]
OfferNumber = Annotated[int, typer.Argument(metavar="N", help="Which offer.")]
Waive = Annotated[bool, typer.Option("--waive", help="The provider does not want to speak.")]

AboutFiling = Annotated[
    str | None,
    typer.Option(
        "--filing",
        metavar="ID",
        help="The filing whose service it is about.",
        show_default="none is named",
    ),
]


@dataclass(frozen=True, kw_only=True)
class AtDesk(OfAct):
    """Who works at which desk of the room; a filing is named where the case is about one."""

    filing: AboutFiling = None

    def open(self, desk: str, values: Mapping[str, str], words: "Words", *, as_json: bool) -> None:
        """Open a case, and tell it."""
        from guanyao.flows.filing import incidents as flow

        with self.opened() as room:
            found = flow.open_case(
                room,
                desk,
                flow.actor_at(room, desk, self.person, self.role),
                {key: value for key, value in values.items() if value},
                filing=self.filing or "",
                began=_moment(words.began),
                note=words.note,
                contact=pairs(words.contact or []),
            )
        _tell(found, as_json=as_json)


@dataclass(frozen=True, kw_only=True)
class Words:
    """What is written down with a new case."""

    began: str
    note: str
    contact: list[str] | None


def _moment(text: str) -> "datetime | None":
    from datetime import datetime

    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ConfigError(
            f"{text[:40]!r} is no moment",
            allowed="a moment with its zone, as 2026-09-30T23:30:00+08:00",
            code="calendar.date",
        )
    return found


def _tell(case: "ProviderCase", *, as_json: bool) -> None:
    from datetime import UTC, datetime

    from guanyao.flows.filing.incidents import to_rows

    [row] = to_rows([case], datetime.now(UTC))
    if as_json:
        say_json({"verb": f"filing {case.desk}", **row})
        return
    say(f"{case.id}: {case.state}")
    if row["next_clock"]:
        say(f"next: {row['next_clock']} until {row['next_ends']}")
    for clock in row["late"]:
        say(f"late: {clock}")


@grouped("lang")
def open_incident(
    options: AtDesk,
    severity: Severity,
    cause: Cause,
    operator: Operator = "ordinary",
    began: Began = "",
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Write down an incident; its clocks run in hours from when it was found.

    Examples:
      guanyao filing incident open --severity large --cause data_leak --by eda
    """
    values = {"severity": severity, "cause": cause, "operator": operator}
    options.open("incident", values, Words(began=began, note=note, contact=None), as_json=as_json)


@grouped("lang")
def open_complaint(
    options: AtDesk,
    channel: Channel,
    matter: Matter = "other",
    began: Began = "",
    note: Note = "",
    contact: Contact = None,
    as_json: AsJson = False,
) -> None:
    """Write down a complaint; words and contact are kept apart and can be forgotten.

    Examples:
      guanyao filing complaint open --channel web --matter privacy --by eda
    """
    words = Words(began=began, note=note, contact=contact)
    options.open("complaint", {"channel": channel, "about": matter}, words, as_json=as_json)


@grouped("lang")
def open_rights(
    options: AtDesk,
    kind: RightsKind,
    began: Began = "",
    note: Note = "",
    contact: Contact = None,
    as_json: AsJson = False,
) -> None:
    """Write down what a person asks about their data.

    Examples:
      guanyao filing rights open --kind delete --by eda
    """
    words = Words(began=began, note=note, contact=contact)
    options.open("rights", {"kind": kind}, words, as_json=as_json)


@grouped("filing", "lang")
def step(
    options: AtDesk,
    case: CaseName,
    step: StepName,
    facts: Facts = None,
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Do the next step of a case; what was refused is recorded, too.

    Examples:
      guanyao filing incident step incident-1 contain --by eda
      guanyao filing incident step incident-1 report --set reported_to=province --by ann
      guanyao filing complaint step complaint-1 answer --note "..." --by eda
      guanyao filing rights step rights-1 answer --set proof=SHA256 --by eda
    """
    from guanyao.flows.filing import incidents as flow

    with options.opened() as room:
        who = flow.actor_at(room, case.partition("-")[0], options.person, options.role)
        found = flow.step(room, case, step, who, facts=pairs(facts or []), note=note)
        _tell(found, as_json=as_json)


@grouped("filing", "lang")
def forget(options: AtDesk, case: CaseName, as_json: AsJson = False) -> None:
    """Forget the words and the contact of a case that is over; the case itself stays.

    Examples:
      guanyao filing complaint forget complaint-1 --by eda
    """
    from guanyao.flows.filing import incidents as flow

    with options.opened() as room:
        who = flow.actor_at(room, case.partition("-")[0], options.person, options.role)
        were_there = flow.forget_notes(room, case, who)
    if as_json:
        say_json({"verb": "filing forget", "case": case, "forgotten": were_there})
    else:
        say(f"{case}: {'forgotten' if were_there else 'there was nothing to forget'}")


def _lister(desk: str) -> Callable[..., None]:
    @grouped("filing", "by", "role", "lang")
    def list_cases(options: AtDesk, open: OnlyOpen = False, as_json: AsJson = False) -> None:
        """List the cases of this desk: where each stands, what may be done, what is late."""
        from guanyao.flows.filing import incidents as flow

        with options.opened() as room:
            rows = flow.listed(room, desk, open_only=open)
        if as_json:
            say_json({"verb": f"filing {desk} list", "cases": rows})
            return
        heads = ("case", "state", "what", "next", "until", "late", "possible")
        say_table(heads, map(_row, rows))

    return list_cases


def _row(row: Mapping[str, Any]) -> list[str]:
    said = ", ".join(row["values"].values())
    late, possible = ", ".join(row["late"]), ", ".join(row["possible"])
    return [row["id"], row["state"], said, row["next_clock"], row["next_ends"], late, possible]


@grouped("by", "role", "lang")
def service_log(
    options: AtDesk,
    since: Since,
    until: Until,
    out: LogOut,
    figures: Figures = None,
    as_json: AsJson = False,
) -> None:
    """Write the counts of these desks as evidence; figures of the gateway come in with --set.

    Examples:
      guanyao filing service-log --since 2026-01-01 --until 2026-06-30 -o service-log.json
    """
    from guanyao.flows.filing import incidents as flow

    more = pairs(figures or [])
    with options.opened() as room:
        found = flow.write_service_log(
            room, since, until, out, filing=options.filing or "", more=more
        )
    if as_json:
        files = {"evidence": str(out)}
        say_json({"verb": "filing service-log", "files": files, "figures": found["figures"]})
        return
    for name, value in found["figures"].items():
        say(f"{name}: {value}")
    say(f"evidence: {out}")


@grouped("lang")
def offer(
    options: OfAct, text: Text, about: About = "", until: Moment = "", as_json: AsJson = False
) -> None:
    """Offer the provider to be heard, as somebody of the authority.

    Examples:
      guanyao filing hearing offer --about revoke --text "We plan to revoke since ..." --by dai
    """
    from guanyao.flows.filing import hearing as flow

    with options.chosen() as (room, filing):
        who = options.actor(room, filing, about or "revoke")
        found = flow.offer(room, filing, who, text, about=about, until=_moment(until))
    _tell_offer(found, as_json=as_json)


@grouped("lang")
def speak(
    options: OfAct,
    n: OfferNumber,
    text: Text = "",
    waive: Waive = False,
    as_json: AsJson = False,
) -> None:
    """Say what the provider has to say to an offer, or that it does not want to.

    Examples:
      guanyao filing hearing speak 1 --text "It was an oversight." --by ann
      guanyao filing hearing speak 1 --waive --by ann
    """
    from guanyao.flows.filing import hearing as flow

    with options.chosen() as (room, filing):
        who = options.actor(room, filing, "submit")
        found = flow.statement(room, filing, n, who, text, waived=waive)
    _tell_offer(found, as_json=as_json)


def _tell_offer(found: Mapping[str, Any], *, as_json: bool) -> None:
    told = {key: value for key, value in found.items() if key != "salt"}
    if as_json:
        say_json({"verb": "filing hearing", **told})
        return
    said = told["statement"]
    how = "" if said is None else ", waived" if said["waived"] else ", the provider spoke"
    say(f"offer {told['n']} ({told['about'] or 'any act'}): until {told['until']}{how}")


@grouped("by", "role", "lang")
def offers(options: OfAct, as_json: AsJson = False) -> None:
    """List the offers to be heard, and what the provider said.

    Examples:
      guanyao filing hearing list
    """
    from guanyao.flows.filing import hearing as flow

    with options.chosen() as (room, filing):
        found = flow.hearings(room, filing)
    if as_json:
        say_json({"verb": "filing hearing list", "offers": found})
        return
    for one in found:
        _tell_offer(one, as_json=False)


INCIDENT: dict[str, Callable[..., None]] = {
    "open": open_incident,
    "step": step,
    "list": _lister("incident"),
    "forget": forget,
}
COMPLAINT: dict[str, Callable[..., None]] = {
    "open": open_complaint,
    "step": step,
    "list": _lister("complaint"),
    "forget": forget,
}
RIGHTS: dict[str, Callable[..., None]] = {
    "open": open_rights,
    "step": step,
    "list": _lister("rights"),
    "forget": forget,
}
HEARING: dict[str, Callable[..., None]] = {"offer": offer, "speak": speak, "list": offers}

COMMANDS: Mapping[str, Callable[..., None] | tuple[str, Mapping[str, Callable[..., None]]]] = {
    "incident": (INCIDENT_HELP, INCIDENT),
    "complaint": (COMPLAINT_HELP, COMPLAINT),
    "rights": (RIGHTS_HELP, RIGHTS),
    "hearing": (HEARING_HELP, HEARING),
    "service-log": service_log,
}
"""Second words: a command, or what the word is for with its third words."""
