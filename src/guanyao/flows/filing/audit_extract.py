"""The lines of the audit chain that tell of one filing, as they leave the room with its dossier.

Each line carries its number, the hash of the line before and its own, so that it can be found again
in the chain, and cannot be changed unseen. That a line *is* in the chain only the room, or somebody
who keeps its head, can say: lines about other filings stay where they are, so the links between are
not shown.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from guanyao.errors import InternalError
from guanyao.filing.outcome import fit
from guanyao.flows.filing.keys import ACT as KEY_ACT
from guanyao.records.audit_line import FIELDS, Line, hasher
from guanyao.records.evidence import canonical, digest

if TYPE_CHECKING:
    from guanyao.records.filing_store import FilingStore

FORMAT = "guanyao.audit-extract/1"
HEAD = ("chain", "hash_name", "seq", "hash", "time")


def extract(store: "FilingStore", filing: str, persons: Iterable[str]) -> dict[str, Any]:
    """The lines about a filing, and those by which its signers' keys were registered.

    Args:
        store: The room.
        filing: The filing's id.
        persons: Who signed.
    """
    own, signers = fit(f"filing:{filing}"), {fit(person) for person in persons}
    head = store.chain.head()
    lines = [
        line.to_json()
        for line in store.chain.lines()
        if line.seq <= head.seq and (line.object == own or _is_key_of(line, signers))
    ]
    record = {
        "format": FORMAT,
        "filing": filing,
        "genesis": store.chain.genesis,
        "head": asdict(head),
        "lines": lines,
    }
    return {**record, "digest": digest(record)}


def _is_key_of(line: Line, signers: set[str]) -> bool:
    return line.act == KEY_ACT and line.facts.get("person") in signers


def faults_of(record: Any, filing: str) -> Iterator[str]:  # noqa: ANN401 - read from a file
    """What is wrong with an extract, each in words; nothing: every line is as it was written.

    Args:
        record: The extract.
        filing: The filing that it must be about.
    """
    try:
        yield from _faults(record, filing)
    except (KeyError, TypeError, ValueError, RecursionError, InternalError, AttributeError):
        yield "it is no extract of an audit chain"


def _faults(record: Mapping[str, Any], filing: str) -> Iterator[str]:
    fields = {"format", "filing", "genesis", "head", "lines", "digest"}
    if set(record) != fields or record["format"] != FORMAT or set(record["head"]) != set(HEAD):
        yield "it is no extract of an audit chain"
        return
    if digest(record) != record["digest"]:
        yield "it was changed: it does not have its digest"
    if record["filing"] != filing:
        yield "it is about another filing"
    begun, head = json.loads(record["genesis"]), record["head"]
    if begun["chain"] != head["chain"] or begun["hash"] != head["hash_name"]:
        yield "its head is that of another chain"
    hash_of = hasher(begun["hash"])
    before: Mapping[str, Any] = {"seq": 0, "hash": hash_of(record["genesis"].encode("utf-8"))}
    for line in record["lines"]:
        yield from (
            f"line {line['seq']} {why}" for why in _line_faults(line, before, head, hash_of)
        )
        before = line


def _line_faults(
    line: Mapping[str, Any],
    before: Mapping[str, Any],
    head: Mapping[str, Any],
    hash_of: Any,  # noqa: ANN401
) -> Iterator[str]:
    content = {name: line[name] for name in FIELDS}
    if set(line) != FIELDS | {"hash"} or hash_of(canonical(content)) != line["hash"]:
        yield "was changed: its text does not have its hash"
    if line["seq"] <= before["seq"]:
        yield "is out of order"
    if line["seq"] == before["seq"] + 1 and line["prev"] != before["hash"]:
        yield "does not follow the line before it"
    if line["seq"] > head["seq"] or (line["seq"] == head["seq"] and line["hash"] != head["hash"]):
        yield "does not lie before the chain's head"


def missing_lines(record: Mapping[str, Any], store: "FilingStore") -> Iterator[str]:
    """Lines that the room's chain does not have, or has otherwise, and lines that were left out."""
    wanted = {line["seq"]: line["hash"] for line in record["lines"]}
    head = record["head"]
    wanted.setdefault(head["seq"], head["hash"])
    found = {row.seq: row.hash for row in store.chain.rows() if row.seq in wanted}
    for seq, hash in sorted(wanted.items()):
        if seq and found.get(seq) != hash:
            state = "has otherwise" if seq in found else "does not have"
            yield f"line {seq}, which the room's chain {state}"
    own, there = fit(f"filing:{record['filing']}"), {line["seq"] for line in record["lines"]}
    for line in store.chain.lines():
        if line.object == own and line.seq <= head["seq"] and line.seq not in there:
            yield f"line {line.seq} of the room's chain was left out"
