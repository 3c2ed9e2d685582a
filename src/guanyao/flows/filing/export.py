"""Writes a dossier, its public view or an inspection's papers as one zip, whole or not at all.

The same room gives the same bytes. Everything is searched for secrets and raw personal data before
a byte is written; what is found is named by file and place, and nothing is written.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from guanyao.data.pending import write_whole
from guanyao.errors import DataError, EvidenceMissingError, PrivacyError, UnknownNameError
from guanyao.filing.document import UNFILLED, Workbook
from guanyao.filing.documents import write as write_document
from guanyao.filing.filing_state import FilingState
from guanyao.filing.manifest import File, Manifest
from guanyao.filing.materials import Materials
from guanyao.filing.package_paths import plain_name
from guanyao.filing.signing import Statement
from guanyao.filing.writers import WRITERS
from guanyao.flows.filing.audit_extract import extract
from guanyao.flows.filing.channel import export_channel, open_channel
from guanyao.flows.filing.package import allowed_texts, look_once
from guanyao.flows.filing.people import state_at
from guanyao.flows.filing.stand import Standing
from guanyao.flows.filing.text import read
from guanyao.flows.filing.zip import write_zip
from guanyao.records.evidence import canonical, digest
from guanyao.registry import find

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.filing_store import Desk

__all__ = ["Exported", "export", "export_channel", "open_channel"]

FORMAT = "guanyao.package/1"
SIGNED = "guanyao.signature/1"
MANIFEST, PACKAGE, LIST, AUDIT = "manifest.json", "package.json", "摘要清单.txt", "audit.json"
SIGNATURES = "signatures"
INSPECTION, EVIDENCE = "监督检查材料", "证据"
NOTICE = "公示"
JINJA = "{{"

Kind: TypeAlias = Literal["dossier", "public", "inspection"]
KINDS: tuple[Kind, ...] = ("dossier", "public", "inspection")


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A zip that was written.

    Args:
        path: Where.
        kind: What it is: dossier, public or inspection.
        version: The dossier's number.
        digest: SHA-256 of the zip.
        files: What is in it.
        n_signatures: How many signatures are in it.
    """

    path: Path
    kind: str
    version: int
    digest: str
    files: tuple[str, ...]
    n_signatures: int


@dataclass(frozen=True, kw_only=True)
class _Source:
    """What is exported, inside a transaction."""

    desk: "Desk"
    stand: Standing
    manifest: Manifest

    @property
    def state(self) -> FilingState:
        return self.stand.state

    def dossier(self) -> dict[str, bytes]:
        """The files of the dossier, each as its manifest says."""
        found = {}
        for file in self.manifest.files:
            content = self.desk.file(file.sha256)
            if not file.matches(content):
                raise _changed(file)
            found[file.path] = content
        return found

    def signatures(self) -> list[Mapping[str, Any]]:
        """The signatures of this version."""
        every = self.desk.records(self.state.id, "signature").values()
        return [record for record in every if record["version"] == self.manifest.version]


def export(
    room: "Room",
    filing: str,
    out: str | Path,
    *,
    version: int | None = None,
    kind: str = "dossier",
) -> Exported:
    """Write a filing's dossier, public view or inspection papers as a zip.

    Args:
        room: The room.
        filing: The filing's id.
        out: Where the zip shall lie.
        version: Which version of the dossier; None: the present one.
        kind: dossier, public (the redacted notice only) or inspection (dossier and evidence).

    Raises:
        UnknownNameError: There is no such kind ("filing.export_kind") or filing.
        EvidenceMissingError: There is no such version ("filing.no_dossier"), or a place is still to
            be filled in ("filing.unfilled").
        PrivacyError: A secret or raw personal data is in it ("filing.secret").
        DataError: A file is damaged ("filing.file", "filing.changed"), or the place cannot be
            written to.
    """
    if kind not in KINDS:
        raise UnknownNameError(
            f"there is no export of the kind {kind[:40]!r}",
            allowed="allowed: " + ", ".join(KINDS),
            code="filing.export_kind",
        )
    with room.store.reading() as desk:
        state = state_at(desk, filing)
        stand = Standing(desk, room, state, desk.now)
        source = _Source(desk=desk, stand=stand, manifest=_manifest(desk, state, version))
        parts, leaks = GATHERERS[kind](source)
        signatures = source.signatures() if kind != "public" else []
    if kind != "public":
        record = extract(room.store, filing, [str(one["person"]) for one in signatures])
        parts[AUDIT] = canonical(record)
        leaks += look_once(parts[AUDIT], AUDIT).findings
    _refuse(leaks)
    parts[PACKAGE] = _package(kind, source.manifest, parts)
    content = write_zip(parts)
    write_whole(out, content)
    return Exported(
        path=Path(out),
        kind=kind,
        version=source.manifest.version,
        digest=hashlib.sha256(content).hexdigest(),
        files=tuple(sorted(parts)),
        n_signatures=len(signatures),
    )


