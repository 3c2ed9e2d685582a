"""`guanyao filing change`, `renew`, `rectify`, `appeal`: what follows a number, or a refusal."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from guanyao.cli.filing.place import Attach, CaseId, Hearing, OfAct, Reason, WithIt, reasoned
from guanyao.cli.options import AsJson, grouped

CHANGE_HELP = "Changes of a filed service: declare them, weigh them, assess or review them."
RENEW_HELP = "The next period of a filing."
RECTIFY_HELP = "Defects that are to be mended in time: order, proof, and its verification."
APPEAL_HELP = "An appeal against a refusal or a revocation."

What = Annotated[
    str, typer.Option("--what", metavar="TEXT", help="What changed.", show_default=False)
]
ChangedOn = Annotated[
    str,
    typer.Option("--changed-on", metavar="DAY", help="When it was made.", show_default=False),
]
Weight = Annotated[
    str,
    typer.Argument(metavar="OUTCOME", help="material or immaterial.", show_default=False),
]
Proof = Annotated[
    Path, typer.Argument(metavar="FILE", help="The proof, a document.", show_default=False)
]
Verdict = Annotated[
    str, typer.Argument(metavar="OUTCOME", help="pass, fail or extend.", show_default=False)
]


@grouped()
def declare(
    options: OfAct,
    what: What,
    changed_on: ChangedOn,
    attach: Attach = None,
    as_json: AsJson = False,
) -> None:
    """Declare that the service changed, as the provider; a case opens.

    Examples:
      guanyao filing change declare --what "model trained anew" --changed-on 2026-06-01 --by ann
    """
    payload = {"change": what, "changed_on": changed_on}
    options.do("declare_change", payload, with_it=WithIt(attach=attach), as_json=as_json)


@grouped()
def classify(
    options: OfAct,
    outcome: Weight,
    case: CaseId = "",
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Say whether a declared change is material, as the clerk.

    Examples:
      guanyao filing change classify material --by cai --reason "It is another model, on new data."
    """
    options.do("classify", reasoned(reason, outcome=outcome, case=case), as_json=as_json)


@grouped()
def assess_change(options: OfAct, case: CaseId = "", as_json: AsJson = False) -> None:
    """Assess a material change as the provider, where the profile leaves it to them.

    Examples:
      guanyao filing change assess --by ann
    """
    options.do("assess_change", reasoned("", case=case), as_json=as_json)


@grouped()
def note(options: OfAct, case: CaseId = "", reason: Reason = "", as_json: AsJson = False) -> None:
    """Take note of a material change, where the profile asks for no more.

    Examples:
      guanyao filing change note --by cai --reason "The self-assessment covers the new model."
    """
    options.do("note", reasoned(reason, case=case), as_json=as_json)


@grouped()
def escalate(
    options: OfAct, case: CaseId = "", reason: Reason = "", as_json: AsJson = False
) -> None:
    """Take a material change into review, as the clerk, where the profile asks for it.

    Examples:
      guanyao filing change escalate --by cai
    """
    options.do("escalate", reasoned(reason, case=case), as_json=as_json)


@grouped()
def open_renewal(options: OfAct, reason: Reason = "", as_json: AsJson = False) -> None:
    """Ask for the next period, as the provider, from the day on which it may be asked for.

    Examples:
      guanyao filing renew open --by ann
    """
    options.do("open_renewal", reasoned(reason), as_json=as_json)


@grouped()
def reassess(options: OfAct, reason: Reason = "", as_json: AsJson = False) -> None:
    """Hand the assessment in anew for a renewal: the next version of the dossier.

    Examples:
      guanyao filing renew assess --by ann
    """
    options.freeze("reassess", reasoned(reason), as_json=as_json)


@grouped()
def renew_pass(options: OfAct, reason: Reason = "", as_json: AsJson = False) -> None:
    """Grant the next period, as a decider.

    Examples:
      guanyao filing renew pass --by dai
    """
    options.do("renew", reasoned(reason, outcome="pass"), as_json=as_json, verb="renew pass")


@grouped()
def renew_fail(
    options: OfAct, reason: Reason = "", hearing: Hearing = None, as_json: AsJson = False
) -> None:
    """Refuse the next period, as a decider; the filing expires.

    Examples:
      guanyao filing renew fail --by dai --reason "The new measurements miss the thresholds."
    """
    with_it = WithIt(hearing=hearing)
    payload = reasoned(reason, outcome="fail")
    options.do("renew", payload, with_it=with_it, as_json=as_json, verb="renew fail")


