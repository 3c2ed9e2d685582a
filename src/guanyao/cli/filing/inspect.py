"""`guanyao filing inspect`: who is drawn, what was filed, and what the live service does now."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from guanyao.cli.filing.place import OfAct, OfFiling, Reason
from guanyao.cli.options import AsJson, Quiet, grouped
from guanyao.cli.output import say, say_json, say_table
from guanyao.cli.progress import shown

HELP = "Inspections: draw, plan, pull what was filed, measure the live service, conclude."

Seed = Annotated[
    str,
    typer.Option(
        metavar="TEXT", help="The published seed, which nobody could choose.", show_default=False
    ),
]
HowMany = Annotated[int, typer.Option("-n", min=1, metavar="N", help="How many are drawn.")]
Even = Annotated[
    bool, typer.Option("--even", help="One ticket each, whatever is known against a service.")
]
Cause = Annotated[
    str,
    typer.Option(metavar="TEXT", help="Why, e.g. 'random draw' or 'complaints'."),
]
DrawId = Annotated[
    str, typer.Option("--draw", metavar="ID", help="The draw that drew it.", show_default=False)
]
Announced = Annotated[
    bool | None,
    typer.Option(
        "--announced/--unannounced",
        help="Whether the provider is told in advance.",
        show_default="decided later",
    ),
]
Told = Annotated[
    bool, typer.Option("--announced/--unannounced", help="Tell the provider, or come unannounced.")
]
CaseName = Annotated[
    str, typer.Argument(metavar="CASE", help="The case, e.g. inspection-1.", show_default=False)
]
Source = Annotated[
    str,
    typer.Option(
        metavar="SOURCE", help="The table that the filed model learned from.", show_default=False
    ),
]
Holdout = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The rows that were kept back from it.",
        show_default="divided as the filed run divided it",
    ),
]
Model = Annotated[
    Path | None,
    typer.Option(
        metavar="MODEL.gy", help="The model that the service runs.", show_default="not handed over"
    ),
]
Virtual = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="What the service delivered.", show_default="sampled from the model"
    ),
]
Claimed = Annotated[
    str,
    typer.Option(
        metavar="SHA256", help="The digest that the provider says its model has.",
        show_default=False,
    ),
]  # fmt: skip
Rows = Annotated[
    int | None,
    typer.Option(metavar="N", help="How many rows are sampled.", show_default="as the source"),
]
Grade = Annotated[
    str,
    typer.Argument(metavar="GRADE", help="none, minor, major or critical.", show_default=False),
]


@grouped("filing", "lang")
def draw(
    options: OfAct, seed: Seed, n: HowMany = 1, even: Even = False, as_json: AsJson = False
) -> None:
    """Draw filed services for inspection; anyone can repeat the draw from what is published.

    Examples:
      guanyao filing inspect draw --seed 2026-06-01/8846 -n 3 --by ivo
    """
    from guanyao.flows.filing.inspect import draw as flow

    with options.opened() as room:
        who = options.member(room, "authority")
        found = flow(room, who, seed=seed, n=n, weighted=not even)
    if as_json:
        say_json({"verb": "filing inspect draw", **found})
        return
    say(f"{found['id']}: drawn {', '.join(found['drawn'])} of {len(found['candidates'])}")
    say(f"list {found['list']}, by {found['algorithm']}")
    for filing in found["filings"]:
        say(f"next: guanyao filing inspect plan --filing {filing} --draw {found['id']}")


@grouped()
def plan(
    options: OfAct,
    cause: Cause = "random draw",
    draw: DrawId = "",
    announced: Announced = None,
    as_json: AsJson = False,
) -> None:
    """Plan an inspection of the filing; a case opens.

    Examples:
      guanyao filing inspect plan --cause complaints --unannounced --by ivo
      guanyao filing inspect plan --draw draw-1 --by ivo
    """
    from guanyao.flows.filing.inspect import plan as flow

    with options.chosen() as (room, filing):
        who = options.actor(room, filing, "plan_inspection")
        found = flow(room, filing, who, cause, draw=draw, announce=announced)
        options.tell(room, filing, found, as_json=as_json, verb="inspect plan")


@grouped()
def announce(
    options: OfAct, case: CaseName, announced: Told = True, as_json: AsJson = False
) -> None:
    """Tell the provider of an inspection, or decide to come unannounced.

    Examples:
      guanyao filing inspect announce inspection-1 --by ivo
      guanyao filing inspect announce inspection-1 --unannounced --by ivo
    """
    from guanyao.flows.filing.inspect import announce as flow

    with options.chosen() as (room, filing):
        event = "announce" if announced else "go_unannounced"
        who = options.actor(room, filing, event, case=case)
        found = flow(room, filing, case, who, told=announced)
        options.tell(room, filing, found, as_json=as_json, verb="inspect announce")


@grouped()
def pull(options: OfAct, case: CaseName, as_json: AsJson = False) -> None:
    """Pull what was filed: the dossier in force, frozen into the inspection by its digests.

    Examples:
      guanyao filing inspect pull inspection-1 --by ivo
    """
    from guanyao.flows.filing.inspect import pull_pack

    with options.chosen() as (room, filing):
        who = options.actor(room, filing, "pull_pack", case=case)
        found = pull_pack(room, filing, case, who)
        options.tell(room, filing, found, as_json=as_json, verb="inspect pull")


@grouped()
def measure(  # noqa: PLR0913 - all that is measured
    options: OfAct,
    case: CaseName,
    source: Source,
    holdout: Holdout = None,
    model: Model = None,
    virtual: Virtual = None,
    claimed: Claimed = "",
    rows: Rows = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Measure the live service by the same judges as the filed run, and compare.

    Another model is seen by its digest, and by its figures where only a table is there.

    Examples:
      guanyao filing inspect measure inspection-1 --source train.csv --model live.gy --by ivo
      guanyao filing inspect measure inspection-1 --source train.csv --virtual got.csv --by ivo
    """
    from guanyao.flows.filing.inspect import measure as flow
    from guanyao.flows.filing.inspect import told

    with options.chosen() as (room, filing), shown(quiet=quiet) as progress:
        who = options.actor(room, filing, "measure", case=case)
        found = flow(
            *(room, filing, case, who),
            source=source,
            holdout=holdout,
            model=model,
            virtual=virtual,
            claimed=claimed,
            n_rows=rows,
            progress=progress,
        )
        if not as_json:
            for line in told(found):
                say(line)
        options.tell(room, filing, found.outcome, as_json=as_json, verb="inspect measure")


