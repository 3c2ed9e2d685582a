"""The head of a room's audit chain, kept elsewhere: a room written anew does not go on from it."""

from pathlib import Path
from typing import TYPE_CHECKING

from guanyao.errors import DataError
from guanyao.records.anchor import Anchor, Transport, read_certificates, timestamp

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from guanyao.flows.filing.room import Room


def anchor_room(
    room: "Room",
    out: str | Path,
    *,
    authority: str | None = None,
    transport: Transport | None = None,
) -> Anchor:
    """Write the head of a room's chain to a file, to be kept where its users cannot write.

    Args:
        room: The room.
        out: The file; an anchor that lies there gives way only to a chain that goes on from it.
        authority: The address of a time-stamp authority (RFC 3161); None: no token is asked for.
        transport: Sends the request; None: over HTTP.

    Raises:
        DataError: The chain is broken ("audit.broken"), the file is something else or cannot be
            written, or no token was given.
    """
    old = Anchor.load(out) if Path(out).exists() else None
    verdict = room.store.verify(old)
    if not verdict.ok:
        raise DataError(
            f"the audit chain of the room is broken: {verdict.why}",
            do="put back the last good copy; a broken chain is not anchored",
            code="audit.broken",
        )
    with room.store.looking() as chain:
        anchor = Anchor.of(chain)
    if authority is not None:
        anchor = timestamp(anchor, authority, transport)
    anchor.save(out)
    return anchor


def trusted(
    anchor: str | Path | None, roots: str | Path | None
) -> "tuple[Anchor | None, list[Certificate]]":
    """What a verification is held against: an anchor, and certificates that may stamp the time.

    Raises:
        DataError: A file is none of them.
    """
    head = None if anchor is None else Anchor.load(anchor)
    return head, ([] if roots is None else read_certificates(roots))
