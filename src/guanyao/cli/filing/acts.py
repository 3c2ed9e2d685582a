"""The acts on a filing, each one a command: `guanyao filing accept`, `decide`, `notice` ...

An act is done or refused; both are recorded, with every check. A refusal has exit status 4.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer

from guanyao.cli.filing.place import (
    Attach,
    CaseId,
    Hearing,
    Number,
    OfAct,
    Reason,
    WithIt,
    reasoned,
)
from guanyao.cli.options import AsJson, grouped, pairs
from guanyao.cli.output import say, say_json
from guanyao.errors import ConfigError

Event = Annotated[
    str,
    typer.Argument(
        metavar="EVENT",
        help="An event of the profile; `guanyao filing diagram --as table` lists them.",
        show_default=False,
    ),
]
OutcomeName = Annotated[
    str,
    typer.Option(
        "--outcome",
        metavar="NAME",
        help="How it ends, where there are several ways.",
        show_default=False,
    ),
]
Said = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Something the act needs. May be repeated.",
        show_default=False,
    ),
]
Route = Annotated[
    str,
    typer.Argument(
        metavar="[ROUTE]",
        help="file: a filing is needed; not_required: it is not. Left out: only look.",
        show_default=False,
    ),
]
TestResult = Annotated[
    str,
    typer.Argument(metavar="RESULT", help="What the test gave, e.g. passed.", show_default=False),
]
ReviewWay = Annotated[
    str,
    typer.Argument(metavar="WHAT", help="pass, reject or supplement.", show_default=False),
]
DecideWay = Annotated[
    str,
    typer.Argument(metavar="WHAT", help="pass, reject or forward.", show_default=False),
]
NoticeWay = Annotated[str, typer.Argument(metavar="[WHAT]", help="show, or close.")]
Finding = Annotated[
    str,
    typer.Argument(metavar="OUTCOME", help="dismissed, adjust or upheld, as the findings say."),
]
LaunchedOn = Annotated[
    str,
    typer.Option(
        "--launched-on",
        metavar="DAY",
        help="The day on which the service began, if it runs already.",
        show_default=False,
    ),
]
EndedOn = Annotated[
    str,
    typer.Option("--ended-on", metavar="DAY", help="The service's last day.", show_default=False),
]
UserNotice = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="How users were told.", show_default=False),
]
Disposal = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What became of the data.", show_default=False),
]

REVIEW = {
    "pass": [("pass", "")],
    "reject": [("reject", "")],
    "supplement": [("request_supplement", "")],
}
DECIDE = {
    "pass": [("pass", ""), ("close", ""), ("renew", "pass")],
    "reject": [("reject", ""), ("refuse", ""), ("renew", "fail")],
    "forward": [("forward", "")],
}
SHOW, CLOSE = "show", "close"


def one_of(typed: str, allowed: Iterable[str]) -> str:
    """The word, if it is one of these.

    Raises:
        ConfigError: It is another.
    """
    names = tuple(allowed)
    if typed not in names:
        raise ConfigError(
            f"{typed[:40]!r} is not what can be done here",
            allowed="one of: " + ", ".join(names),
            code="filing.word",
        )
    return typed


@grouped()
def do(  # noqa: PLR0913 - all that any act may be told
    options: OfAct,
    event: Event,
    outcome: OutcomeName = "",
    case: CaseId = "",
    reason: Reason = "",
    said: Said = None,
    attach: Attach = None,
    hearing: Hearing = None,
    as_json: AsJson = False,
) -> None:
    """Do any event of the profile, also those that have no command of their own.

    Examples:
      guanyao filing do accept --by cai
      guanyao filing do conclude --outcome minor --case inspection-1 --by ivo --reason "..."
      guanyao filing do measure --case inspection-1 --set measured_digest=0123abcd --by ivo
    """
    more = {**pairs(said or []), "case": case, "outcome": outcome}
    payload = reasoned(reason, **more)
    options.do(event, payload, with_it=WithIt(attach=attach, hearing=hearing), as_json=as_json)


@grouped()
def scope(options: OfAct, route: Route = "", reason: Reason = "", as_json: AsJson = False) -> None:
    """Decide whether the service must be filed, and record why; or only look, without ROUTE.

    Examples:
      guanyao filing scope
      guanyao filing scope file --by ann --reason "It is offered to the public from June on."
      guanyao filing scope not_required --by ann --reason "It is used inside the hospital only."
    """
    from guanyao.flows.filing import scope as flow
    from guanyao.flows.filing.materials import scope as record

    with options.chosen() as (room, filing):
        if not route:
            found = flow.look(room, filing)
            if as_json:
                say_json({"verb": "filing scope", **found})
                return
            for line in flow.lines(found, options.lang):
                say(line)
            return
        one_of(route, flow.routes(room, filing))
        who = options.actor(room, filing, "decide", route)
        record(room, filing, who, route, reason)
    options.do("decide", reasoned(reason, outcome=route), as_json=as_json, verb="scope")


@grouped()
def send_back(options: OfAct, reason: Reason = "", as_json: AsJson = False) -> None:
    """Send a frozen dossier back to its editors, as a signatory.

    Examples:
      guanyao filing return --by lea --reason "The section on minors is not true any more."
    """
    options.do("return", reasoned(reason), as_json=as_json)


@grouped()
def submit(
    options: OfAct, launched_on: LaunchedOn = "", reason: Reason = "", as_json: AsJson = False
) -> None:
    """Hand the signed dossier in.

    Examples:
      guanyao filing submit --by ann
      guanyao filing submit --by ann --launched-on 2026-03-02
    """
    options.do("submit", reasoned(reason, launched_on=launched_on), as_json=as_json)


@grouped()
def accept(options: OfAct, reason: Reason = "", as_json: AsJson = False) -> None:
    """Accept a filing for review, as its clerk.

    Examples:
      guanyao filing accept --by cai
    """
    options.do("accept", reasoned(reason), as_json=as_json)


@grouped()
def refuse(options: OfAct, reason: Reason = "", as_json: AsJson = False) -> None:
    """Refuse to accept a filing: its clerk first, then a decider.

    Examples:
      guanyao filing refuse --by cai --reason "Another office is responsible for this service."
    """
    options.do("refuse", reasoned(reason), as_json=as_json)


@grouped()
def correct(
    options: OfAct, reason: Reason = "", attach: Attach = None, as_json: AsJson = False
) -> None:
    """Ask the provider for corrections, as the clerk; or hand the corrected dossier in.

    While the filing is submitted it asks, and --reason says for what. While it is in correction it
    makes the next version of the dossier and submits it again; have that one signed before.

    Examples:
      guanyao filing correct --by cai --reason "The privacy policy names no contact."
      guanyao filing correct --by ann
    """
    if options.makes_dossier("resubmit"):
        options.freeze("resubmit", reasoned(reason), as_json=as_json)
    else:
        options.do(
            "request_correction", reasoned(reason), with_it=WithIt(attach=attach), as_json=as_json
        )


@grouped()
def supplement(
    options: OfAct, reason: Reason = "", attach: Attach = None, as_json: AsJson = False
) -> None:
    """Ask the provider for more, as a reviewer; or answer with the next version of the dossier.

    Under review it asks, and --reason says for what. While a supplement is due it answers.

    Examples:
      guanyao filing supplement --by rao --reason "How was the holdout of the test drawn?"
      guanyao filing supplement --by ann
    """
    if options.makes_dossier("answer"):
        options.freeze("answer", reasoned(reason), as_json=as_json)
    else:
        options.do(
            "request_supplement", reasoned(reason), with_it=WithIt(attach=attach), as_json=as_json
        )


@grouped()
def test(
    options: OfAct,
    result: TestResult,
    reason: Reason = "",
    attach: Attach = None,
    as_json: AsJson = False,
) -> None:
    """Record a test of the service, as a tester; with the log, if there is one.

    Examples:
      guanyao filing test passed --by tan --attach log.pdf
    """
    options.do(
        "test", reasoned(reason, result=result), with_it=WithIt(attach=attach), as_json=as_json
    )


@grouped()
def review(
    options: OfAct,
    what: ReviewWay,
    reason: Reason = "",
    hearing: Hearing = None,
    as_json: AsJson = False,
) -> None:
    """Give a reviewer's vote, pass or reject, or ask for a supplement.

    Two reviewers vote, then a decider: `guanyao filing decide`.

    Examples:
      guanyao filing review pass --by rao
      guanyao filing review reject --by rao --reason "Thresholds are not met." --hearing offer.pdf
      guanyao filing review supplement --by rao --reason "How was the holdout drawn?"
    """
    ways = REVIEW[one_of(what, REVIEW)]
    options.do_first(ways, reasoned(reason), with_it=WithIt(hearing=hearing), as_json=as_json)


@grouped()
def decide(
    options: OfAct,
    what: DecideWay,
    number: Number = "",
    reason: Reason = "",
    hearing: Hearing = None,
    as_json: AsJson = False,
) -> None:
    """Decide, as a decider: what pass or reject means follows from where the filing is.

    Under review it is the last vote; when the notice is over, pass closes it and gives the number;
    at a renewal it begins or refuses the new period; before acceptance, reject refuses it. forward
    hands it to the national office, where the profile has one.

    Examples:
      guanyao filing decide pass --by dai
      guanyao filing decide pass --by dai --number GY-2026-001
      guanyao filing decide reject --by dai --reason "Thresholds are not met." --hearing offer.pdf
    """
    ways = DECIDE[one_of(what, DECIDE)]
    payload = reasoned(reason, number=number)
    options.do_first(ways, payload, with_it=WithIt(hearing=hearing), as_json=as_json)


@grouped()
def notice(
    options: OfAct,
    what: NoticeWay = SHOW,
    number: Number = "",
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Show the public notice that runs, its end and its objections; or close it, as a decider.

    It closes only when its last day is over, on official days, with every objection answered. With
    objections open, `guanyao filing tick` moves the filing to OBJECTION.

    Examples:
      guanyao filing notice
      guanyao filing notice close --number GY-2026-001 --by dai
    """
    if one_of(what, (SHOW, CLOSE)) == CLOSE:
        options.do("close", reasoned(reason, number=number), as_json=as_json)
        return
    from guanyao.flows.filing.look import notice as flow
    from guanyao.flows.filing.look import notice_lines

    with options.chosen() as (room, filing):
        found = flow(room, filing)
    if as_json:
        say_json({"verb": "filing notice", **found})
        return
    for line in notice_lines(found, options.lang):
        say(line)


