"""`guanyao filing clause`: what is decided about each clause, on which evidence, and why."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guanyao.cli.filing.gaps import OnlyStatus
from guanyao.cli.filing.place import OfAct, OfFiling, Reason
from guanyao.cli.options import AsJson, grouped
from guanyao.cli.output import say, say_json, say_table

if TYPE_CHECKING:
    from guanyao.filing.ledger import ClauseResult

HELP = "The clause ledger: 符合, 不符合 or 不适用 for every clause, with evidence or a reason."

HEADS = {
    "en": ("pack", "clause", "what", "the evidence says", "proposed", "blocks"),
    "zh": ("规则包", "条款", "标题", "证据显示", "建议结论", "阻碍提交"),
}
SAID = {
    "met": "达到",
    "not_met": "未达到",
    "not_shown": "未能证明",
    "missing": "缺少证据",
    "to_decide": "待认定",
    "not_applicable": "不适用",
    "unknown": "事实未知",
}
"""What the evidence says to a clause, in Chinese."""

PackName = Annotated[str, typer.Argument(metavar="PACK", help="A rule pack.", show_default=False)]
ClauseName = Annotated[
    str, typer.Argument(metavar="CLAUSE", help="A clause of it.", show_default=False)
]
ResultName = Annotated[
    str,
    typer.Argument(
        metavar="RESULT",
        help="符合, 不符合, 不适用, or met, not_met, not_applicable.",
        show_default=False,
    ),
]
On = Annotated[
    list[str] | None,
    typer.Option(
        "--evidence",
        metavar="ID",
        help="Evidence that it rests on. May be repeated.",
        show_default="what the proposal rests on",
    ),
]
PlanText = Annotated[
    str | None,
    typer.Option("--plan", metavar="TEXT", help="How it will be met.", show_default=False),
]
Due = Annotated[
    str | None,
    typer.Option("--due", metavar="DAY", help="By when it will be met.", show_default=False),
]
OfPack = Annotated[
    str | None,
    typer.Option("--pack", metavar="NAME", help="One pack.", show_default="all in force"),
]
Statuses = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="STATUS",
        help="met or not_applicable. May be repeated.",
        show_default="both",
    ),
]
Sheet = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="The sheet: .xlsx, .csv or .yaml.", show_default=False),
]
SheetOut = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="FILE", help="The sheet: .xlsx, .csv or .yaml.", show_default=False
    ),
]


@grouped()
def list_clauses(
    options: OfFiling, pack: OfPack = None, only: OnlyStatus = None, as_json: AsJson = False
) -> None:
    """List the clauses: what the evidence proposes, and what blocks submission.

    Examples:
      guanyao filing clause list
      guanyao filing clause list --pack cn-pipl --only to_decide
    """
    from guanyao.flows.filing.clauses import proposals, status
    from guanyao.flows.filing.gaps import checked_statuses

    shown = checked_statuses(only or ())
    with options.chosen() as (room, filing):
        found = [p for p in proposals(room, filing) if pack in (None, p.pack)]
        standing = status(room, filing)
    mine = [p for p in found if p.status in shown]
    why = {(b["pack"], b["clause"]): b for b in standing["blocks"]}
    if as_json:
        told = [{**p.to_json(), "block": why.get((p.pack, p.clause.id))} for p in mine]
        say_json({"verb": "filing clause list", "filing": filing, "clauses": told})
        return
    rows = (
        (
            *(p.pack, p.clause.id, p.clause.title[options.lang], _said(p.status, options.lang)),
            *(p.result or "", _block(why.get((p.pack, p.clause.id)))),
        )
        for p in mine
    )
    say_table(HEADS[options.lang], rows)
    _tell_standing(standing)


def _said(status: str, lang: str) -> str:
    return SAID[status] if lang == "zh" else status.replace("_", " ")


def _block(block: Mapping[str, Any] | None) -> str:
    return f"{block['kind']}: {block['why']}" if block else ""


def _tell_standing(standing: Mapping[str, Any]) -> None:
    n = len(standing["blocks"])
    say(f"{standing['n_clauses']} clauses; {n} block submission" if n else "the ledger is whole")


@grouped()
def show_clause(
    options: OfFiling, pack: PackName, clause: ClauseName, as_json: AsJson = False
) -> None:
    """Show one clause: what it asks for, what was measured, what is missing.

    Examples:
      guanyao filing clause show cn-pipl 55.assessment
    """
    from guanyao.flows.filing.look import clause as flow
    from guanyao.flows.filing.look import clause_lines

    with options.chosen() as (room, filing):
        found = flow(room, filing, pack, clause)
    if as_json:
        say_json({"verb": "filing clause show", "filing": filing, **found})
        return
    for line in clause_lines(found, options.lang):
        say(line)


@grouped()
def take(options: OfAct, only: Statuses = None, as_json: AsJson = False) -> None:
    """Decide as the evidence proposes, where nobody has decided soundly yet.

    It is you who decides: look at them first with `clause list`.

    Examples:
      guanyao filing clause take --by ann
      guanyao filing clause take --only not_applicable --by ann
    """
    from guanyao.flows.filing import clauses as flow

    with options.chosen() as (room, filing):
        who = options.member(room, "provider")
        found = flow.take(room, filing, who, tuple(only) if only else flow.TAKEN)
        standing = flow.status(room, filing)
    _tell("clause take", filing, found, standing, as_json=as_json)


@grouped()
def decide(  # noqa: PLR0913 - all that a decision rests on
    options: OfAct,
    pack: PackName,
    clause: ClauseName,
    result: ResultName,
    reason: Reason = "",
    evidence: On = None,
    plan: PlanText = None,
    due: Due = None,
    as_json: AsJson = False,
) -> None:
    """Decide about one clause.

    Examples:
      guanyao filing clause decide cn-pipl 55.assessment met --by ann
      guanyao filing clause decide cn-mlps level 不符合 --plan "certify" --due 2027-03-31 --by ann
      guanyao filing clause decide cn-pipl 23.share 不适用 --reason "无对外提供" --by ann
    """
    from guanyao.flows.filing import clauses as flow

    with options.chosen() as (room, filing):
        who = options.member(room, "provider")
        found = flow.decide(
            *(room, filing, who, pack, clause, result),
            evidence=tuple(evidence or ()),
            reason=reason,
            plan=plan,
            due=due,
        )
        standing = flow.status(room, filing)
    _tell("clause decide", filing, [found], standing, as_json=as_json)


@grouped()
def take_back(options: OfAct, pack: PackName, clause: ClauseName, as_json: AsJson = False) -> None:
    """Take a decision back.

    Examples:
      guanyao filing clause undo cn-pipl 55.assessment --by ann
    """
    from guanyao.flows.filing import clauses as flow

    with options.chosen() as (room, filing):
        flow.take_back(room, filing, options.member(room, "provider"), pack, clause)
        standing = flow.status(room, filing)
    _tell("clause undo", filing, [], standing, as_json=as_json)


@grouped("lang")
def worksheet(options: OfFiling, out: SheetOut, as_json: AsJson = False) -> None:
    """Write a sheet to decide in: a line for each clause, with what is proposed and decided.

    Examples:
      guanyao filing clause worksheet -o clauses.xlsx
    """
    from guanyao.flows.filing.clauses import write_worksheet

    with options.chosen() as (room, filing):
        n_lines = write_worksheet(room, filing, out)
    if as_json:
        told = {"files": {"worksheet": str(out)}, "n_lines": n_lines}
        say_json({"verb": "filing clause worksheet", "filing": filing, **told})
        return
    say(f"{n_lines} clauses: {out}")
    say(f"fill in the results, then: guanyao filing clause read {out} --by PERSON")


@grouped()
def read_sheet(options: OfAct, file: Sheet, as_json: AsJson = False) -> None:
    """Take the decisions of a sheet: all of them or, if a line is wrong, none.

    Examples:
      guanyao filing clause read clauses.xlsx --by ann
    """
    from guanyao.flows.filing import clauses as flow

    with options.chosen() as (room, filing):
        who = options.member(room, "provider")
        found = flow.read_decisions(room, filing, who, file)
        standing = flow.status(room, filing)
    _tell("clause read", filing, found, standing, as_json=as_json)


def _tell(
    verb: str,
    filing: str,
    found: "Sequence[ClauseResult]",
    standing: Mapping[str, Any],
    *,
    as_json: bool,
) -> None:
    if as_json:
        told = {"decided": [result.to_json() for result in found], "standing": standing}
        say_json({"verb": f"filing {verb}", "filing": filing, **told})
        return
    for result in found if len(found) == 1 else ():
        say(f"{result.pack} {result.clause}: {result.result}")
    if len(found) != 1:
        say(f"decided: {len(found)}")
    _tell_standing(standing)


COMMANDS: dict[str, Callable[..., None]] = {
    "list": list_clauses,
    "show": show_clause,
    "take": take,
    "decide": decide,
    "undo": take_back,
    "worksheet": worksheet,
    "read": read_sheet,
}
