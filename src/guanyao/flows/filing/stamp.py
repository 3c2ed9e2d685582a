"""The time stamp of an authority over a manifest: that this dossier was there at that time.

Reference: RFC 3161.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, cast

from guanyao.records import anchor
from guanyao.records.anchor import Anchor, Transport

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


@dataclass(frozen=True)
class _Stamped:
    """What `records.anchor` needs of what it stamps: a message, and the token over it."""

    message: bytes
    token: bytes | None = field(default=None, repr=False)


def stamp(content: bytes, url: str, transport: Transport | None = None) -> bytes:
    """An authority's reply to a time-stamp request over a manifest's bytes, in DER.

    Any tool for RFC 3161 can hold it against `manifest.json` of the package.

    Raises:
        MissingExtraError: The extra `timestamp` is not installed.
        DataError: The authority cannot be reached, or gives no token ("audit.timestamp").
    """
    found = anchor.timestamp(cast(Anchor, _Stamped(content)), url, transport)
    assert found.token is not None
    return found.token


def stamped_at(content: bytes, token: bytes, roots: Sequence["Certificate"]) -> datetime:
    """When an authority saw a manifest, once its token was found right.

    Raises:
        MissingExtraError: The extra `timestamp` is not installed.
        DataError: It is for something else, or no trusted authority gave it ("audit.timestamp").
    """
    return anchor.stamped_at(cast(Anchor, _Stamped(content, token)), roots)
