"""Verifies a dossier that left a room, or a whole room: whatever was changed is named.

    verified = verify("dossier.zip", room="office")
    verified.ok, [str(failure) for failure in verified.failures]

A zip by itself proves that its parts belong together and that the keys in it signed them. That the
keys are those of the persons, and that the acts stand in the chain, is proved only against the room
or against a head of its chain that was kept elsewhere.
"""

import hashlib
import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanyao.errors import DataError, InternalError, MissingExtraError
from guanyao.filing.manifest import Manifest
from guanyao.filing.outcome import fit
from guanyao.filing.signing import ALGORITHMS, Statement, decoded, fingerprint
from guanyao.filing.signing import verify as is_signed
from guanyao.flows.filing.audit_extract import faults_of, missing_lines
from guanyao.flows.filing.export import (
    AUDIT,
    FORMAT,
    LIST,
    MANIFEST,
    PACKAGE,
    SIGNATURES,
    SIGNED,
    listing,
)
from guanyao.flows.filing.freeze import signature_digest
from guanyao.flows.filing.keys import ACT as KEY_ACT
from guanyao.flows.filing.room import Room, open_room
from guanyao.flows.filing.stamp import stamped_at
from guanyao.flows.filing.zip import MAX_ZIP, read_zip
from guanyao.records.audit import POSTGRESQL, Head
from guanyao.records.evidence import canonical, digest

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