@grouped()
def resolve(
    options: OfAct,
    outcome: Finding,
    number: Number = "",
    reason: Reason = "",
    hearing: Hearing = None,
    as_json: AsJson = False,
) -> None:
    """Decide on a filing whose notice ended with objections, once each of them is answered.

    dismissed files it and gives the number; adjust asks for a supplement and a new notice; upheld
    rejects it. It must do justice to the strongest finding.

    Examples:
      guanyao filing resolve dismissed --number GY-2026-001 --by dai --reason "..."
    """
    payload = reasoned(reason, outcome=outcome, number=number)
    options.do("resolve", payload, with_it=WithIt(hearing=hearing), as_json=as_json)


@grouped()
def suspend(options: OfAct, reason: Reason = "", as_json: AsJson = False) -> None:
    """Suspend the service at once, as a decider.

    Examples:
      guanyao filing suspend --by dai --reason "The service puts out names of real patients."
    """
    options.do("suspend", reasoned(reason), as_json=as_json)


@grouped()
def lift(options: OfAct, reason: Reason = "", as_json: AsJson = False) -> None:
    """Lift a suspension, once the proof of the rectification was accepted.

    Examples:
      guanyao filing lift --by dai
    """
    options.do("lift", reasoned(reason), as_json=as_json)


@grouped()
def revoke(
    options: OfAct, reason: Reason = "", hearing: Hearing = None, as_json: AsJson = False
) -> None:
    """Revoke the filing of a suspended service, as a decider; its number is taken away.

    Examples:
      guanyao filing revoke --by dai --reason "The defects were not mended in time."
    """
    options.do("revoke", reasoned(reason), with_it=WithIt(hearing=hearing), as_json=as_json)


