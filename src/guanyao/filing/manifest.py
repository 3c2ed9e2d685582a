"""The manifest of a dossier: every file by its digest, and all that the dossier rests on.

    manifest.digest()          # what is signed, and what the filing carries from then on

A manifest holds no time and no person, so that the same dossier has the same manifest: signatures
that were gathered before it was handed in are good as long as nothing changed.

Reference: SHA-256: NIST FIPS 180-4; SM3: GB/T 32905-2016.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import PurePosixPath
from typing import Any, Self, TypeAlias

from guanyao.errors import DataError
from guanyao.records.audit_line import hasher
from guanyao.records.evidence import canonical

FORMAT = "guanyao.manifest/1"
Content: TypeAlias = bytes
"""What a file holds; a file of a manifest has a field that is called bytes."""
HASHES = ("sha256", "sm3")
HEX = re.compile(r"[0-9a-f]{64}")
LONGEST_PATH = 240
MOST_FILES = 2_000
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
"""Characters that no file name may have, on whatever system the dossier is opened."""


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of the dossier.

    Args:
        path: Where it lies in the dossier, with "/" between folders.
        slot: What it is: a slot of `materials.yaml`.
        sha256: Its digest; `sm3` the same in SM3.
        bytes: Its size.
        media: Its kind: docx, pdf, xlsx, ...
        unread: What of it could not be searched for secrets and personal data; "": nothing.

    Raises:
        DataError: The path leads out of the dossier, or a digest is none ("filing.manifest").
    """

    path: str
    slot: str
    sha256: str
    sm3: str
    bytes: int
    media: str
    unread: str = ""

    def __post_init__(self) -> None:
        """See that the file can be put where it says, and told from another."""
        if not is_plain_path(self.path):
            raise _wrong("a file of it has no plain path")
        if not (_is_hex(self.sha256) and _is_hex(self.sm3) and _is_size(self.bytes)):
            raise _wrong("a file of it has no digest or size")
        words = (self.slot, self.media, self.unread)
        if not all(isinstance(word, str) for word in words) or not self.slot:
            raise _wrong("a file of it does not say what it is")

    @classmethod
    def of(cls, content: Content, *, path: str, slot: str, media: str, unread: str = "") -> Self:
        """The line of the manifest for a file of this content."""
        return cls(
            path=path,
            slot=slot,
            sha256=hashlib.sha256(content).hexdigest(),
            sm3=hasher("sm3")(content),
            bytes=len(content),
            media=media,
            unread=unread,
        )

    def matches(self, content: Content) -> bool:
        """Whether these are the bytes that it had."""
        own = File.of(content, path=self.path, slot=self.slot, media=self.media)
        return (own.bytes, own.sha256, own.sm3) == (self.bytes, self.sha256, self.sm3)


