"""Keys that sign dossiers: made into encrypted files, registered to persons of the room."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanyao.data.pending import Pending, disk_error, write_whole
from guanyao.errors import ConfigError, DataError, InternalError
from guanyao.filing import signing
from guanyao.filing.outcome import fit
from guanyao.filing.signing import ALGORITHMS, LARGEST_KEY, KeySigner, fingerprint, open_key
from guanyao.flows.filing.people import person_at
from guanyao.records.audit_line import Entry
from guanyao.records.evidence import canonical, digest

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.filing_store import Desk

FORMAT = "guanyao.public-key/1"
PRIVATE = 0o600
ACT = "filing.key"


def make_key(path: str | Path, passphrase: str, *, algorithm: str = "ed25519") -> dict[str, Any]:
    """Make a key: an encrypted file that its owner only may read, and beside it the public key.

    Args:
        path: Where the private key shall lie; the public key lies at the same place with `.pub`.
        passphrase: What it is encrypted with; at least 12 characters.
        algorithm: ed25519, or sm2 (with SM3), which needs the extra `sm2`.

    Returns:
        The public key's record: format, algorithm, public_key, fingerprint, digest.

    Raises:
        ConfigError: There is a file already ("filing.key_exists"), the passphrase is short or the
            algorithm is none.
        DataError: The place cannot be written to.
    """
    path = Path(path)
    for place in (path, public_path(path)):
        if os.path.lexists(place):
            raise ConfigError(
                f"there is a file {place.name} already",
                allowed="a new place: a key is never written over another",
                code="filing.key_exists",
            )
    pem = signing.new_key(algorithm, passphrase)
    record = public_record(open_key(pem, passphrase))
    pending = Pending(path, mode=PRIVATE)
    try:
        pending.path.write_bytes(pem)
        pending.path.chmod(PRIVATE)
        write_whole(public_path(path), canonical(record) + b"\n")
        pending.commit()
    except OSError as error:
        raise disk_error(path, error) from error
    finally:
        pending.remove()
    return record


def public_path(path: Path) -> Path:
    """Where the public key lies beside a private one."""
    return path.with_name(path.name + ".pub")


def public_record(signer: KeySigner) -> dict[str, Any]:
    """What is told of a key to everybody."""
    record = {
        "format": FORMAT,
        "algorithm": signer.algorithm,
        "public_key": signer.public_key,
        "fingerprint": fingerprint(signer.public_key),
    }
    return {**record, "digest": digest(record)}


def read_key(path: str | Path, passphrase: str) -> KeySigner:
    """The signer of a key file.

    Raises:
        DataError: It cannot be read, others may read it too, it is no key, or the passphrase is
            another ("filing.signing_key", "filing.key_mode").
    """
    path = Path(path)
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise DataError(
                f"others than its owner may read the key {path.name}",
                allowed="a file that its owner only may read and write (mode 0600)",
                do=f"chmod 600 {path.name}",
                code="filing.key_mode",
            )
        with path.open("rb") as file:
            pem = file.read(LARGEST_KEY + 1)
    except OSError as error:
        raise _unreadable(path) from error
    return open_key(pem, passphrase)


def register_key(
    room: "Room", person: str, public: str | Path, *, by: str, replace: bool = False
) -> dict[str, Any]:
    """Have a public key stand for a person of the room; it is recorded who did it.

    Args:
        room: The room.
        person: Whose key it is.
        public: The file of the public key.
        by: Who registers it.
        replace: Whether the key may stand in the place of another; signatures by that stay good.

    Returns:
        The person's record.

    Raises:
        ConfigError: Another person has the key, or this one has another ("filing.key_taken").
        DataError: The file is none ("filing.signing_key").
        UnknownNameError: There is no such person.
    """
    given = read_public(public)
    with room.store.writing() as desk:
        before = person_at(desk, person)
        person_at(desk, by)
        known = (before.get("public_key") or {}).get("fingerprint", "")
        _check_owner(desk, person, given["fingerprint"])
        if known == given["fingerprint"]:
            return dict(before)
        if known and not replace:
            raise _taken(f"{person} has another key already", "register it with --replace")
        kept = ("algorithm", "public_key", "fingerprint")
        key = {**{name: given[name] for name in kept}, "at": desk.now.isoformat(), "by": by}
        record = {**before, "public_key": key}
        desk.put_record("", "person", person, record)
        facts = {
            "person": fit(person),
            "algorithm": key["algorithm"],
            "key": key["fingerprint"],
            "replaces": known,
        }
        desk.append(Entry(act=ACT, who=by, facts=facts))
    return record


def read_public(path: str | Path) -> dict[str, Any]:
    """The record of a public key.

    Raises:
        DataError: It is none, or was changed ("filing.signing_key").
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_KEY + 1)
        record = json.loads(content)
        is_whole = len(content) <= LARGEST_KEY and _is_public(record)
    except (OSError, ValueError, TypeError, RecursionError, InternalError) as error:
        raise _unreadable(path) from error
    if not is_whole:
        raise _unreadable(path)
    return dict(record)


def _is_public(record: Any) -> bool:  # noqa: ANN401
    fields = {"format", "algorithm", "public_key", "fingerprint", "digest"}
    if not isinstance(record, dict) or set(record) != fields or record["format"] != FORMAT:
        return False
    is_sealed = digest(record) == record["digest"] and record["algorithm"] in ALGORITHMS
    return is_sealed and fingerprint(str(record["public_key"])) == record["fingerprint"]


def keys_of(desk: "Desk", person: str) -> list[Mapping[str, Any]]:
    """Every key that was ever registered to a person, the newest last."""
    versions = (record.get("public_key") for record in desk.versions("", "person", person))
    found = {key["fingerprint"]: key for key in versions if key}
    return list(found.values())


def _check_owner(desk: "Desk", person: str, key: str) -> None:
    """A key of two persons would let one sign as both."""
    for other in desk.records("", "person"):
        if other != person and key in {k["fingerprint"] for k in keys_of(desk, other)}:
            raise _taken("the key is, or was, that of another person", "make a key of your own")


def _taken(found: str, do: str) -> ConfigError:
    return ConfigError(
        found,
        allowed="one key for each person, and one person for each key",
        do=do,
        code="filing.key_taken",
    )


def _unreadable(path: Path) -> DataError:
    return DataError(
        f"{path.name} is no key that can be read",
        allowed="a file that `guanyao filing key new` wrote",
        code="filing.signing_key",
    )