@grouped()
def order(options: OfAct, reason: Reason = "", as_json: AsJson = False) -> None:
    """Order that defects be mended: an inspector first, then a decider; a case opens.

    Examples:
      guanyao filing rectify order --by ivo --reason "Outputs carry no label since the update."
    """
    options.do("order_rectify", reasoned(reason), as_json=as_json, verb="rectify order")


@grouped()
def prove(
    options: OfAct, file: Proof, case: CaseId = "", reason: Reason = "", as_json: AsJson = False
) -> None:
    """Hand in the proof that the defects are mended, as the provider.

    Examples:
      guanyao filing rectify prove mended.pdf --by ann
    """
    with_it = WithIt(files={"proof": file})
    options.do("submit_proof", reasoned(reason, case=case), with_it=with_it, as_json=as_json)


@grouped()
def accept_proof(
    options: OfAct, case: CaseId = "", reason: Reason = "", as_json: AsJson = False
) -> None:
    """Accept the proof, as an inspector; then verify it.

    Examples:
      guanyao filing rectify accept --by ivo
    """
    options.do("accept_proof", reasoned(reason, case=case), as_json=as_json)


@grouped()
def return_proof(
    options: OfAct, case: CaseId = "", reason: Reason = "", as_json: AsJson = False
) -> None:
    """Send the proof back, as an inspector.

    Examples:
      guanyao filing rectify return --by ivo --reason "The proof shows the old model's outputs."
    """
    options.do("return_proof", reasoned(reason, case=case), as_json=as_json)


@grouped()
def verify(options: OfAct, outcome: Verdict, reason: Reason = "", as_json: AsJson = False) -> None:
    """Say whether the defects are mended: pass, fail (the service is suspended), or extend once.

    Examples:
      guanyao filing rectify verify pass --by ivo
      guanyao filing rectify verify extend --by ivo --reason "The new model trains until Friday."
    """
    payload = reasoned(reason, outcome=outcome)
    options.do("verify", payload, as_json=as_json, verb="rectify verify")


@grouped()
def lodge(
    options: OfAct, reason: Reason = "", attach: Attach = None, as_json: AsJson = False
) -> None:
    """Appeal against a refusal or a revocation, as the provider, in time.

    Examples:
      guanyao filing appeal lodge --by ann --reason "The test was run on the model of 2025."
    """
    options.do("appeal", reasoned(reason), with_it=WithIt(attach=attach), as_json=as_json)


@grouped()
def hear(options: OfAct, case: CaseId = "", reason: Reason = "", as_json: AsJson = False) -> None:
    """Hear an appeal, as a decider who took no part in the decision.

    Examples:
      guanyao filing appeal hear --by dou
    """
    options.do("hear", reasoned(reason, case=case), as_json=as_json, verb="appeal hear")


@grouped()
def confirm(
    options: OfAct, case: CaseId = "", reason: Reason = "", as_json: AsJson = False
) -> None:
    """Confirm the decision that was appealed against.

    Examples:
      guanyao filing appeal confirm --by dou --reason "The appeal names no new fact."
    """
    options.do("confirm", reasoned(reason, case=case), as_json=as_json, verb="appeal confirm")


@grouped()
def grant(options: OfAct, case: CaseId = "", reason: Reason = "", as_json: AsJson = False) -> None:
    """Grant an appeal: the filing is reviewed anew.

    Examples:
      guanyao filing appeal grant --by dou --reason "The test was run on the wrong model."
    """
    options.do("remit", reasoned(reason, case=case), as_json=as_json, verb="appeal grant")


CHANGE: dict[str, Callable[..., None]] = {
    "declare": declare,
    "classify": classify,
    "assess": assess_change,
    "note": note,
    "escalate": escalate,
}
RENEW: dict[str, Callable[..., None]] = {
    "open": open_renewal,
    "assess": reassess,
    "pass": renew_pass,
    "fail": renew_fail,
}
RECTIFY: dict[str, Callable[..., None]] = {
    "order": order,
    "prove": prove,
    "accept": accept_proof,
    "return": return_proof,
    "verify": verify,
}
APPEAL: dict[str, Callable[..., None]] = {
    "lodge": lodge,
    "hear": hear,
    "confirm": confirm,
    "grant": grant,
}
