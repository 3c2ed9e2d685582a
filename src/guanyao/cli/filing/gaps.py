"""`guanyao filing gaps` and `attest`: what evidence says to the clauses, and what is missing."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guanyao.cli.filing.place import OfFiling
from guanyao.cli.options import AsJson, grouped
from guanyao.cli.output import say, say_json, say_table
from guanyao.errors import ConfigError

if TYPE_CHECKING:
    from guanyao.flows.filing.gaps import Gaps

ServiceFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="What is known of a service that is in no room (YAML).",
        show_default="the filing of the room",
    ),
]
EvidencePlaces = Annotated[
    list[Path] | None,
    typer.Option(
        "--evidence",
        metavar="DIR_OR_FILE",
        help="With --service: run.json, reports, proofs, or a folder of them. May be repeated.",
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


@grouped("lang")
def gaps(
    options: OfFiling,
    service: ServiceFile = None,
    evidence: EvidencePlaces = None,
    pack: PackNames = None,
    only: OnlyStatus = None,
    as_json: AsJson = False,
) -> None:
    """Show clause by clause what is met by which evidence, what is missing, and how to get it.

    Without --service it is about the filing of the room, and all that was handed in to it.

    Examples:
      guanyao filing gaps --only missing
      guanyao filing gaps --service service.yaml --evidence out
      guanyao filing gaps --service service.yaml --evidence out --pack cn-pipl --only missing
    """
    from datetime import UTC, datetime

    from guanyao.flows.filing.gaps import checked_statuses
    from guanyao.flows.filing.gaps import gaps as flow

    shown = checked_statuses(only or ())
    now = datetime.now(UTC)
    if service is not None:
        found = flow(service, evidence or (), now=now, packs=pack or (), folder=options.packs)
    else:
        found = _of_room(options, evidence, pack or ())
    if as_json:
        say_json({"verb": "filing gaps", **found.to_json()})
    else:
        _tell_gaps(found, shown)


def _of_room(options: OfFiling, evidence: list[Path] | None, packs: Sequence[str]) -> "Gaps":
    from guanyao.flows.filing.look import gaps

    if evidence:
        raise ConfigError(
            "--evidence is given without --service",
            allowed="both, or neither: then it is about the filing of the room",
            do="hand evidence in with: guanyao filing evidence add FILE --by PERSON",
            code="filing.gaps",
        )
    with options.chosen() as (room, filing):
        return gaps(room, filing, packs)


def _tell_gaps(found: "Gaps", shown: Sequence[str]) -> None:
    from guanyao.flows.filing.gaps import lines

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

    from guanyao.flows.filing.gaps import attest as flow

    found = flow(file, out, topic=topic, by=by, now=datetime.now(UTC), valid_until=valid_until)
    if as_json:
        say_json({"verb": "filing attest", "files": {"evidence": str(out)}, **found.to_json()})
    else:
        say(f"evidence {found.id}: {out}")


COMMANDS: dict[str, Callable[..., None]] = {"gaps": gaps, "attest": attest}