@grouped()
def deregister(
    options: OfAct,
    ended_on: EndedOn,
    user_notice: UserNotice = None,
    disposal: Disposal = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Deregister a service that has ended: how users were told, and what became of the data.

    Examples:
      guanyao filing deregister --ended-on 2026-06-30 --user-notice a.pdf --disposal b.pdf --by ann
    """
    files = {"user_notice": user_notice, "disposal_record": disposal}
    options.do(
        "deregister",
        reasoned(reason, ended_on=ended_on),
        with_it=WithIt(files=files),
        as_json=as_json,
    )


@grouped()
def withdraw(options: OfAct, reason: Reason = "", as_json: AsJson = False) -> None:
    """Withdraw a filing that has no number yet, as the provider.

    Examples:
      guanyao filing withdraw --by ann --reason "The service will not be offered after all."
    """
    options.do("withdraw", reasoned(reason), as_json=as_json)


COMMANDS: dict[str, Callable[..., None]] = {
    "scope": scope,
    "return": send_back,
    "submit": submit,
    "accept": accept,
    "refuse": refuse,
    "correct": correct,
    "test": test,
    "review": review,
    "supplement": supplement,
    "decide": decide,
    "notice": notice,
    "resolve": resolve,
    "suspend": suspend,
    "lift": lift,
    "revoke": revoke,
    "deregister": deregister,
    "withdraw": withdraw,
    "do": do,
}
