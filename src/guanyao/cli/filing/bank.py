"""`guanyao filing bank`: keyword libraries, question banks, and the samples drawn from them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guanyao.cli.filing.place import OfAct, OfFiling
from guanyao.cli.options import AsJson, grouped
from guanyao.cli.output import say, say_json, say_table
from guanyao.errors import ConfigError

if TYPE_CHECKING:
    from guanyao.filing.bank import Look
    from guanyao.filing.coverage import Coverage
    from guanyao.filing.filing_state import Actor
    from guanyao.flows.filing.room import Room
    from guanyao.flows.filing.standings import Standings

HELP = "Keyword libraries and question banks: import, coverage, samples, judging."

BankName = Annotated[
    str,
    typer.Argument(
        metavar="BANK", help="keyword, generated, refuse or non_refuse.", show_default=False
    ),
]
AnyBank = Annotated[
    str | None,
    typer.Argument(metavar="[BANK]", help="One bank.", show_default="all four"),
]
BankFile = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help=".xlsx or .csv; one sheet of several as book.xlsx#SHEET.",
        show_default=False,
    ),
]
SampleName = Annotated[
    str,
    typer.Argument(
        metavar="SAMPLE",
        help="generated, refuse, non_refuse, corpus_manual, corpus_technical, source_before or "
        "source_after.",
        show_default=False,
    ),
]
DrawId = Annotated[
    str, typer.Argument(metavar="DRAW", help="The draw, e.g. draw-1.", show_default=False)
]
SheetOut = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="FILE", help="The sheet, .xlsx or .csv.",
                 show_default=False),
]  # fmt: skip
AnswerFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="The sheet with its answers, or JSON lines with item and answer.",
        show_default=False,
    ),
]
VerdictFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]",
        help="The sheet with its verdicts, or JSON lines with item and verdict; none for keywords.",
        show_default=False,
    ),
]
JudgeName = Annotated[
    str, typer.Option("--judge", metavar="JUDGE", help="human, keyword or classifier.")
]
Named = Annotated[
    str,
    typer.Option(
        "--name", metavar="TEXT", help="Of a classifier: its name and version.", show_default=False
    ),
]
Size = Annotated[
    int | None,
    typer.Option("-n", min=1, metavar="N", help="How many.", show_default="what the packs ask for"),
]
SeedOfDraw = Annotated[
    int | None,
    typer.Option(
        "--seed",
        metavar="S",
        help="What the draw follows from; it stands in the draw.",
        show_default="by chance",
    ),
]
Stratified = Annotated[
    bool, typer.Option("--stratified", help="Draw of each kind its share, and at least one.")
]
SourceFile = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="FILE",
        help="The training data or source that is drawn from: lines of text, or a table.",
        show_default=False,
    ),
]
TextColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="COLUMN",
        help="A column of free text. May be repeated.",
        show_default="as found",
    ),
]
AllowUnclassified = Annotated[
    bool,
    typer.Option("--allow-unclassified", help="Keep entries without a kind, counted as such."),
]
AllowShrink = Annotated[
    bool, typer.Option("--allow-shrink", help="The bank may have fewer entries than before.")
]
DropDuplicates = Annotated[
    bool,
    typer.Option("--drop-duplicates", help="Of the same entries of one kind, keep the first."),
]
Updated = Annotated[
    str | None,
    typer.Option(
        "--updated",
        metavar="DAY",
        help="When the bank was last changed, YYYY-MM-DD.",
        show_default="today, if it is changed",
    ),
]
OnlyCheck = Annotated[
    bool, typer.Option("--check", help="Only say what is wrong with the file, line by line.")
]


@dataclass(frozen=True, kw_only=True)
class OfImport(OfAct):
    """Which filing, who imports, and what the import may do, as typed."""

    check: OnlyCheck = False
    allow_unclassified: AllowUnclassified = False
    allow_shrink: AllowShrink = False
    drop_duplicates: DropDuplicates = False
    updated: Updated = None


@dataclass(frozen=True, kw_only=True)
class OfDraw(OfAct):
    """Which filing, who draws, and how, as typed."""

    seed: SeedOfDraw = None
    stratified: Stratified = False
    source: SourceFile = None
    column: TextColumns = None


@grouped("lang")
def import_bank(options: OfImport, bank: BankName, file: BankFile, as_json: AsJson = False) -> None:
    """Put the entries of a list in the place of a bank's: all of them, or none.

    Examples:
      guanyao filing bank import keyword keywords.xlsx --by ann
      guanyao filing bank import generated questions.csv --check
    """
    from guanyao.flows.filing import banks as flow

    allowed = flow.Options(
        allow_unclassified=options.allow_unclassified,
        allow_shrink=options.allow_shrink,
        drop_duplicates=options.drop_duplicates,
        updated=_day(options.updated),
    )
    with options.chosen() as (opened, own):
        if options.check:
            _tell_look(flow.look(opened, own, bank, file), as_json=as_json)
            return
        actor = _actor(options, opened, own)
        found = flow.import_bank(opened, own, actor, bank, file, options=allowed)
    if as_json:
        say_json({"verb": "filing bank import", "bank": bank, **found.to_json()})
        return
    n = found.coverage.n_entries
    say(f"{bank}: {n:,} entries, {found.n_new:,} new, {found.n_gone:,} gone")
    if not found.is_changed:
        say("note: nothing is changed, so the bank is not younger for it")
    if found.n_dropped:
        say(f"note: {found.n_dropped:,} doubles were left out")
    for sheet in found.left_out:
        say(f"note: the sheet {sheet[:31]} was not read")
    say(f"evidence: {found.evidence}")
    _tell_faults(found.coverage)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            "--updated is no day", allowed="YYYY-MM-DD", code="bank.updated"
        ) from error


def _actor(options: OfAct, room: "Room", filing: str) -> "Actor":
    from guanyao.flows.filing.banks import provider_actor

    return provider_actor(room, filing, options.person, options.role)


def _tell_look(found: "Look", *, as_json: bool) -> None:
    told = found.faults.told(most=1000)
    if as_json:
        faults = [{"code": fault.code, "what": fault.text} for fault in told]
        n = len(found.bank.entries)
        say_json({"verb": "filing bank import", "n_rows": found.n_rows, "n_entries": n,
                  "kinds": found.bank.counts(), "faults": faults})  # fmt: skip
        return
    say(f"{found.n_rows:,} rows, {len(found.bank.entries):,} different entries")
    for fault in told:
        say(f"{fault.code}: {fault.text}")
    say("nothing was imported" if told else "nothing is wrong with it; nothing was imported")


def _tell_faults(found: "Coverage") -> None:
    for text in found.faults():
        say(f"to do: {text}")
    for age in found.ages:
        if not age.is_overdue:
            say(age.line)


@grouped("lang")
def coverage(options: OfFiling, bank: AnyBank = None, as_json: AsJson = False) -> None:
    """Show how many entries each kind has, what is missing by how much, and what is overdue.

    Examples:
      guanyao filing bank coverage
      guanyao filing bank coverage keyword
    """
    from guanyao.flows.filing.banks import coverage as flow

    with options.chosen() as (opened, own):
        found = flow(opened, own, bank)
    if as_json:
        say_json({"verb": "filing bank coverage", "banks": [one.to_json() for one in found]})
        return
    for one in found:
        _tell_coverage(one, is_whole=bank is not None)


def _tell_coverage(found: "Coverage", *, is_whole: bool) -> None:
    state = "enough" if found.is_enough else "NOT ENOUGH"
    least = f" of {found.least.least:,}" if found.least else ""
    say(f"{found.bank}: {found.n_entries:,}{least} entries: {state if found.digest else 'none'}")
    if found.digest and is_whole:
        rows = (
            (kind.kind, kind.title["zh"], kind.n,
             kind.minimum.least if kind.minimum else "", kind.short or "")
            for kind in found.kinds
        )  # fmt: skip
        say_table(("kind", "title", "entries", "at least", "missing"), rows)
    if found.digest:
        _tell_faults(found)


@grouped("lang")
def draw(options: OfDraw, sample: SampleName, n: Size = None, as_json: AsJson = False) -> None:
    """Draw a random sample and freeze it; anybody can draw it again from seed and digest.

    Examples:
      guanyao filing bank draw generated -n 1000 --seed 20261122 --by ann
      guanyao filing bank draw corpus_manual --source corpus.txt --by ann
    """
    from guanyao.flows.filing.draws import sample as flow

    with options.chosen() as (opened, own):
        found = flow(
            opened,
            own,
            _actor(options, opened, own),
            sample,
            n,
            options.seed,
            method="stratified" if options.stratified else "simple",
            source=options.source,
            columns=options.column or (),
        )
    if as_json:
        say_json({"verb": "filing bank draw", **found.to_json()})
        return
    record = found.draw
    of = f"{len(record['items']):,} of {record['n_population']:,}"
    say(f"{record['id']}: {of} for {sample}, seed {record['seed']}")
    digest = record["bank_digest"] or record["data_digest"]
    say(f"drawn from {digest[:12]} by {record['algorithm']}, {record['method']}; frozen")
    if len(record["items"]) < found.least:
        say(f"note: the packs ask for {found.least:,}")
    if found.n_before:
        say(f"note: the same was drawn {found.n_before} times before; every draw stays on record")
    for note in found.notes:
        say(f"note: {note}")


@grouped("lang")
def sheet(
    options: OfFiling,
    draw: DrawId,
    out: SheetOut,
    source: SourceFile = None,
    as_json: AsJson = False,
) -> None:
    """Write the sheet of a draw: to ask the model by, and for people to judge in.

    Examples:
      guanyao filing bank sheet draw-1 -o draw-1.xlsx
    """
    from guanyao.flows.filing.answers import export_sheet as flow

    with options.chosen() as (opened, own):
        n = flow(opened, own, draw, out, source=source)
    if as_json:
        say_json({"verb": "filing bank sheet", "files": {"sheet": str(out)}, "n_items": n})
    else:
        say(f"sheet: {out} ({n:,} items)")


@grouped("lang")
def answers(options: OfAct, draw: DrawId, file: AnswerFile, as_json: AsJson = False) -> None:
    """Take over what the model answered.

    Examples:
      guanyao filing bank answers draw-1 draw-1.xlsx --by ann
    """
    from guanyao.flows.filing.answers import read_answers as flow

    with options.chosen() as (opened, own):
        found = flow(opened, own, _actor(options, opened, own), draw, file)
    _tell_standings(found, "answers", as_json=as_json)


@grouped("lang")
def judge(
    options: OfAct,
    draw: DrawId,
    file: VerdictFile = None,
    judge: JudgeName = "human",
    name: Named = "",
    source: SourceFile = None,
    as_json: AsJson = False,
) -> None:
    """Take over verdicts of people or of a classifier, or judge by the keyword library.

    Examples:
      guanyao filing bank judge draw-1 draw-1.xlsx --by ann
      guanyao filing bank judge draw-1 --judge keyword --by ann
      guanyao filing bank judge draw-1 verdicts.jsonl --judge classifier --name "safety 2" --by ann
    """
    from guanyao.filing.judging import JUDGES
    from guanyao.flows.filing import judgements as flow

    if judge not in JUDGES or (judge == "keyword") != (file is None):
        raise ConfigError(
            "keywords need no file, people and classifiers need one",
            allowed="--judge " + ", ".join(JUDGES),
            code="judging.judge",
        )
    with options.chosen() as (opened, own):
        actor = _actor(options, opened, own)
        if file is None:
            found = flow.judge_by_keywords(opened, own, actor, draw, source=source)
        else:
            known = next(one for one in JUDGES if one == judge)
            found = flow.read_judgements(opened, own, actor, draw, file, judge=known, name=name)
    _tell_standings(found, "judge", as_json=as_json)


def _tell_standings(found: "Standings", verb: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"verb": f"filing bank {verb}", **found.to_json()})
        return
    say(f"{found.draw}: {found.n_items:,} items, {found.n_answered:,} answered")
    for judge, settled in found.settled.items():
        open_parts = [
            f"{n:,} {word}"
            for n, word in ((len(settled.unjudged), "open"), (len(settled.disputed), "disputed"))
            if n
        ]
        say(f"{judge}: {len(settled.verdicts):,} judged" + "".join(f", {p}" for p in open_parts))
        if settled.disputed:
            say(f"  two disagree, a third decides: {_some(settled.disputed)}")


def _some(items: Iterable[str]) -> str:
    every = list(items)
    more = f" and {len(every) - 8:,} more" if len(every) > 8 else ""
    return ", ".join(every[:8]) + more


@grouped("lang")
def close(options: OfAct, draw: DrawId, source: SourceFile = None, as_json: AsJson = False) -> None:
    """Close a draw that is judged whole: the result becomes evidence.

    Examples:
      guanyao filing bank close draw-1 --by ann
    """
    from guanyao.flows.filing.closing import close as flow

    with options.chosen() as (opened, own):
        found = flow(opened, own, _actor(options, opened, own), draw, source=source)
    if as_json:
        say_json({"verb": "filing bank close", **found.to_json()})
        return
    for result in found.results:
        say(result.line)
        for against in result.against:
            say(f"  {against.line}")
    for id in found.evidence:
        say(f"evidence: {id}")
    for note in found.notes:
        say(f"note: {note}")


@grouped("lang")
def draws(options: OfFiling, as_json: AsJson = False) -> None:
    """List what was drawn.

    Examples:
      guanyao filing bank draws
    """
    from guanyao.flows.filing.draws import draws as flow

    with options.chosen() as (opened, own):
        found = flow(opened, own)
    if as_json:
        say_json({"verb": "filing bank draws", "draws": found})
        return
    rows = (
        (d["id"], d["sample"], d["n_sampled"], d["n_population"], d["seed"],
         (d["bank_digest"] or d["data_digest"])[:12], "closed" if d["closed"] else "open")
        for d in found
    )  # fmt: skip
    say_table(("draw", "sample", "drawn", "of", "seed", "from", "state"), rows)


COMMANDS: dict[str, Callable[..., None]] = {
    "import": import_bank,
    "coverage": coverage,
    "draw": draw,
    "draws": draws,
    "sheet": sheet,
    "answers": answers,
    "judge": judge,
    "close": close,
}
"""Third words of `guanyao filing bank`."""
