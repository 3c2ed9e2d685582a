"""`guanyao filing object`, `objection`: what the public says to a notice, and what follows."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from guanyao.cli.filing.place import OfAct, OfFiling, Reason
from guanyao.cli.options import AsJson, grouped
from guanyao.cli.output import say, say_json
from guanyao.errors import ConfigError

HELP = "Objections to a notice: admit, investigate, find, answer; each in its own case."

Text = Annotated[
    str, typer.Option("--text", metavar="TEXT", help="What is said.", show_default=False)
]
TextFile = Annotated[
    Path | None,
    typer.Option("--text-file", metavar="FILE", help="The same, from a file.", show_default=False),
]
Attachments = Annotated[
    list[Path] | None,
    typer.Option(
        "--attach", metavar="FILE", help="A file with it. May be repeated.", show_default=False
    ),
]
Contact = Annotated[
    list[str] | None,
    typer.Option(
        "--contact",
        metavar="KEY=VALUE",
        help="How to reach the objector: name, email, phone or address. May be repeated.",
        show_default="anonymous",
    ),
]
CaseName = Annotated[
    str, typer.Argument(metavar="CASE", help="The case, e.g. objection-1.", show_default=False)
]
Questions = Annotated[
    list[str] | None,
    typer.Option(
        "--question",
        metavar="TEXT",
        help="What the provider is asked. May be repeated.",
        show_default=False,
    ),
]
Finding = Annotated[
    str,
    typer.Argument(metavar="OUTCOME", help="dismissed, adjust or upheld.", show_default=False),
]
ReceiptNumber = Annotated[
    str, typer.Argument(metavar="RECEIPT", help="The receipt's number.", show_default=False)
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        help="The file that holds the receipt's secret.",
        show_default="asked for",
    ),
]
ReceiptOut = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="A new file for the receipt's secret, which its owner only may read.",
        show_default="printed",
    ),
]
Words = Annotated[bool, typer.Option("--words", help="Also what they wrote.")]


def words(text: str, file: Path | None) -> str:
    """What is said: as typed, or from a file.

    Raises:
        ConfigError: Both, or neither, or the file cannot be read.
    """
    if bool(text) == (file is not None):
        raise ConfigError(
            "nothing is said, or it is said twice",
            allowed="either --text or --text-file",
            code="filing.case_text",
        )
    if file is None:
        return text
    from guanyao.flows.filing.files import read_file

    try:
        return read_file(file).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{file.name} is no text in UTF-8", allowed="plain text", code="filing.case_text"
        ) from error


@grouped("by", "role")
def object(
    options: OfAct,
    text: Text = "",
    text_file: TextFile = None,
    attach: Attachments = None,
    contact: Contact = None,
    out: ReceiptOut = None,
    as_json: AsJson = False,
) -> None:
    """Object to a filing whose notice runs. Anybody may; no place in the room is needed.

    The receipt has a number and a secret: with both the objection can be followed and withdrawn.
    The secret is kept nowhere else.

    Examples:
      guanyao filing object --text "The notice names another hospital." -o receipt.txt
      guanyao filing object --text-file letter.txt --contact name=Wu --contact email=wu@example.com
    """
    from guanyao.cli.options import pairs
    from guanyao.flows.filing.cases import object as flow

    said, reach = words(text, text_file), pairs(contact or [])
    with options.chosen() as (room, filing):
        receipt = flow(room, filing, None, said, attach or (), contact=reach)
        if out is not None:
            from guanyao.flows.filing.files import write_private

            write_private(out, f"{receipt.token}\n".encode())
        shown = {"token": receipt.token} if out is None else {"files": {"token": str(out)}}
        if as_json:
            told = {"receipt": receipt.number, "case": receipt.case, "done": receipt.outcome.done}
            say_json({"verb": "filing object", "filing": filing, **told, **shown})
            receipt.outcome.require()
            return
        say(f"receipt: {receipt.number}")
        say(f"its secret: {out or receipt.token}")
        options.tell(room, filing, receipt.outcome, as_json=False, verb="object")


@grouped("lang")
def list_objections(options: OfFiling, as_json: AsJson = False) -> None:
    """List the objections with their papers; contacts are not among them.

    Examples:
      guanyao filing objection list
    """
    from guanyao.flows.filing.cases import objections

    with options.chosen() as (room, filing):
        found = objections(room, filing)
    if as_json:
        say_json({"verb": "filing objection list", "filing": filing, "objections": found})
        return
    if not found:
        say("there is no objection")
    for one in found:
        _tell_objection(one)


def _tell_objection(one: dict[str, Any]) -> None:
    finding, paper = f", {one['finding']}" if one["finding"] else "", one["paper"]
    say(f"{one['case']}: {one['state']}{finding}")
    for name in ("body", "questions", "answer"):
        value = paper.get(name)
        if value:
            said = "; ".join(map(str, value)) if isinstance(value, list) else value
            say(f"  {name}: {said}")
    for file in paper.get("attachments") or ():
        say(f"  file: {file['name']}")


@grouped()
def admit(options: OfAct, case: CaseName, as_json: AsJson = False) -> None:
    """Take an objection up.

    Examples:
      guanyao filing objection admit objection-1 --by cai
    """
    from guanyao.flows.filing.cases import admit as flow

    with options.chosen() as (room, filing):
        who = options.actor(room, filing, "admit", case=case)
        found = flow(room, filing, case, who)
        options.tell(room, filing, found, as_json=as_json, verb="objection admit")


@grouped()
def inadmissible(
    options: OfAct, case: CaseName, reason: Reason = "", text: Text = "", as_json: AsJson = False
) -> None:
    """Turn an objection away; --text is what the objector is told.

    Examples:
      guanyao filing objection inadmissible objection-1 --by cai --reason "About another service."
    """
    from guanyao.flows.filing.cases import declare_inadmissible as flow

    with options.chosen() as (room, filing):
        who = options.actor(room, filing, "declare_inadmissible", case=case)
        found = flow(room, filing, case, who, reason, text=text)
        options.tell(room, filing, found, as_json=as_json, verb="objection inadmissible")


@grouped()
def investigate(
    options: OfAct, case: CaseName, question: Questions = None, as_json: AsJson = False
) -> None:
    """Look into an objection, and ask the provider.

    Examples:
      guanyao filing objection investigate objection-1 --question "Whose data was it?" --by cai
    """
    from guanyao.flows.filing.cases import investigate as flow

    with options.chosen() as (room, filing):
        who = options.actor(room, filing, "investigate", case=case)
        found = flow(room, filing, case, who, question or ())
        options.tell(room, filing, found, as_json=as_json, verb="objection investigate")


@grouped()
def reply(
    options: OfAct,
    case: CaseName,
    text: Text = "",
    text_file: TextFile = None,
    attach: Attachments = None,
    as_json: AsJson = False,
) -> None:
    """Answer the questions of an investigation, as the provider.

    Examples:
      guanyao filing objection reply objection-1 --text "It was our own." --by ann
    """
    from guanyao.flows.filing.cases import provider_answer

    said = words(text, text_file)
    with options.chosen() as (room, filing):
        who = options.member(room, "provider")
        provider_answer(room, filing, case, who, said, attach or ())
    _done("objection reply", filing, f"{case}: the answer is recorded", as_json=as_json)


@grouped()
def find(
    options: OfAct, case: CaseName, outcome: Finding, reason: Reason = "", as_json: AsJson = False
) -> None:
    """Say what an objection was found to be, as a decider.

    Examples:
      guanyao filing objection find objection-1 dismissed --by dai --reason "Nothing bears it out."
    """
    from guanyao.flows.filing.cases import find as flow

    with options.chosen() as (room, filing):
        who = options.actor(room, filing, "find", outcome, case)
        found = flow(room, filing, case, who, outcome, reason)
        options.tell(room, filing, found, as_json=as_json, verb="objection find")


@grouped()
def answer(
    options: OfAct,
    case: CaseName,
    text: Text = "",
    text_file: TextFile = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Answer the objector, as a decider; the case is closed by it.

    Examples:
      guanyao filing objection answer objection-1 --text-file answer.txt --by dai
    """
    from guanyao.flows.filing.cases import answer as flow

    said = words(text, text_file)
    with options.chosen() as (room, filing):
        who = options.actor(room, filing, "answer_objector", case=case)
        found = flow(room, filing, case, who, said, reason=reason)
        options.tell(room, filing, found, as_json=as_json, verb="objection answer")