def _manifest(desk: "Desk", state: FilingState, version: int | None) -> Manifest:
    wanted = state.dossier_version if version is None else version
    record = desk.record(state.id, "dossier", str(wanted))
    if record is None:
        last = state.dossier_version
        raise EvidenceMissingError(
            f"the filing has no version {wanted} of a dossier" if last else "no dossier is frozen",
            allowed=f"1 to {last}" if last else "",
            do="freeze the dossier first: guanyao filing freeze",
            code="filing.no_dossier",
        )
    return Manifest.from_json(record["manifest"])


Gathered: TypeAlias = tuple[dict[str, bytes], list[str]]
"""Files by path, and places of secrets in them."""


def _dossier(source: _Source) -> Gathered:
    parts = source.dossier()
    leaks = list(_leaks(source, parts))
    _check_filled(parts)
    parts[MANIFEST] = source.manifest.content()
    for record in source.signatures():
        parts[f"{SIGNATURES}/{plain_name(record['kind'])}.json"] = _signature(source, record)
    parts[LIST] = listing(source.manifest, source.signatures()).encode("utf-8")
    return parts, leaks + look_once(parts[LIST], LIST).findings


def _leaks(source: _Source, parts: Mapping[str, bytes]) -> Iterator[str]:
    slots = {slot.slot: slot.document for slot in Materials.shipped().slots}
    for file in source.manifest.files:
        allowed = allowed_texts(source.stand, slots.get(file.slot, ""), ever=True)
        yield from look_once(parts[file.path], file.path, allowed).findings


def _check_filled(parts: Mapping[str, bytes]) -> None:
    """No place of a form, and no sign of a template, may be left in what is handed in."""
    for path, content in parts.items():
        for piece in read(content).pieces:
            if JINJA in piece.text or UNFILLED.search(piece.text):
                raise EvidenceMissingError(
                    f"{path}, {piece.place}: a place is still to be filled in",
                    allowed="documents in which nothing is left open",
                    do="answer what is asked, draft it again, or fill the place in by hand",
                    code="filing.unfilled",
                )


def _public(source: _Source) -> Gathered:
    """The redacted notice, and nothing else: what the service is, not how it is made."""
    parts = _written(source, "public_notice", NOTICE)
    _check_filled(parts)
    allowed = allowed_texts(source.stand, "public_notice")
    looked = (look_once(part, path, allowed) for path, part in parts.items())
    return parts, [leak for one in looked for leak in one.findings]


def _inspection(source: _Source) -> Gathered:
    """The dossier, the papers for an inspection, and all evidence as it was handed in."""
    parts, leaks = _dossier(source)
    papers = _written(source, "inspection_pack", INSPECTION)
    allowed = allowed_texts(source.stand, "inspection_pack")
    for path, content in papers.items():
        leaks += look_once(content, path, allowed).findings
    for record in source.stand.records("evidence").values():
        name = plain_name(f"{str(record['id']).replace(':', '-')} {record['name']}")
        papers[f"{EVIDENCE}/{name}"] = source.desk.file(str(record["file"]))
        leaks += look_once(papers[f"{EVIDENCE}/{name}"], f"{EVIDENCE}/{name}").findings
    return {**parts, **papers}, leaks


