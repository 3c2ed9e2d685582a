"""The channel for tests: address, accounts and keys that the office needs, in a file by themselves.

None of them may be in the dossier. The file is encrypted with a passphrase that goes another way:
by phone, or in a sealed letter.

    12 words of chance are better than a password: whoever has the file can try passphrases for ever

Reference: AES-256-GCM: NIST SP 800-38D; Argon2id: RFC 9106.
"""

import base64
import binascii
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from guanyao.data.pending import write_whole
from guanyao.errors import DataError
from guanyao.filing.filing_state import Actor
from guanyao.filing.outcome import fit
from guanyao.flows.filing.people import state_at
from guanyao.protect.vault.master import Cost, Passphrase
from guanyao.protect.vault.suites import DamagedError, WrongKeyError, suite_of
from guanyao.records.audit_line import Entry
from guanyao.records.evidence import canonical

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room

FORMAT = "guanyao.channel/1"
SUITE = "aes-256-gcm"
MAX_CHANNEL = 1 << 20


def export_channel(
    room: "Room",
    filing: str,
    source: str | Path,
    out: str | Path,
    passphrase: str,
    *,
    actor: Actor,
    cost: Cost | None = None,
) -> str:
    """Encrypt what the office needs for its tests; the room keeps nothing of it but that it was.

    Args:
        room: The room.
        filing: The filing's id.
        source: A text with address, accounts, keys: whatever the office needs.
        out: Where the encrypted file shall lie.
        passphrase: At least 12 characters; it goes another way than the file.
        actor: Who does it.
        cost: What a guess at the passphrase costs; None: the usual.

    Returns:
        SHA-256 of the encrypted file.

    Raises:
        ConfigError: The passphrase is short ("vault.weak").
        DataError: A file cannot be read or written ("filing.channel", "data....").
    """
    content = _source(Path(source))
    suite = suite_of(SUITE)
    bound = canonical({"format": FORMAT, "filing": filing})
    key = suite.new_key()
    lock = Passphrase(passphrase, cost or Cost()).lock(key, suite, bound)
    box = base64.b64encode(suite.seal(key, content, bound)).decode("ascii")
    record = {"format": FORMAT, "filing": filing, "suite": SUITE, "lock": lock, "box": box}
    sealed = canonical(record) + b"\n"
    digest = hashlib.sha256(sealed).hexdigest()
    with room.store.writing() as desk:
        state = state_at(desk, filing)
        write_whole(out, sealed)
        entry = Entry(
            act="filing.channel",
            who=actor.person,
            role=actor.role,
            object=fit(f"filing:{state.id}"),
            facts={"file": digest},
        )
        desk.append(entry)
    return digest


def open_channel(path: str | Path, passphrase: str) -> bytes:
    """What an encrypted channel file holds.

    Raises:
        DataError: It is none, was changed, or the passphrase is another ("filing.channel",
            "vault....").
    """
    path = Path(path)
    try:
        record = json.loads(_source(path, 4 * MAX_CHANNEL))
        bound = canonical({"format": record["format"], "filing": record["filing"]})
        box = base64.b64decode(record["box"], validate=True)
        if record["format"] != FORMAT or record["suite"] != SUITE:
            raise ValueError
        suite = suite_of(SUITE)
        key = Passphrase(passphrase).unlock(record["lock"], suite, bound)
        return suite.open(key, box, bound)
    except DataError:
        raise
    except (
        *(ValueError, TypeError, KeyError, RecursionError, binascii.Error),
        *(DamagedError, WrongKeyError),
    ) as error:
        raise _unreadable(path) from error


def _source(path: Path, most: int = MAX_CHANNEL) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise _unreadable(path) from error
    if len(content) > most or not content:
        raise _unreadable(path)
    return content


def _unreadable(path: Path) -> DataError:
    return DataError(
        f"{path.name} cannot be read, is empty, was changed, or is larger than a channel can be",
        allowed=f"a text of up to {MAX_CHANNEL >> 20} MiB, or a file that this command wrote",
        code="filing.channel",
    )