@grouped()
def follow(
    options: OfFiling, receipt: ReceiptNumber, token_file: TokenFile = None, as_json: AsJson = False
) -> None:
    """Show where an objection stands, to whoever holds its receipt.

    Examples:
      guanyao filing objection follow GYBC-0001 --token-file receipt.txt
    """
    from guanyao.flows.filing.cases import by_receipt

    secret = _token(token_file)
    with options.chosen() as (room, filing):
        found = by_receipt(room, filing, receipt, secret)
    if as_json:
        say_json({"verb": "filing objection follow", "filing": filing, **found})
        return
    for name, value in found.items():
        say(f"{name}: {value}")


@grouped()
def withdraw(
    options: OfFiling, receipt: ReceiptNumber, token_file: TokenFile = None, as_json: AsJson = False
) -> None:
    """Withdraw an objection with its receipt.

    Examples:
      guanyao filing objection withdraw GYBC-0001 --token-file receipt.txt
    """
    from guanyao.flows.filing.cases import withdraw as flow

    secret = _token(token_file)
    with options.chosen() as (room, filing):
        found = flow(room, filing, receipt, secret)
        of = OfAct(room=options.room, filing=filing, lang=options.lang)
        of.tell(room, filing, found, as_json=as_json, verb="objection withdraw")


def _token(file: Path | None) -> str:
    from guanyao.cli.filing.people import secret_of

    return secret_of(file, "receipt's secret", option="--token-file")


@grouped()
def forget(options: OfAct, case: CaseName, words: Words = False, as_json: AsJson = False) -> None:
    """Forget how to reach an objector whose case is over.

    Examples:
      guanyao filing objection forget objection-1 --by cai
    """
    from guanyao.flows.filing.cases import forget_objector

    with options.chosen() as (room, filing):
        who = options.member(room, "authority")
        found = forget_objector(room, filing, case, who, words=words)
    told = ", ".join(f"{name} {n}" for name, n in found.items())
    _done("objection forget", filing, f"{case}: forgotten: {told}", as_json=as_json)


def _done(verb: str, filing: str, text: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"verb": f"filing {verb}", "filing": filing, "done": True})
    else:
        say(text)


OBJECTION: dict[str, Callable[..., None]] = {
    "list": list_objections,
    "admit": admit,
    "inadmissible": inadmissible,
    "investigate": investigate,
    "reply": reply,
    "find": find,
    "answer": answer,
    "follow": follow,
    "withdraw": withdraw,
    "forget": forget,
}
COMMANDS: dict[str, Callable[..., None]] = {"object": object}