GATHERERS: dict[str, Callable[[_Source], Gathered]] = {
    "dossier": _dossier,
    "public": _public,
    "inspection": _inspection,
}


def _written(source: _Source, name: str, folder: str) -> dict[str, bytes]:
    """A document that is written for this export, as a file to edit and one to print."""
    from guanyao.flows.filing.facts import dossier_of

    stand = source.stand
    document = write_document(name, dossier_of(source.desk, stand.room, source.state, stand.now))
    formats = ("xlsx",) if isinstance(document, Workbook) else ("docx", "pdf")
    stem = plain_name(document.name + ".x").removesuffix(".x")
    return {
        f"{folder}/{stem}.{format}": find(WRITERS, format, "guanyao.writers")(document)
        for format in formats
    }


def _signature(source: _Source, record: Mapping[str, Any]) -> bytes:
    own = {key: record[key] for key in ("algorithm", "public_key", "signature", "at", "timestamp")}
    statement = Statement.of(source.state.id, record)
    return canonical({"format": SIGNED, "statement": statement.to_json(), **own})


def _package(kind: str, manifest: Manifest, parts: Mapping[str, bytes]) -> bytes:
    """What is in the zip, by digest: also of the files that no manifest names."""
    record = {
        "format": FORMAT,
        "kind": kind,
        "filing": manifest.filing,
        "version": manifest.version,
        "manifest": manifest.digest(),
        "files": [
            {
                "path": path,
                "sha256": hashlib.sha256(parts[path]).hexdigest(),
                "bytes": len(parts[path]),
            }
            for path in sorted(parts)
        ],
    }
    return canonical({**record, "digest": digest(record)})


def listing(manifest: Manifest, signatures: Iterable[Mapping[str, Any]]) -> str:
    """The list of digests for people.

    Args:
        manifest: What it is of.
        signatures: Each with kind, person, algorithm and at.
    """
    signed = sorted(signatures, key=lambda one: str(one["kind"]))
    lines = [
        "备案材料摘要清单",
        "",
        f"备案：{manifest.filing}　材料版本：第 {manifest.version} 版",
        f"流程：{manifest.profile}　日历：{manifest.calendar}",
        f"清单摘要（SHA-256）：{manifest.digest()}",
        f"清单摘要（SM3）：{manifest.digest('sm3')}",
        f"模型摘要：{manifest.model or '未知'}",
        f"条款结论摘要：{manifest.clauses}",
        "规则包：" + "，".join(pack.id for pack in manifest.packs),
        "",
        f"文件（{len(manifest.files)} 个）：",
        *(line for file in manifest.files for line in _file_lines(file)),
        "",
        f"证据（{len(manifest.evidence)} 项）：",
        *(f"  {basis.digest}  {basis.id}" for basis in manifest.evidence),
        "",
        f"签名（{len(signed)} 个）：" if signed else "签名：尚无",
        *(f"  {r['kind']}  {r['person']}  {r['algorithm']}  {r['at']}" for r in signed),
        "",
        "核验：guanyao filing verify 本压缩包",
        "测试账号与接口凭据不在本包内，另行加密提交。",
        "",
    ]
    return "\n".join(lines)


def _file_lines(file: File) -> Iterator[str]:
    yield f"  {file.path}（{file.bytes} 字节）"
    yield f"    SHA-256 {file.sha256}"
    yield f"    SM3     {file.sm3}"
    if file.unread:
        yield f"    未能检索文字的部分（由确认人负责）：{file.unread}"


def _refuse(leaks: list[str]) -> None:
    if leaks:
        raise PrivacyError(
            "the package holds secrets or raw personal data: " + "; ".join(leaks[:8]),
            allowed="what stands in a document because it is asked there",
            do="take each of them out of its file, and freeze the dossier again",
            code="filing.secret",
        )


def _changed(file: File) -> DataError:
    return DataError(
        f"{file.path} is no longer what the manifest says",
        do="put the last good copy of the room in its place",
        code="filing.changed",
    )
