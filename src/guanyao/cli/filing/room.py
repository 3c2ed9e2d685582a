"""`guanyao filing init`, `list`, `status`, `next` ...: a room, and where its filings stand."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guanyao.cli.filing.packs import PackFolder
from guanyao.cli.filing.place import OfAct, OfFiling, OfRoom, pack_folder
from guanyao.cli.filing.profiles import ProfileName
from guanyao.cli.options import AsJson, grouped
from guanyao.cli.output import say, say_json, say_table

if TYPE_CHECKING:
    from guanyao.flows.filing.tick import Ticked

NewRoom = Annotated[
    str,
    typer.Argument(
        metavar="DIR",
        help="The room: a folder, made if it is not there, or postgresql://user@host/database.",
    ),
]
Provider = Annotated[
    str,
    typer.Option(
        "--provider",
        metavar="ORG",
        help="The organisation that files, as a short id.",
        show_default=False,
    ),
]
Opener = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="PERSON",
        help="Who begins it, as a short id; added to the room if new.",
        show_default=False,
    ),
]
ServiceFile = Annotated[
    Path | None,
    typer.Option(
        "--service",
        metavar="FILE",
        help="What is known of the service (YAML).",
        show_default="a template is written",
    ),
]
NewId = Annotated[
    str | None,
    typer.Option("--id", metavar="ID", help="The filing's id.", show_default="the next number"),
]
Hash = Annotated[
    str, typer.Option(metavar="NAME", help="What a new room's chain is hashed with: sha256 or sm3.")
]
For = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="PERSON", help="What this person can do.", show_default="whoever must act"
    ),
]
Last = Annotated[
    int | None,
    typer.Option("--last", "-n", min=1, metavar="N", help="Only the newest.", show_default="all"),
]
Refused = Annotated[bool, typer.Option("--refused", help="Only acts that were refused.")]
Checks = Annotated[bool, typer.Option("--checks", help="Every check of each act, not only faults.")]
AllNotices = Annotated[bool, typer.Option("--all", help="Also those that were sent.")]
Sent = Annotated[
    list[int] | None,
    typer.Option(
        "--sent",
        metavar="ID",
        help="Remember that this notice was sent. May be repeated.",
        show_default=False,
    ),
]


def init(  # noqa: PLR0913 - all that a filing begins with
    place: NewRoom = ".",
    profile: ProfileName = "notice7",
    service: ServiceFile = None,
    *,
    provider: Provider,
    by: Opener,
    hash: Hash = "sha256",
    id: NewId = None,
    packs: PackFolder = None,
    as_json: AsJson = False,
) -> None:
    """Begin a filing: make the room if there is none, and the files to fill in.

    The person gets the roles provider_editor and provider_admin; add more with `people add`.

    Examples:
      guanyao filing init room --provider city-hospital --by ann
      guanyao filing init room --profile cn-genai-filing --provider city-hospital --by ann
    """
    from guanyao.filing.service import Service
    from guanyao.flows.filing import init as flow
    from guanyao.flows.filing.next import next_step
    from guanyao.flows.filing.told import next_lines

    described = None if service is None else Service.load(service)
    room, is_new = flow.open_or_create(place, hash=hash, who=by, packs=pack_folder(packs, place))
    with closing(room):
        found = flow.begin(
            room, profile=profile, provider=provider, by=by, service=described, id=id
        ).require()
        folder = flow.local_folder(place)
        files = flow.fill_in(room, folder, provider, described) if folder else []
        told = flow.started(room, found.filing.id, found, files)
        step = next_step(room, found.filing.id)
    if as_json:
        say_json({"verb": "filing init", "new_room": is_new, **told, "next": step})
        return
    say(f"room ({'new' if is_new else 'as it was'}): {place}")
    say(f"filing {told['filing']} by the profile {told['profile']}: {told['state']}")
    for path in files:
        say(f"to fill in: {path}")
    if folder and folder != Path():
        say(f"type what follows in that folder: cd {place}")
    for line in next_lines(step):
        say(line)


@grouped()
def list_filings(options: OfRoom, as_json: AsJson = False) -> None:
    """List the filings of the room.

    Examples:
      guanyao filing list
    """
    from guanyao.flows.filing.look import china_time, filings

    with options.opened() as room:
        found = filings(room)
    if as_json:
        say_json({"verb": "filing list", "filings": found})
        return
    if not found:
        say("there is no filing yet; begin one with: guanyao filing init")
        return
    say_table(
        ("filing", "state", "number", "provider", "profile", "acts", "last act"),
        (
            (
                f["id"],
                f["state"],
                f["number"],
                f["organisation"],
                f["profile"],
                f["n_acts"],
                china_time(f["changed"] or ""),
            )
            for f in found
        ),
    )


@grouped()
def status(options: OfFiling, as_json: AsJson = False) -> None:
    """Show where the filing stands: clocks, cases, dossier, clauses, and who can do what next.

    Examples:
      guanyao filing status
      guanyao filing status --lang zh
    """
    from guanyao.flows.filing.status import status as flow

    with options.chosen() as (room, filing):
        found = flow(room, filing)
    if as_json:
        say_json({"verb": "filing status", **found})
        return
    from guanyao.flows.filing.status_lines import lines

    for line in lines(found, options.lang):
        say(line)


@grouped()
def next_step(options: OfFiling, by: For = None, as_json: AsJson = False) -> None:
    """Say the one thing to do now, why, who can do it, and the command.

    Examples:
      guanyao filing next
      guanyao filing next --by ann --lang zh
    """
    from guanyao.flows.filing.next import next_step as flow
    from guanyao.flows.filing.told import next_lines

    with options.chosen() as (room, filing):
        found = flow(room, filing, by)
    if as_json:
        say_json({"verb": "filing next", **found})
        return
    for line in next_lines(found, options.lang):
        say(line)


@grouped()
def show(
    options: OfFiling,
    last: Last = None,
    refused: Refused = False,
    checks: Checks = False,
    as_json: AsJson = False,
) -> None:
    """Show what was done to the filing and what was refused, with what each check said.

    Examples:
      guanyao filing show
      guanyao filing show --refused --last 1
      guanyao filing show --checks --lang zh
    """
    from guanyao.flows.filing.look import history

    with options.chosen() as (room, filing):
        acts = [act for act in history(room, filing) if not (refused and act["done"])]
    acts = acts[-last:] if last else acts
    if as_json:
        say_json({"verb": "filing show", "filing": filing, "acts": acts})
        return
    for act in acts:
        for line in _act_lines(act, options.lang, every=checks):
            say(line)


def _act_lines(act: Mapping[str, Any], lang: str, *, every: bool) -> Iterator[str]:
    what = act["event"] + (f" {act['outcome']}" if act["outcome"] else "")
    about = f" of {act['case']}" if act["case"] else ""
    came = f"{act['before'] or 'new'} -> {act['after']}" if act["done"] else "REFUSED"
    part = " (one of several)" if act["is_vote"] else ""
    who = f"{act['person']} as {act['role']}" if act["person"] else act["role"]
    from guanyao.flows.filing.look import china_time

    at = china_time(act["at"])
    yield f"{act['n']}. {at} {what}{about}: {came}{part}, by {who}, line {act['line']}"
    if act["reason"]:
        yield f"     reason: {act['reason']}"
    for check in act["checks"]:
        if every or not check["passed"]:
            yield f"     {check['name']} {'holds' if check['passed'] else 'fails'}: {check[lang]}"
    for check in act["noted"]:
        if every or not check["passed"]:
            yield f"     {check['name']} noted: {check[lang]}"


@grouped()
def deadlines(options: OfFiling, as_json: AsJson = False) -> None:
    """List the clocks that run, the nearest end first; of all filings unless one is named.

    Examples:
      guanyao filing deadlines
    """
    from guanyao.flows.filing.look import deadlines as flow

    with options.opened() as room:
        found = flow(room, options.filing)
    if as_json:
        say_json({"verb": "filing deadlines", "deadlines": found})
        return
    if not found:
        say("no clock runs")
        return
    say_table(
        ("filing", "clock", "case", "what", "who", "due", "days left", "days", "standing"),
        (
            (
                *(
                    d["filing"],
                    d["clock"],
                    d["case"],
                    d["title"][options.lang],
                    d["party"],
                    d["due"],
                ),
                *(d["days_left"], d["status"], "over" if d["is_over"] else d["standing"]),
            )
            for d in found
        ),
    )


@grouped()
def outbox(
    options: OfRoom, all_notices: AllNotices = False, sent: Sent = None, as_json: AsJson = False
) -> None:
    """List the notices that are to be sent, and remember which were.

    Guanyao sends nothing by itself: whoever does takes the list from here.

    Examples:
      guanyao filing outbox
      guanyao filing outbox --sent 3 --sent 4
    """
    from guanyao.flows.filing.look import china_time, mark_sent
    from guanyao.flows.filing.look import outbox as flow

    with options.opened() as room:
        if sent:
            mark_sent(room, sent)
        found = flow(room, unsent=not all_notices)
    if as_json:
        say_json({"verb": "filing outbox", "notices": found})
        return
    if not found:
        say("nothing is to be sent")
        return
    say_table(
        ("id", "filing", "what", "case", "to", "since"),
        ((n["id"], n["filing"], n["kind"], n["case"], n["to"], china_time(n["at"])) for n in found),
    )


@grouped("by", "role", "filing")
def tick(options: OfAct, as_json: AsJson = False) -> None:
    """Do what the clocks ask for: close a notice, let a filing lapse, remind; each once.

    Run it often, e.g. every ten minutes by cron.

    Examples:
      guanyao filing tick
    """
    from guanyao.flows.filing.incidents import as_json as record_of
    from guanyao.flows.filing.incidents import tick_desks
    from guanyao.flows.filing.tick import tick as flow

    with options.opened() as room:
        found = [_ticked_record(item) for item in flow(room)]
        late = [record_of(item) for item in tick_desks(room)]
    if as_json:
        say_json({"verb": "filing tick", "ticked": found, "late": late})
        return
    if not found and not late:
        say("no clock asks for anything")
    for item in late:
        say(f"{item['case']}: {item['clock']}: late")
    for item in found:
        say(_ticked(item))


def _ticked_record(item: "Ticked") -> dict[str, Any]:
    names = ("filing", "kind", "clock", "case", "role", "event", "done")
    return {name: getattr(item, name) for name in names}


def _ticked(item: Mapping[str, Any]) -> str:
    due = "" if item["done"] else f" is due, by {item['role']}"
    what = f" {item['event']}{due}" if item["event"] else ""
    about = f" of {item['case']}" if item["case"] else ""
    return f"{item['filing']}: {item['clock']}{about}: {item['kind']}{what}"


COMMANDS: dict[str, Callable[..., None]] = {
    "init": init,
    "list": list_filings,
    "status": status,
    "next": next_step,
    "show": show,
    "deadlines": deadlines,
    "outbox": outbox,
    "tick": tick,
}
