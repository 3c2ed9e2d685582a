"""Anchors: the head of an audit chain, kept where whoever could rewrite the chain cannot reach it.

An anchor is a small JSON file: chain id, number and hash of the last line, its time, and a digest
over all of it. It says nothing about persons and may be mailed, printed or published. An
authority's time-stamp token over it (RFC 3161, extra `timestamp`) proves that it stood at that
time, to anybody who trusts the authority.

Reference: RFC 3161, "Internet X.509 Public Key Infrastructure Time-Stamp Protocol (TSP)".
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from guanyao.data.pending import write_whole
from guanyao.errors import DataError, InternalError
from guanyao.records import evidence
from guanyao.records.audit import AuditChain, Head
from guanyao.registry import need

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

FORMAT = "guanyao.anchor/1"
WAIT_S = 30.0
MAX_REPLY_BYTES = 1_000_000
MAX_FILE_BYTES = 2 * MAX_REPLY_BYTES
GRANTED = (0, 1)
"""granted, grantedWithMods (RFC 3161, section 2.4.2)."""

FAULTS = (
    *(ValueError, KeyError, TypeError, AttributeError),
    *(RecursionError, InternalError),
)
"""What reading a file that is no anchor can end with."""

Transport: TypeAlias = Callable[[str, bytes], bytes]
"""Sends a request to an address and gives back the reply's body."""


@dataclass(frozen=True, kw_only=True)
class Anchor(Head):
    """A head as it is kept outside.

    Args:
        token: An authority's reply to a time-stamp request over it, in DER; None if none was asked.
    """

    token: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(cls, chain: AuditChain) -> Self:
        """The anchor of a chain as it stands now."""
        return cls(**asdict(chain.head()))

    @property
    def message(self) -> bytes:
        """What the digest and the token are taken over."""
        facts = {key: value for key, value in asdict(self).items() if key != "token"}
        return evidence.canonical({"format": FORMAT, **facts})

    def to_json(self) -> dict[str, Any]:
        """The anchor as plain JSON."""
        token = None if self.token is None else base64.b64encode(self.token).decode("ascii")
        record = json.loads(self.message)
        return {**record, "digest": evidence.digest(record), "token": token}

    def save(self, path: str | Path) -> None:
        """Write it to a file.

        Raises:
            DataError: The file cannot be written.
        """
        write_whole(path, evidence.canonical(self.to_json()) + b"\n")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read it from a file.

        Raises:
            DataError: The file is no anchor, or was changed.
        """
        try:
            record = json.loads(_read(Path(path)))
            token, digest = record.pop("token"), record.pop("digest")
            is_whole = record.pop("format") == FORMAT
            found = cls(**record, token=token if token is None else base64.b64decode(token))
            is_whole &= _is_head(found) and evidence.digest(json.loads(found.message)) == digest
        except OSError as error:
            raise DataError(
                f"{Path(path).name} cannot be read ({error.strerror})",
                allowed="a file that `guanyao audit anchor` wrote",
                code="audit.anchor",
            ) from error
        except FAULTS as error:
            raise _no_anchor(path) from error
        if not is_whole:
            raise _no_anchor(path)
        return found


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        text = file.read(MAX_FILE_BYTES + 1)
    if len(text) > MAX_FILE_BYTES:
        raise ValueError("too long")
    return text


def _is_head(found: Head) -> bool:
    """Whether every part is of its type; a number of a line is whole and not below 0."""
    words = (found.chain, found.hash_name, found.hash, found.time)
    is_number = type(found.seq) is int and found.seq >= 0
    return is_number and all(isinstance(word, str) for word in words)


def timestamp(anchor: Anchor, url: str, transport: Transport | None = None) -> Anchor:
    """The anchor with an authority's time-stamp token over it.

    Args:
        anchor: Without a token.
        url: The authority's address.
        transport: Sends the request; None: over HTTP.

    Raises:
        MissingExtraError: The extra `timestamp` is not installed.
        DataError: The authority cannot be reached, or does not give a token.
    """
    tsp = need("rfc3161_client")
    request = tsp.TimestampRequestBuilder().data(anchor.message).build()
    reply = (transport or post)(url, request.as_bytes())
    try:
        response = tsp.decode_timestamp_response(reply)
        token = response.tst_info
    except ValueError as error:
        raise _no_token("the reply is no time-stamp token") from error
    if tsp.PKIStatus(response.status) not in (
        tsp.PKIStatus.GRANTED,
        tsp.PKIStatus.GRANTED_WITH_MODS,
    ):
        raise _no_token("the authority refused")
    asked, told = request.message_imprint, token.message_imprint
    if token.nonce != request.nonce or told.message != asked.message:
        raise _no_token("the token is for something else")
    return type(anchor)(**{**asdict(anchor), "token": reply})


def stamped_at(anchor: Anchor, roots: Sequence["Certificate"]) -> datetime:
    """When an authority saw the anchor, once its token was found right.

    Args:
        anchor: With a token.
        roots: The certificates that are trusted.

    Raises:
        MissingExtraError: The extra `timestamp` is not installed.
        DataError: There is no token, it is for something else, or no trusted authority gave it.
    """
    tsp = need("rfc3161_client")
    if anchor.token is None:
        raise _no_token("the anchor has none")
    builder = tsp.VerifierBuilder()
    for root in roots:
        builder = builder.add_root_certificate(root)
    try:
        response = tsp.decode_timestamp_response(anchor.token)
        builder.build().verify_message(response, anchor.message)
    except (tsp.VerificationError, ValueError) as error:
        raise _no_token("no trusted authority gave it for this anchor") from error
    time: datetime = response.tst_info.gen_time
    return time


def read_certificates(path: str | Path) -> "list[Certificate]":
    """The certificates of a PEM file.

    Raises:
        DataError: It holds none.
    """
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise _no_token(f"{Path(path).name} holds no certificates (PEM)") from error


def post(url: str, request: bytes) -> bytes:
    """Send a time-stamp request over HTTP (RFC 3161, section 3.4).

    Raises:
        DataError: The authority cannot be reached.
    """
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    if not url.startswith(("http://", "https://")):
        raise _no_token("an authority's address begins with http:// or https://")
    headers = {"Content-Type": "application/timestamp-query"}
    asked = Request(url, data=request, headers=headers)  # noqa: S310 - http and https only
    try:
        with urlopen(asked, timeout=WAIT_S) as reply:  # noqa: S310
            body: bytes = reply.read(MAX_REPLY_BYTES)
    except (URLError, OSError, ValueError) as error:
        raise _no_token("the authority cannot be reached") from error
    return body


def _no_token(why: str) -> DataError:
    return DataError(
        f"there is no valid time-stamp: {why}",
        do="ask again, or another authority; the anchor is good without one",
        code="audit.timestamp",
    )


def _no_anchor(path: str | Path) -> DataError:
    return DataError(
        f"{Path(path).name} is no anchor, or was changed",
        allowed="a file that `guanyao audit anchor` wrote",
        code="audit.anchor",
    )