ABSENT = "what should be there is not"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One thing that is not as it was.

    Args:
        name: Which check failed: zip, path, twice, bomb, damaged, package, missing, extra, changed,
            manifest, signature, key, audit, timestamp; of a room also history, act, state,
            deadline, dossier, file.
        where: The file, or the filing and what of it.
        why: What was found.
    """

    name: str
    where: str
    why: str

    def __str__(self) -> str:
        """The failure in one line."""
        return (
            f"{self.name}: {self.where}: {self.why}" if self.where else f"{self.name}: {self.why}"
        )


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What verifying found.

    Args:
        what: zip or room.
        failures: Everything that is not as it was; none: all is.
        facts: What was verified: filing, version, kind, manifest, signatures; of a room counts.
        notes: What could not be proved here, and what would prove it.
    """

    what: str
    failures: tuple[Failure, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything is as it was."""
        return not self.failures


def verify(
    place: str | Path,
    *,
    room: str | Path | Room | None = None,
    anchor: Head | None = None,
    roots: Sequence["Certificate"] = (),
) -> Verified:
    """Verify a zip that was exported, or a room.

    Args:
        place: A zip; or a room: its folder, or `postgresql://…`.
        room: Of a zip: the room that it must fit.
        anchor: Of a room: a head of its chain that was kept elsewhere.
        roots: Certificates of time-stamp authorities that are trusted.

    Raises:
        DataError: The place cannot be read.
    """
    if is_room(place):
        from guanyao.flows.filing.verify_room import verify_room

        with open_room(place) as opened:
            return verify_room(opened, anchor=anchor)
    content = _read(Path(place))
    if room is None or isinstance(room, Room):
        return verify_zip(content, room=room, roots=roots)
    with open_room(room) as opened:
        return verify_zip(content, room=opened, roots=roots)


def is_room(place: str | Path) -> bool:
    """Whether a place is that of a room, and not a file."""
    return str(place).startswith(POSTGRESQL) or Path(str(place).partition("#")[0]).is_dir()


def verify_zip(
    content: bytes, *, room: Room | None = None, roots: Sequence["Certificate"] = ()
) -> Verified:
    """The same for the bytes of a zip."""
    unpacked = read_zip(content)
    zip = _Zip(unpacked.parts, roots)
    failures = [Failure(name=name, where=where, why=why) for name, where, why in unpacked.faults]
    if unpacked.parts or not failures:
        failures += zip.failures()
    notes = list(zip.notes)
    if room is None:
        notes.append(
            "that the acts stand in the chain, and that the keys are those of the persons, is "
            "proved only against the room: give it with --room"
        )
    elif zip.facts.get("kind") == "public":
        failures += _unknown_version(room, zip.facts)
    elif zip.audit:
        failures += [
            Failure(name="audit", where=AUDIT, why=why)
            for why in missing_lines(zip.audit, room.store)
        ]
    return Verified(what="zip", failures=tuple(failures), facts=zip.facts, notes=tuple(notes))


def _unknown_version(room: Room, facts: Mapping[str, Any]) -> Iterator[Failure]:
    """Whether the room has the version of the dossier that a public notice names."""
    with room.store.reading() as desk:
        record = desk.record(facts["filing"], "dossier", str(facts["version"]))
    if record is None or record["digest"] != facts["manifest"]:
        why = "the room has no such version of a dossier"
        yield Failure(name="manifest", where=PACKAGE, why=why)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_ZIP:
            raise _unreadable(path, f"it is larger than {MAX_ZIP >> 20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error.strerror or type(error).__name__) from error


def _unreadable(path: Path, why: str) -> DataError:
    return DataError(
        f"{path.name} cannot be read ({why})",
        allowed="a zip that `guanyao filing export` wrote, or the folder of a room",
        code="filing.verify",
    )


class _Zip:
    """The files of a zip, and what they say of one another.

    Args:
        parts: Path -> content.
        roots: Certificates that are trusted for time stamps.
    """

    def __init__(self, parts: Mapping[str, bytes], roots: Sequence["Certificate"]) -> None:
        self.parts, self.roots = parts, roots
        self.facts: dict[str, Any] = {}
        self.notes: list[str] = []
        self.audit: Mapping[str, Any] = {}
        self.manifest: Manifest | None = None
        self._told: list[dict[str, Any]] = []

    def failures(self) -> Iterator[Failure]:
        """Everything that is wrong, the package's own list first."""
        package = self._record(PACKAGE)
        if not isinstance(package, dict) or not _is_package(package):
            yield Failure(name="package", where=PACKAGE, why=_absent(self.parts, PACKAGE))
            package = {}
        yield from self._listed(package)
        if package.get("kind") == "public":
            self.facts = {name: package[name] for name in ("kind", "filing", "version", "manifest")}
            self.notes.append(
                "nobody signs a public notice: that its words are right is seen only where it is "
                "published, or by exporting it again"
            )
            return
        yield from self._manifest(package)
        yield from self._audited(package)
        yield from self._signatures()
        yield from self._listing()
        self._note_unsigned()

    def _listing(self) -> Iterator[Failure]:
        """Whether the list for people says what the manifest and the signatures say."""
        n_signatures = sum(path.startswith(f"{SIGNATURES}/") for path in self.parts)
        if self.manifest is None or LIST not in self.parts or n_signatures != len(self._told):
            return
        if self.parts[LIST] != listing(self.manifest, self._told).encode("utf-8"):
            why = "it does not say what the manifest and the signatures say"
            yield Failure(name="changed", where=LIST, why=why)

    def _note_unsigned(self) -> None:
        """Tell which files no signature covers: whoever packs a zip can write them."""
        own = {file.path for file in self.manifest.files} if self.manifest else set()
        rest = set(self.parts) - own - {PACKAGE, MANIFEST, AUDIT, LIST}
        loose = sorted(path for path in rest if not path.startswith(f"{SIGNATURES}/"))
        if loose:
            self.notes.append(f"no signature covers: {', '.join(loose[:8])}")

    def _record(self, path: str) -> Any:  # noqa: ANN401
        """The record of a file that is in its one spelling; None if it is none."""
        content = self.parts.get(path)
        if content is None:
            return None
        try:
            record = json.loads(content)
            return record if canonical(record) == content else None
        except (ValueError, RecursionError, InternalError):
            return None

    def _listed(self, package: Mapping[str, Any]) -> Iterator[Failure]:
        """What the package lists against what is there."""
        if not package:
            return
        listed = {item["path"]: item for item in package["files"]}
        for path in sorted(set(listed) - set(self.parts)):
            yield Failure(name="missing", where=path, why="it is not in the zip")
        for path in sorted(set(self.parts) - set(listed) - {PACKAGE}):
            yield Failure(name="extra", where=path, why="nothing lists it")
        for path in sorted(set(self.parts) & set(listed)):
            content, item = self.parts[path], listed[path]
            own = (hashlib.sha256(content).hexdigest(), len(content))
            if own != (item["sha256"], item["bytes"]):
                yield Failure(name="changed", where=path, why="it is not as the package lists it")

    def _manifest(self, package: Mapping[str, Any]) -> Iterator[Failure]:
        record = self._record(MANIFEST)
        try:
            self.manifest = Manifest.from_json(record)
        except DataError as error:
            why = _absent(self.parts, MANIFEST, str(error))
            yield Failure(name="manifest", where=MANIFEST, why=why)
            return
        self.facts = {
            "kind": package.get("kind", ""),
            "filing": self.manifest.filing,
            "version": self.manifest.version,
            "manifest": self.manifest.digest(),
            "model": self.manifest.model,
            "n_files": len(self.manifest.files),
            "signatures": [],
        }
        said = (package.get("filing"), package.get("version"), package.get("manifest"))
        own = (self.manifest.filing, self.manifest.version, self.manifest.digest())
        if package and said != own:
            yield Failure(name="manifest", where=MANIFEST, why="it is not the package's")
        for file in self.manifest.files:
            content = self.parts.get(file.path)
            if content is None:
                yield Failure(name="missing", where=file.path, why="it is not in the zip")
            elif not file.matches(content):
                yield Failure(name="changed", where=file.path, why="it is not as in the manifest")

    def _audited(self, package: Mapping[str, Any]) -> Iterator[Failure]:
        record = self._record(AUDIT)
        if record is None:
            why = _absent(self.parts, AUDIT, "it is no extract of an audit chain")
            yield Failure(name="audit", where=AUDIT, why=why)
            return
        filing = self.manifest.filing if self.manifest else str(package.get("filing", ""))
        faults = list(faults_of(record, filing))
        yield from (Failure(name="audit", where=AUDIT, why=why) for why in faults)
        if not faults:
            self.audit = record
            if self.manifest is not None and not self._made():
                why = "no act in it made this version of the dossier"
                yield Failure(name="audit", where=AUDIT, why=why)

    def _made(self) -> bool:
        """Whether an act made the dossier that the manifest is of."""
        assert self.manifest is not None
        own = (self.manifest.version, self.manifest.digest())
        return any(
            (line["facts"].get("dossier_version"), line["facts"].get("manifest")) == own
            for line in self.audit["lines"]
            if line["outcome"] == "done" and line["act"] != "filing.signature"
        )

    def _signatures(self) -> Iterator[Failure]:
        places = sorted(path for path in self.parts if path.startswith(f"{SIGNATURES}/"))
        for path in places:
            record = self._record(path)
            why = self._signature_fault(record)
            if why:
                yield Failure(name="signature", where=path, why=why)
                continue
            said = record["statement"]
            stamped = yield from self._stamped(path, record)
            told = {"kind": said["kind"], "person": said["person"], "at": record["at"]}
            key = {"algorithm": record["algorithm"], "key": fingerprint(record["public_key"])}
            self._told.append({**said, "algorithm": record["algorithm"], "at": record["at"]})
            self.facts["signatures"].append({**told, **key, "stamped": stamped})
            yield from self._recorded(path, record)
        if not places:
            self.notes.append("nobody has signed this version of the dossier")

    def _signature_fault(self, record: Any) -> str:  # noqa: ANN401
        """What is wrong with a signature by itself and over the manifest; "": nothing."""
        if not _is_signature(record):
            return "it is no signature of a dossier"
        if self.manifest is None:
            return "there is no manifest that it could be over"
        said = Statement(**{k: v for k, v in record["statement"].items() if k != "format"})
        own = (self.manifest.digest(), self.manifest.filing, self.manifest.version)
        if (said.manifest, said.filing, said.version) != own:
            return "it is over another manifest, filing or version"
        if record["algorithm"] not in ALGORITHMS:
            return "it is of an algorithm that is not known"
        signature = decoded(record["signature"])
        try:
            is_right = signature is not None and is_signed(
                record["algorithm"], record["public_key"], said.message, signature
            )
        except MissingExtraError as error:
            return f"it cannot be verified here: {error}"
        return "" if is_right else "it is not by the key that it names"

    def _stamped(
        self, path: str, record: Mapping[str, Any]
    ) -> Generator[Failure, None, str | None]:
        """When an authority stamped the manifest, if a token is there and can be judged."""
        token = record["timestamp"]
        if token is None or self.manifest is None:
            return None
        if not self.roots:
            self.notes.append(f"{path}: its time stamp was not judged: give roots to trust")
            return None
        try:
            at = stamped_at(self.manifest.content(), decoded(token) or b"", self.roots)
        except DataError as error:
            yield Failure(name="timestamp", where=path, why=str(error))
            return None
        return at.isoformat()

    def _recorded(self, path: str, record: Mapping[str, Any]) -> Iterator[Failure]:
        """Whether the signature, and the key before it, stand in the extract of the chain."""
        if not self.audit:
            return
        said = record["statement"]
        kept = {
            **{key: said[key] for key in ("version", "kind", "person")},
            **{key: record[key] for key in ("algorithm", "public_key", "signature", "at")},
            "over": said["manifest"],
            "timestamp": record["timestamp"],
        }
        mark, person = signature_digest(kept), said["person"]
        signed = [
            line["seq"]
            for line in self.audit["lines"]
            if mark in line["facts"].get("attachments", ())
            and (line["who"], line["outcome"]) == (person, "done")
        ]
        if not signed:
            yield Failure(name="signature", where=path, why="no act in the chain is its own")
            return
        key = fingerprint(record["public_key"])
        if not any(_is_key_line(line, person, key, signed[0]) for line in self.audit["lines"]):
            why = f"the chain does not say that the key was {person}'s before it signed"
            yield Failure(name="key", where=path, why=why)


def _is_key_line(line: Mapping[str, Any], person: str, key: str, before: int) -> bool:
    facts = line["facts"]
    of = (line["act"], facts.get("person"), facts.get("key"))
    return of == (KEY_ACT, fit(person), key) and line["seq"] < before


def _is_package(record: Mapping[str, Any]) -> bool:
    fields = {"format", "kind", "filing", "version", "manifest", "files", "digest"}
    if set(record) != fields or record["format"] != FORMAT or not isinstance(record["files"], list):
        return False
    parts = {"path", "sha256", "bytes"}
    is_listed = all(
        isinstance(item, dict) and set(item) == parts and isinstance(item["path"], str)
        for item in record["files"]
    )
    words = (record["kind"], record["filing"], record["manifest"])
    is_plain = all(isinstance(word, str) for word in words) and type(record["version"]) is int
    return is_listed and is_plain and digest(record) == record["digest"]


def _is_signature(record: Any) -> bool:  # noqa: ANN401
    fields = {
        *("format", "statement", "algorithm", "public_key"),
        *("signature", "at", "timestamp"),
    }
    if not isinstance(record, dict) or set(record) != fields or record["format"] != SIGNED:
        return False
    said = record["statement"]
    names = {"format", "manifest", "filing", "version", "kind", "person"}
    if not isinstance(said, dict) or set(said) != names:
        return False
    if said != Statement(**{k: v for k, v in said.items() if k != "format"}).to_json():
        return False
    words = (record["algorithm"], record["public_key"], record["signature"], record["at"])
    return all(isinstance(word, str) for word in words) and (
        record["timestamp"] is None or isinstance(record["timestamp"], str)
    )


def _absent(parts: Mapping[str, bytes], path: str, why: str = "it was changed") -> str:
    return why if path in parts else "it is not in the zip"
