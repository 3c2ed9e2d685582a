"""Makes evidence of what Guanyao's commands leave, and of formats that are fixed for others.

Whatever is read is checked against its schema, its seal where it bears one, and its own sums. A
file is never trusted for its name.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from math import isfinite
from pathlib import Path
from typing import Any, TypeAlias

from guanyao.errors import DataError, InternalError
from guanyao.filing.evidence import SHANGHAI, Evidence
from guanyao.filing.evidence_kinds import SERVICE_SHARES, schema
from guanyao.filing.json_schema import faults
from guanyao.filing.measured import Measured, share
from guanyao.records.evidence import canonical
from guanyao.records.evidence import digest as seal_of

MAX_FILE = 64 << 20
LATE = "_late_share"
LEARNED_ROLES = ("feature", "target")
Record: TypeAlias = Mapping[str, Any]
Facts: TypeAlias = dict[str, Any]
"""What a reader says of a record: fields of `Evidence`."""


def read(path: str | Path) -> Evidence:
    """The evidence that a file is.

    Args:
        path: run.json, report.json, a masking report, a proof of erasure, what `audit verify` or
            `vault drill` printed with --json, or one of the formats of `schemas/`.

    Raises:
        DataError: The file cannot be read ("filing.unreadable"), is of no known format
            ("filing.format"), breaks its format ("filing.schema") or its seal ("filing.seal").
    """
    path = Path(path)
    return read_bytes(bytes_of(path), path.name)


def read_bytes(content: bytes, name: str) -> Evidence:
    """The evidence that the contents of a file are.

    Args:
        content: What the file holds.
        name: What it is called, without its folder.

    Raises:
        DataError: See `read`.
    """
    if len(content) > MAX_FILE:
        raise _unreadable(name, f"it is larger than {MAX_FILE >> 20} MiB")
    record = record_of(content, name)
    format = _format(record)
    if format is None:
        raise _no_format(name)
    file, reader, is_sealed = READERS[format]
    _check_schema(record, file, name)
    if is_sealed:
        _check_seal(record, content, name)
    facts = _facts(reader, record, name)
    if why := facts.pop("fault", ""):
        raise _broken(name, why)
    digest = hashlib.sha256(content).hexdigest()
    id = f"{facts['kind']}:{digest[:12]}"
    return Evidence(id=id, name=name, digest=digest, is_sealed=is_sealed, **facts)


def _facts(reader: Callable[[Record], Facts], record: Record, name: str) -> Facts:
    """What a reader says of a record, however hostile its values are."""
    try:
        facts = reader(record)
        found: Mapping[str, Measured] = facts.get("measures", {})
        is_finite = all(isfinite(one.value) for one in found.values())
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise _broken(name, "a value is of another kind than its place asks for") from error
    if not is_finite:
        raise _broken(name, "a number is too large")
    return facts


def gather(places: Iterable[str | Path]) -> tuple[list[Evidence], list[str]]:
    """The evidence of files and folders, and the names of JSON files in folders that are none.

    The same content counts once.

    Raises:
        DataError: See `read`; a file that is named must be evidence, one in a folder need not, but
            if it is of a known format it must be whole.
    """
    found: dict[str, Evidence] = {}
    skipped: list[str] = []
    for path in map(Path, places):
        if not path.is_dir():
            evidence = read(path)
            found[evidence.id] = evidence
            continue
        for file in sorted(path.glob("*.json")):
            try:
                evidence = read(file)
            except DataError as error:
                if error.code != "filing.format":
                    raise
                skipped.append(file.name)
            else:
                found[evidence.id] = evidence
    return without_doubles(list(found.values())), skipped


def without_doubles(evidence: list[Evidence]) -> list[Evidence]:
    """Reports left out that stand beside the sealed record of the same run."""
    sealed = [(e.as_of, e.rests_on) for e in evidence if e.kind == "run" and e.is_sealed]
    return [
        item
        for item in evidence
        if item.kind != "run" or item.is_sealed or (item.as_of, item.rests_on) not in sealed
    ]


def bytes_of(path: Path) -> bytes:
    """What a file holds, if it is not too large to be evidence.

    Raises:
        DataError: It cannot be read ("filing.unreadable").
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise _unreadable(path.name, f"it is larger than {MAX_FILE >> 20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path.name, error.strerror or type(error).__name__) from error


def record_of(content: bytes, name: str) -> Any:  # noqa: ANN401
    """The JSON that a file holds, with each name once.

    Raises:
        DataError: It is none ("filing.unreadable").
    """
    try:
        return json.loads(content, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _unreadable(name, "it is no JSON with each name once") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _format(record: object) -> str | None:
    """The format that a record says it is of; None if it says none that is known."""
    if not isinstance(record, dict):
        return None
    for name in (record.get("schema"), record.get("verb")):
        if isinstance(name, str) and name in READERS:
            return name
    return None


def _check_schema(record: object, file: str, name: str) -> None:
    found = list(faults(record, schema(file)))
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        raise _broken(name, "; ".join(found[:3]) + more)


def _check_seal(record: Record, content: bytes, name: str) -> None:
    try:
        is_right = content == canonical(record) and record["digest"] == seal_of(record)
    except InternalError:  # half a surrogate pair is JSON, but no text
        is_right = False
    if not is_right:
        raise DataError(
            f"{name} was changed after it was written",
            do="do not rely on it; make it anew",
            code="filing.seal",
        )


def _time(record: Record, name: str = "created") -> datetime | None:
    text = record.get(name)
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _digests(**found: object) -> dict[str, str]:
    return {name: value for name, value in found.items() if isinstance(value, str) and value}


def _run(record: Record) -> Facts:
    inputs = {part["role"]: part["digest"] for part in record["inputs"]}
    outputs = {part["name"]: part["digest"] for part in record["outputs"]}
    data = inputs.get("source") or inputs.get("train") or inputs.get("real")
    return {
        "kind": "run",
        "as_of": _time(record),
        "rests_on": _digests(model=outputs.get("model.gy") or inputs.get("model"), data=data),
        "measures": _results(record),
    }


def _report(record: Record) -> Facts:
    run, model, data = (record.get(name) or {} for name in ("run", "model", "data"))
    return {
        "kind": "run",
        "as_of": _time(run),
        "rests_on": _digests(model=model.get("digest"), data=data.get("source_digest")),
        "measures": _results({**record, "privacy": model.get("privacy")}),
        "notes": ("a report bears no seal; run.json beside it does",),
    }


def _results(record: Record) -> dict[str, Measured]:
    found = dict(_scores(record["scores"]))
    found |= _attacks(record["attacks"])
    promise = record.get("privacy") or {}
    for name in ("epsilon", "delta"):
        if _is_number(promise.get(name)):
            found[f"dp.{name}"] = Measured.exactly(float(promise[name]))
    if "personal_data" in record:
        found["personal.n_direct_learned"] = _learned(record["personal_data"])
    return found


def _scores(scores: Iterable[Record]) -> Iterator[tuple[str, Measured]]:
    for score in scores:
        name, value = score.get("name"), score.get("value")
        if not isinstance(name, str) or not _is_number(value):
            continue
        found = _with_interval(score, value)
        yield f"score.{name}", found
        real = (score.get("reference") or {}).get("real")
        if name == "exact_copies" and _is_number(real):
            ends = {end: getattr(found, end) - real for end in ("value", "low", "high")}
            yield "exact_copies.excess", Measured(**ends, note="above what real rows share")


def _attacks(attacks: Iterable[Record]) -> dict[str, Measured]:
    usable = [a for a in attacks if a.get("usable") is True and _is_number(a.get("auc"))]
    found = {"attack.n_usable": Measured.exactly(float(len(usable)))}
    every = [(a, _with_interval(a, a["auc"])) for a in usable]
    if every:
        attack, worst = max(every, key=lambda pair: pair[1].high)
        note = f"{attack.get('name')} ({attack.get('group')}), the strongest of {len(usable)}"
        found["attack.auc"] = Measured(value=worst.value, low=worst.low, high=worst.high, note=note)
    return found


def _with_interval(record: Record, value: Any) -> Measured:  # noqa: ANN401
    """The value with the interval that the record states; without one, anything is possible."""
    low, high = record.get("low"), record.get("high")
    is_stated = _is_number(low) and _is_number(high)
    return Measured(
        value=float(value),
        low=float(low) if is_stated and low is not None else float("-inf"),
        high=float(high) if is_stated and high is not None else float("inf"),
        note="" if is_stated else "no interval is stated",
    )


def _learned(columns: Iterable[Record]) -> Measured:
    names = {
        c.get("column")
        for c in columns
        if c.get("sensitivity") == "direct" and c.get("role") in LEARNED_ROLES
    }
    return Measured.exactly(float(len(names)))


def _masking(record: Record) -> Facts:
    after = record["risk"].get("after") or {}
    n_remaining = _count(len(record["remaining"]))
    found = {"masking.n_remaining": n_remaining, "masking.n_rows": _count(record["n_rows"])}
    for name in ("k", "alone"):
        if _is_number(after.get(name)):
            found[f"masking.{name}"] = Measured.exactly(float(after[name]))
    is_dry = record["is_dry_run"] and "this is a dry run: nothing was masked"
    return {
        "kind": "masking",
        "measures": found,
        "rests_on": _digests(data=record.get("digest")),
        "fault": is_dry or "",
    }


def _erasure(record: Record) -> Facts:
    after = record["scan"].get("after") or {}
    found = {"erasure.n_subjects": _count(len(record["subjects"]))}
    for name in ("n_hits", "n_unread"):
        if _is_number(after.get(name)):
            found[f"erasure.{name}"] = _count(after[name])
    return {"kind": "erasure", "as_of": _time(record), "measures": found}


def _audit(record: Record) -> Facts:
    found = {
        "audit.ok": _count(record["ok"]),
        "audit.n_lines": _count(record["n_lines"]),
        "audit.anchored": _count(record.get("anchored") is not None),
    }
    return {"kind": "audit_check", "as_of": _time(record, "checked"), "measures": found}


def _drill(record: Record) -> Facts:
    found = {"vault.n_items": _count(record["n_items"])}
    return {"kind": "vault_drill", "as_of": _time(record, "checked"), "measures": found}


def _dp_audit(record: Record) -> Facts:
    claimed, low = record["claimed"]["epsilon"], record["measured"]["epsilon_low"]
    found = {
        "epsilon": claimed,
        "delta": record["claimed"]["delta"],
        "epsilon_low": low,
        "margin": claimed - low,
        "confidence": record["measured"]["confidence"],
        "n_canaries": record["n_canaries"],
    }
    return {
        "kind": "dp_audit",
        "as_of": _time(record),
        "rests_on": _digests(model=record["model_digest"], data=record.get("data_digest")),
        "measures": {f"dp_audit.{name}": _count(value) for name, value in found.items()},
    }


def _labels(record: Record) -> Facts:
    carriers = record["carriers"]
    counted = ("n_explicit", "n_implicit", "n_contradictory", "n_damaged")
    n = {name: sum(c[name] for c in carriers) for name in ("n_checked", *counted)}
    too_many = any(c[name] > c["n_checked"] for c in carriers for name in counted)
    found = {f"label.{name}": _count(n[name]) for name in ("n_checked", *counted[2:])}
    if n["n_checked"] and not too_many:
        for name in ("explicit", "implicit"):
            found[f"label.{name}_share"] = share(n[f"n_{name}"], n["n_checked"])
    return {
        "kind": "label_check",
        "as_of": _time(record),
        "rests_on": _digests(model=record["model_digest"]),
        "measures": found,
        "fault": "more files are counted than were checked" if too_many else "",
    }


def _service(record: Record) -> Facts:
    figures, period = record["figures"], record["period"]
    found = {f"service.{name}": _count(value) for name, value in figures.items()}
    fault = "its period ends before it begins" if period["to"] < period["from"] else ""
    for name, (part, whole) in SERVICE_SHARES.items():
        if part not in figures or whole not in figures:
            continue
        if figures[part] > figures[whole]:
            fault = f"{part} is larger than {whole}"
        elif figures[whole]:
            found[f"service.{name}"] = _count(figures[part] / figures[whole])
        elif name.endswith(LATE):
            found[f"service.{name}"] = Measured.exactly(0.0, "none came in, so none was late")
    return {
        "kind": "service_log",
        "as_of": _time(record),
        "rests_on": _digests(model=record.get("model_digest")),
        "measures": found,
        "fault": fault,
    }


def _bank(record: Record) -> Facts:
    kind, kinds = f"bank.{record['bank']}", record["kinds"]
    found = {f"{kind}.kind.{name}": _count(n) for name, n in kinds.items()}
    found[f"{kind}.n_entries"] = _count(record["n_entries"])
    if "n_unclassified" in record:
        found[f"{kind}.n_unclassified"] = _count(record["n_unclassified"])
    most = max(kinds.values(), default=0)
    return {
        "kind": kind,
        "as_of": datetime.combine(date.fromisoformat(record["updated"]), time(), SHANGHAI),
        "measures": found,
        "fault": "a kind has more entries than all" if most > record["n_entries"] else "",
    }


def _sample(record: Record) -> Facts:
    kind = f"sample.{record['sample']}"
    n_all, n, n_hits = (record[name] for name in ("n_population", "n_sampled", "n_hits"))
    found = {f"{kind}.n": _count(n)}
    is_right = n_hits <= n <= n_all and n > 0
    if is_right:
        found[f"{kind}.part"] = _count(n / n_all)
        found[f"{kind}.share"] = share(n_hits, n)
    return {
        "kind": kind,
        "as_of": _time(record),
        "rests_on": _digests(model=record.get("model_digest"), data=record.get("data_digest")),
        "measures": found,
        "fault": "" if is_right else "hits, sample and population do not fit together",
    }


def _document(record: Record) -> Facts:
    until = record.get("valid_until")
    return {
        "kind": f"document.{record['topic']}",
        "as_of": _time(record),
        "valid_until": date.fromisoformat(until) if until else None,
        "is_human": True,
        "notes": (f"{record['by']} vouches for {record['title']}",),
    }


READERS: dict[str, tuple[str, Callable[[Record], Facts], bool]] = {
    "guanyao.run/1": ("run.json", _run, True),
    "guanyao.report/1": ("report.json", _report, False),
    "guanyao.masking/1": ("masking.json", _masking, False),
    "guanyao.erasure/1": ("erasure.json", _erasure, True),
    "audit verify": ("audit-check.json", _audit, False),
    "vault drill": ("vault-drill.json", _drill, False),
    "guanyao.dp-audit/1": ("dp-audit.json", _dp_audit, False),
    "guanyao.label-check/1": ("label-check.json", _labels, False),
    "guanyao.service-log/1": ("service-log.json", _service, False),
    "guanyao.bank/1": ("bank.json", _bank, False),
    "guanyao.sample/1": ("sample.json", _sample, False),
    "guanyao.document/1": ("document.json", _document, False),
}
"""Format -> its schema, its reader, and whether it is sealed."""


def _count(value: float) -> Measured:
    return Measured.exactly(float(value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unreadable(name: str, why: str) -> DataError:
    return DataError(
        f"{name} cannot be read as evidence: {why}",
        allowed=f"a JSON file of at most {MAX_FILE >> 20} MiB",
        code="filing.unreadable",
    )


def _no_format(name: str) -> DataError:
    return DataError(
        f"{name} is of no format that is known as evidence",
        allowed="formats: " + ", ".join(READERS),
        do="see docs/rule-packs.md",
        code="filing.format",
    )


def _broken(name: str, why: str) -> DataError:
    return DataError(
        f"{name} breaks its format: {why}", do="see docs/rule-packs.md", code="filing.schema"
    )