@grouped()
def conclude(
    options: OfAct, case: CaseName, grade: Grade, reason: Reason = "", as_json: AsJson = False
) -> None:
    """Decide on the findings; also against what was proposed.

    Examples:
      guanyao filing inspect conclude inspection-1 none --by ivo --reason "Everything is as filed."
    """
    from guanyao.flows.filing.inspect import conclude as flow

    with options.chosen() as (room, filing):
        who = options.actor(room, filing, "conclude", grade, case)
        found = flow(room, filing, case, who, grade, reason)
        options.tell(room, filing, found, as_json=as_json, verb="inspect conclude")


@grouped()
def close(options: OfAct, case: CaseName, reason: Reason = "", as_json: AsJson = False) -> None:
    """Close an inspection whose findings need no order.

    Examples:
      guanyao filing inspect close inspection-1 --by ivo --reason "The labels were mended at once."
    """
    from guanyao.cli.filing.place import reasoned

    payload = reasoned(reason, case=case)
    options.do("close_inspection", payload, as_json=as_json, verb="inspect close")


@grouped("lang")
def list_inspections(options: OfFiling, as_json: AsJson = False) -> None:
    """List the inspections of the filing, and what was measured.

    Examples:
      guanyao filing inspect list
    """
    from guanyao.flows.filing.inspect import inspections

    with options.chosen() as (room, filing):
        found = inspections(room, filing)
    if as_json:
        say_json({"verb": "filing inspect list", "filing": filing, "inspections": found})
        return
    if not found:
        say("there was no inspection")
        return
    rows = ((i["case"], i["state"], i["finding"], i.get("cause", "")) for i in found)
    say_table(("inspection", "state", "finding", "cause"), rows)


COMMANDS: dict[str, Callable[..., None]] = {
    "draw": draw,
    "plan": plan,
    "announce": announce,
    "pull": pull,
    "measure": measure,
    "conclude": conclude,
    "close": close,
    "list": list_inspections,
}
