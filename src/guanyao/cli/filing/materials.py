"""`guanyao filing service`, `form`, `evidence`, `attach` ...: what a dossier is made of."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from guanyao.cli.filing.place import OfAct, OfFiling
from guanyao.cli.options import AsJson, Quiet, grouped
from guanyao.cli.output import say, say_json, say_table
from guanyao.cli.progress import shown

MOST_PLACES = 5
"""How many places that are still to be filled in are listed."""
HEADS = {
    "en": ("slot", "what", "required", "there", "confirmed by", "open"),
    "zh": ("材料代号", "材料", "必需", "现状", "确认人", "空缺"),
}
WORDS = {
    "yes": "是",
    "no": "无",
    "not known": "未知",
    "draft": "草稿",
    "attached": "已上传",
    "nobody yet": "待确认",
}
"""What a table of documents says, in Chinese."""
SERVICE_HELP = "What the service is: facts that decide which clauses apply."
FORM_HELP = "The form: what no record can tell, asked once."
EVIDENCE_HELP = (
    "Evidence: run.json, reports, proofs, checks, and documents that somebody vouches for."
)

ServiceFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The description (YAML).", show_default=False)
]
AnswersFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The answers (YAML or JSON).", show_default=False)
]
TemplateOut = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FILE", help="A new file.", show_default="printed"),
]
EvidencePlaces = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE_OR_DIR...",
        help="run.json, reports, proofs, or folders of them.",
        show_default=False,
    ),
]
SlotOrTopic = Annotated[
    str,
    typer.Argument(
        metavar="SLOT_OR_TOPIC",
        help="A slot of the dossier (`guanyao filing materials`), or what the document proves, "
        "e.g. mlps_certificate.",
        show_default=False,
    ),
]
Document = Annotated[Path, typer.Argument(metavar="FILE", help="The document.", show_default=False)]
Title = Annotated[
    str, typer.Option(metavar="TEXT", help="What it is called.", show_default="the file's name")
]
ValidUntil = Annotated[
    str | None,
    typer.Option(metavar="DAY", help="The last day that it is valid.", show_default=False),
]
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME...]", help="Documents.", show_default="all that are due"),
]
Slot = Annotated[
    str, typer.Argument(metavar="SLOT", help="A slot of the dossier.", show_default=False)
]
Slots = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SLOT...]", help="Slots of the dossier.", show_default=False),
]
ModelFile = Annotated[
    Path, typer.Argument(metavar="MODEL.gy", help="The model.", show_default=False)
]
EvidenceId = Annotated[str, typer.Argument(metavar="ID", help="The evidence.", show_default=False)]
EvidenceKindName = Annotated[
    str, typer.Argument(metavar="KIND", help="What is measured, e.g. label_check.")
]
SlotToSave = Annotated[
    str, typer.Argument(metavar="[SLOT]", help="A slot.", show_default="all that are filled")
]
FileName = Annotated[str, typer.Option("--name", metavar="FILE", help="Of several files, which.")]
SaveOut = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="DIR", help="The folder.", show_default=False),
]


@grouped()
def put_service(options: OfAct, file: ServiceFile, as_json: AsJson = False) -> None:
    """Hand in the description of the service.

    Examples:
      guanyao filing service put service.yaml --by ann
    """
    from guanyao.flows.filing.materials import put_service as flow

    with options.chosen() as (room, filing):
        found = flow(room, filing, file, options.member(room, "provider"))
    known = {name: value for name, value in found.facts.items() if value is not None}
    open_facts = [name for name, value in found.facts.items() if value is None]
    if as_json:
        told = {"name": found.name, "facts": known, "unknown": open_facts}
        say_json({"verb": "filing service put", "filing": filing, **told})
        return
    say(f"{found.name}: {len(known)} facts known")
    if open_facts:
        say(f"not known yet: {', '.join(open_facts)}")


@grouped()
def service_template(options: OfFiling, out: TemplateOut = None, as_json: AsJson = False) -> None:
    """Write a description to fill in, with each fact's question as a comment.

    Examples:
      guanyao filing service template -o service.yaml
    """
    from guanyao.flows.filing.init import service_form

    with options.chosen() as (room, filing):
        text = service_form(room, filing)
    _write("service template", text, out, as_json=as_json)


@grouped()
def put_form(options: OfAct, file: AnswersFile, as_json: AsJson = False) -> None:
    """Hand in answers to the form; what they say enters no log.

    Questions that the file does not name keep their answers.

    Examples:
      guanyao filing form put answers.yaml --by ann
    """
    from guanyao.flows.filing.init import open_questions
    from guanyao.flows.filing.materials import put_answers

    with options.chosen() as (room, filing):
        found = put_answers(room, filing, file, options.member(room, "provider"))
        still = open_questions(room, filing)
    if as_json:
        told = {"answered": sorted(found), "open": [question["id"] for question in still]}
        say_json({"verb": "filing form put", "filing": filing, **told})
        return
    say(f"{len(found)} questions answered, {len(still)} to go")
    for question in still:
        say(f"  {question['id']}: {question[options.lang]}")


@grouped()
def form_template(options: OfFiling, out: TemplateOut = None, as_json: AsJson = False) -> None:
    """Write the form to fill in, with what was answered already; --lang says in which language.

    Examples:
      guanyao filing form template -o answers.yaml
      guanyao filing form template --lang zh
    """
    from guanyao.flows.filing.init import answer_form

    with options.chosen() as (room, filing):
        text = answer_form(room, filing, options.lang)
    _write("form template", text, out, as_json=as_json)


def _write(verb: str, text: str, out: Path | None, *, as_json: bool) -> None:
    if out is not None:
        from guanyao.flows.filing.files import write_new

        write_new(out, text)
    if as_json:
        files = {"files": {"template": str(out)}} if out else {"text": text}
        say_json({"verb": f"filing {verb}", **files})
    elif out is not None:
        say(f"to fill in: {out}")
    else:
        say(text.rstrip("\n"))


@grouped()
def add_evidence(options: OfAct, files: EvidencePlaces, as_json: AsJson = False) -> None:
    """Hand evidence in: all of it or, if a file is none, nothing.

    Examples:
      guanyao filing evidence add out --by ann
      guanyao filing evidence add run/run.json mask.json --by ann
    """
    from guanyao.flows.filing.materials import add_evidence as flow

    with options.chosen() as (room, filing):
        found, skipped = flow(room, filing, files, options.member(room, "provider"))
    if as_json:
        told = {"evidence": [item.to_json() for item in found], "skipped": list(skipped)}
        say_json({"verb": "filing evidence add", "filing": filing, **told})
        return
    for item in found:
        say(f"evidence: {item.id} ({item.name})")
        for note in item.notes:
            say(f"  note: {note}")
    for name in skipped:
        say(f"not evidence: {name}")


@grouped()
def list_evidence(options: OfFiling, as_json: AsJson = False) -> None:
    """List the evidence: what it is, from when, and about which model and data.

    Examples:
      guanyao filing evidence list
    """
    from guanyao.flows.filing.look import evidence

    with options.chosen() as (room, filing):
        found = evidence(room, filing)
    if as_json:
        say_json({"verb": "filing evidence list", "filing": filing, "evidence": found})
        return
    if not found:
        say("there is no evidence yet; hand some in with: guanyao filing evidence add DIR --by ID")
        return
    say_table(
        ("evidence", "file", "as of", "model", "data", "vouched"),
        (
            (
                *(e["id"], e["name"], (e["as_of"] or "")[:10]),
                *(e["rests_on"].get(name, "")[:12] for name in ("model", "data")),
                "by a person" if e["is_human"] else "",
            )
            for e in found
        ),
    )


@grouped("lang")
def evidence_form(
    options: OfFiling, kind: EvidenceKindName, out: TemplateOut = None, as_json: AsJson = False
) -> None:
    """Write a file to fill in for evidence that other tools measure, e.g. of content labels.

    Examples:
      guanyao filing evidence form label_check -o label-check.json
    """
    from guanyao.flows.filing.evidence_form import evidence_form as flow

    with options.chosen() as (room, filing):
        text = flow(room, filing, kind)
    _write("evidence form", text, out, as_json=as_json)


@grouped()
def drop_evidence(options: OfAct, id: EvidenceId, as_json: AsJson = False) -> None:
    """Take a piece of evidence back; what rests on it is stale from then on.

    Examples:
      guanyao filing evidence drop run-0123abcd --by ann
    """
    from guanyao.flows.filing.materials import drop_evidence as flow

    with options.chosen() as (room, filing):
        flow(room, filing, id, options.member(room, "provider"))
    _done("evidence drop", filing, f"{id} is no evidence any more", as_json=as_json)


@grouped()
def attach(
    options: OfAct,
    slot_or_topic: SlotOrTopic,
    file: Document,
    title: Title = "",
    valid_until: ValidUntil = None,
    as_json: AsJson = False,
) -> None:
    """Attach a document: to a slot of the dossier, or as proof that you vouch for, or both.

    Examples:
      guanyao filing attach service_agreement agreement.docx --by ann
      guanyao filing attach mlps_certificate mlps.pdf --valid-until 2027-05-31 --by ann
    """
    from guanyao.flows.filing.materials import attach as flow

    with options.chosen() as (room, filing):
        who = options.member(room, "provider")
        found = flow(
            *(room, filing, slot_or_topic, file),
            actor=who,
            title=title,
            valid_until=valid_until,
        )
    if as_json:
        say_json({"verb": "filing attach", "filing": filing, **vars(found)})
        return
    if found.slot:
        say(f"{found.slot}: {file.name}")
    if found.evidence:
        say(f"evidence: {found.evidence}")
    for place in found.unfilled:
        say(f"still to fill in: {place}")
    for place in found.secrets:
        say(f"must not go out: {place}")


@grouped()
def detach(options: OfAct, slot: Slot, name: FileName = "", as_json: AsJson = False) -> None:
    """Take a document out of a slot again.

    Examples:
      guanyao filing detach service_agreement --by ann
      guanyao filing detach other --name photo.png --by ann
    """
    from guanyao.flows.filing.materials import detach as flow

    with options.chosen() as (room, filing):
        flow(room, filing, slot, options.member(room, "provider"), name)
    _done("detach", filing, f"{slot} is empty" if not name else f"{name} is out", as_json=as_json)


def _done(verb: str, filing: str, text: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"verb": f"filing {verb}", "filing": filing, "done": True})
    else:
        say(text)


@grouped()
def materials(options: OfFiling, as_json: AsJson = False) -> None:
    """List the slots of the dossier: what fills each, what is open in it, who confirmed it.

    Examples:
      guanyao filing materials
      guanyao filing materials --lang zh
    """
    from guanyao.flows.filing.status import materials as flow

    with options.chosen() as (room, filing):
        found = flow(room, filing)
    if as_json:
        say_json({"verb": "filing materials", "filing": filing, "materials": found})
        return
    say_table(
        HEADS[options.lang],
        (
            (
                *(m["slot"], m["title"][options.lang], _zh(_yes(m["required"]), options.lang)),
                _zh(m["source"] if m["is_there"] else "no", options.lang),
                *(_zh(_confirmed(m), options.lang), _still_open(m)),
            )
            for m in found
        ),
    )


def _zh(said: str, lang: str) -> str:
    return WORDS.get(said, said) if lang == "zh" else said


def _yes(answer: bool | None) -> str:
    return {True: "yes", False: "no", None: "not known"}[answer]


def _confirmed(material: Mapping[str, Any]) -> str:
    if material["confirmed_by"]:
        return str(material["confirmed_by"])
    return "nobody yet" if material["is_there"] and material["needs_confirmation"] else ""


def _still_open(material: Mapping[str, Any]) -> str:
    old = ["out of date"] if material["is_old"] else []
    secrets = [f"{material['secrets']} secrets"] if material["secrets"] else []
    n = len(material["unfilled"])
    more = [f"… +{n - MOST_PLACES}"] if n > MOST_PLACES else []
    places = [*material["unfilled"][:MOST_PLACES], *more]
    return "; ".join([*old, *places, *material["faults"], *secrets])


@grouped()
def card(options: OfAct, model: ModelFile, as_json: AsJson = False) -> None:
    """Hand in what the model says of itself, for the documents that explain how it works.

    Examples:
      guanyao filing card out/model.gy --by ann
    """
    from guanyao.flows.filing.materials import put_card

    with options.chosen() as (room, filing):
        found = put_card(room, filing, model, options.member(room, "provider"))
    if as_json:
        say_json({"verb": "filing card", "filing": filing, "card": found})
    else:
        say(f"model {str(found['digest'])[:12]}: {found.get('name', '')}".rstrip(": "))


@grouped()
def draft(
    options: OfAct, names: Names = None, quiet: Quiet = False, as_json: AsJson = False
) -> None:
    """Write the documents of the dossier from answers, evidence and clauses: docx, pdf, xlsx.

    A file that somebody attached stays, unless its slot is named.

    Examples:
      guanyao filing draft --by ann
      guanyao filing draft privacy_policy --by ann
    """
    from guanyao.flows.filing.draft import draft as flow

    with options.chosen() as (room, filing), shown(quiet=quiet) as progress:
        who = options.member(room, "provider")
        found = flow(room, filing, who, names or (), progress=progress)
    if as_json:
        say_json({"verb": "filing draft", "filing": filing, "slots": [vars(d) for d in found]})
        return
    for one in found:
        n = len(one.unfilled)
        places = "1 place is" if n == 1 else f"{n} places are"
        say(f"{one.slot}: {one.what}" + (f"; {places} still to be filled in" if n else ""))
        for place in one.unfilled[:MOST_PLACES]:
            say(f"  {place}")
        if n > MOST_PLACES:
            say(f"  … +{n - MOST_PLACES}; all: guanyao filing materials --json")


@grouped()
def confirm(options: OfAct, slots: Slots = None, as_json: AsJson = False) -> None:
    """Say that you have read drafts and stand by them; without SLOT all that wait for it.

    Examples:
      guanyao filing confirm --by ann
      guanyao filing confirm privacy_policy service_agreement --by ann
    """
    from guanyao.flows.filing.materials import confirm as flow

    with options.chosen() as (room, filing):
        found = flow(room, filing, slots or (), options.member(room, "provider"))
    if as_json:
        say_json({"verb": "filing confirm", "filing": filing, "slots": list(found)})
    else:
        say(f"confirmed: {', '.join(found) or 'nothing waits for it'}")


@grouped()
def save(
    options: OfFiling, slot: SlotToSave = "", *, out: SaveOut, as_json: AsJson = False
) -> None:
    """Write the files of a slot, or of all slots, to a folder, to read them.

    Examples:
      guanyao filing save -o drafts
      guanyao filing save privacy_policy -o drafts
    """
    from guanyao.flows.filing.files import save_slot
    from guanyao.flows.filing.status import filled_slots

    with options.chosen() as (room, filing):
        slots = [slot] if slot else filled_slots(room, filing)
        found = [path for name in slots for path in save_slot(room, filing, name, out)]
    if as_json:
        say_json({"verb": "filing save", "filing": filing, "files": list(map(str, found))})
        return
    for path in found:
        say(str(path))
    if not found:
        say("nothing is drafted or attached yet")


SERVICE: dict[str, Callable[..., None]] = {"put": put_service, "template": service_template}
FORM: dict[str, Callable[..., None]] = {"template": form_template, "put": put_form}
EVIDENCE: dict[str, Callable[..., None]] = {
    "add": add_evidence,
    "list": list_evidence,
    "form": evidence_form,
    "drop": drop_evidence,
}
COMMANDS: dict[str, Callable[..., None]] = {
    "materials": materials,
    "attach": attach,
    "detach": detach,
    "card": card,
    "draft": draft,
    "save": save,
    "confirm": confirm,
}