@dataclass(frozen=True, kw_only=True)
class Basis:
    """A rule pack or a piece of evidence that the dossier rests on.

    Args:
        id: Its id; of a pack with the version: "cn-pipl/1.0.0".
        kind: What it is: pack, or the kind of evidence.
        digest: SHA-256 of it.
    """

    id: str
    kind: str
    digest: str

    def __post_init__(self) -> None:
        """See that it is named and has a digest."""
        if not (isinstance(self.id, str) and self.id and isinstance(self.kind, str) and self.kind):
            raise _wrong("something it rests on has no name")
        if not _is_hex(self.digest):
            raise _wrong("something it rests on has no digest")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a dossier consists of, and what it rests on.

    Args:
        filing: The filing's id.
        version: The dossier's number in the filing, from 1.
        profile: The workflow's name and version; `profile_digest` its digest.
        packs: The rule packs that its clauses are of.
        calendar: The version of the calendar.
        model: SHA-256 of the model that it describes; "": not known.
        data: SHA-256 of the training data; "": not known.
        files: Every file, by path.
        evidence: Every piece of evidence, by id.
        clauses: SHA-256 of all results of clauses (`clauses_digest`).

    Raises:
        DataError: A part is none, two files have one path, or the order is another
            ("filing.manifest").
    """

    filing: str
    version: int
    profile: str
    profile_digest: str
    packs: tuple[Basis, ...]
    calendar: str
    model: str
    data: str
    files: tuple[File, ...]
    evidence: tuple[Basis, ...]
    clauses: str

    def __post_init__(self) -> None:
        """See that it is whole and has one order."""
        words = (self.filing, self.profile, self.calendar)
        if not all(isinstance(word, str) and word for word in words):
            raise _wrong("it does not say of which filing, profile or calendar it is")
        if not _is_size(self.version) or self.version < 1:
            raise _wrong("its version is none")
        given = (self.profile_digest, self.clauses)
        if not all(map(_is_hex, given)) or not all(
            digest == "" or _is_hex(digest) for digest in (self.model, self.data)
        ):
            raise _wrong("one of its digests is none")
        _check_order([file.path for file in self.files], "a file")
        _check_order([basis.id for basis in self.packs], "a pack")
        _check_order([basis.id for basis in self.evidence], "a piece of evidence")
        if len(self.files) > MOST_FILES:
            raise _wrong(f"it has more than {MOST_FILES} files")
        _check_folding(self.files)

    def file(self, path: str) -> File | None:
        """The file of this path."""
        return next((file for file in self.files if file.path == path), None)

    def to_json(self) -> dict[str, Any]:
        """The manifest as plain JSON; `from_json` reads it back unchanged."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in ("packs", "files", "evidence"):
            own[name] = [asdict(part) for part in own[name]]
        return {"format": FORMAT, **own}

    @classmethod
    def from_json(cls, record: object) -> Self:
        """The manifest of a record that `to_json` made.

        Raises:
            DataError: It is none ("filing.manifest").
        """
        if not isinstance(record, Mapping) or record.get("format") != FORMAT:
            raise _wrong("it is of another format")
        own = {str(key): value for key, value in record.items() if key != "format"}
        try:
            own["packs"] = tuple(Basis(**part) for part in own["packs"])
            own["files"] = tuple(File(**part) for part in own["files"])
            own["evidence"] = tuple(Basis(**part) for part in own["evidence"])
            return cls(**own)
        except (KeyError, TypeError) as error:
            raise _wrong("a field of it is missing or unknown") from error

    def content(self) -> bytes:
        """The manifest as the one text that is hashed and written."""
        return canonical(self.to_json())

    def digest(self, hash: str = "sha256") -> str:
        """What is signed.

        Args:
            hash: sha256 or sm3.

        Raises:
            ConfigError: There is no such hash ("audit.hash").
        """
        return hasher(hash)(self.content())


def in_order(parts: Iterable[Basis]) -> tuple[Basis, ...]:
    """What a dossier rests on, in the order in which a manifest lists it."""
    return tuple(sorted(parts, key=lambda basis: basis.id))


def clauses_digest(results: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 of the results of all clauses, whatever order they come in."""
    ordered = sorted(results, key=lambda one: (str(one["pack"]), str(one["clause"])))
    return hashlib.sha256(canonical(ordered)).hexdigest()


def is_plain_path(path: object) -> bool:
    """Whether a path stays in its folder, and can be written on every system.

    Examples:
        >>> is_plain_path("附件1 安全评估报告/a.docx"), is_plain_path("../a"), is_plain_path("C:/a")
        (True, False, False)
    """
    if not isinstance(path, str) or not path or len(path) > LONGEST_PATH:
        return False
    if FORBIDDEN.search(path) or not _is_utf8(path):
        return False
    parts = path.split("/")
    is_tidy = all(part == part.strip() and not part.endswith(".") for part in parts)
    return is_tidy and "" not in parts and str(PurePosixPath(path)) == path


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _check_order(names: list[str], what: str) -> None:
    if names != sorted(set(names)):
        raise _wrong(f"{what} of it stands twice, or out of order")


def _check_folding(files: tuple[File, ...]) -> None:
    folded = [file.path.casefold() for file in files]
    if len(set(folded)) < len(folded):
        raise _wrong("two of its files have names that differ in capital letters only")


def _is_hex(value: object) -> bool:
    return isinstance(value, str) and HEX.fullmatch(value) is not None


def _is_size(value: object) -> bool:
    return type(value) is int and value >= 0


def _wrong(why: str) -> DataError:
    return DataError(
        f"this is no manifest of a dossier: {why}",
        allowed=f"what Guanyao wrote as {FORMAT}",
        do="take the dossier from the room again",
        code="filing.manifest",
    )
