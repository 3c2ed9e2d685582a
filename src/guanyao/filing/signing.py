"""Signatures over a dossier: who vouches for which version of which filing, in which capacity.

    signer = open_key(pem, passphrase)
    said = Statement(manifest=digest, filing="f-1", version=1, kind="legality_head", person="p")
    verify(signer.algorithm, signer.public_key, said.message, signer.sign(said.message))

What is signed is a short text that names the filing, the version and the capacity, so that a
signature cannot be moved to another of them. Keys of hardware or of a key service are joined in as
an object of the protocol `Signer`.

Reference: Ed25519: RFC 8032; SM2 with SM3: GB/T 32918.2-2016, GM/T 0009-2012 (the id of the signer
is the default one); encrypted keys: PKCS#8, RFC 5958.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from types import ModuleType
from typing import Any, Protocol, Self

from guanyao.errors import ConfigError, DataError
from guanyao.records.evidence import canonical
from guanyao.registry import need

FORMAT = "guanyao.signed/1"
ALGORITHMS = ("ed25519", "sm2")
SHORTEST = 12
"""Fewer characters than this make no passphrase."""
LARGEST_KEY = 1 << 14
SM4_CBC = bytes.fromhex("06082a811ccf55016802")
"""How a key that was encrypted with SM4 says so (DER of its object identifier)."""


class Signer(Protocol):
    """What signs: a key in a file, in hardware, or at a key service.

    Args:
        algorithm: ed25519 or sm2.
        public_key: Base64 of the public key in DER (SubjectPublicKeyInfo).
    """

    @property
    def algorithm(self) -> str:
        """Which kind of signature it gives: ed25519 or sm2."""

    @property
    def public_key(self) -> str:
        """The public key: base64 of its DER form (SubjectPublicKeyInfo)."""

    def sign(self, message: bytes) -> bytes:
        """The signature over a message."""


@dataclass(frozen=True)
class KeySigner:
    """A signer whose private key is in this process.

    Args:
        algorithm: ed25519 or sm2.
        public_key: Base64 of the public key in DER (SubjectPublicKeyInfo).
        sign: Signs a message.
    """

    algorithm: str
    public_key: str
    sign: Callable[[bytes], bytes] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a signature says.

    Args:
        manifest: The digest of the manifest.
        filing: The filing's id.
        version: The dossier's number.
        kind: In which capacity: legal_representative, assessment_head, legality_head.
        person: Who, as an id.
    """

    manifest: str
    filing: str
    version: int
    kind: str
    person: str

    @property
    def message(self) -> bytes:
        """The bytes that are signed."""
        return canonical(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The statement as plain JSON."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def of(cls, filing: str, record: Any) -> Self:  # noqa: ANN401 - a record of the room
        """What a stored signature is said to say."""
        return cls(
            manifest=str(record["over"]),
            filing=filing,
            version=int(record["version"]),
            kind=str(record["kind"]),
            person=str(record["person"]),
        )


def new_key(algorithm: str, passphrase: str) -> bytes:
    """A fresh private key as an encrypted PEM file (PKCS#8).

    Raises:
        ConfigError: There is no such algorithm ("filing.algorithm"), or the passphrase is short
            ("filing.passphrase").
        MissingExtraError: SM2 needs the extra `sm2`.
    """
    if len(passphrase) < SHORTEST:
        raise ConfigError(
            "the passphrase of the key is short",
            allowed=f"{SHORTEST} characters or more, best several words drawn by chance",
            code="filing.passphrase",
        )
    _check_algorithm(algorithm)
    secret = passphrase.encode("utf-8")
    return _new_ed25519(secret) if algorithm == "ed25519" else _new_sm2(secret)


def open_key(pem: bytes, passphrase: str) -> KeySigner:
    """The signer of an encrypted PEM file.

    Raises:
        DataError: It is no encrypted private key, or the passphrase is another
            ("filing.signing_key").
        MissingExtraError: It is a key of SM2, which needs the extra `sm2`.
    """
    if not pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----") or len(pem) > LARGEST_KEY:
        raise _no_key("this is no encrypted private key (PKCS#8 in PEM)")
    secret = passphrase.encode("utf-8")
    found = None if SM4_CBC in _der(pem) else _open_ed25519(pem, secret)
    return found or _open_sm2(pem, secret)


def verify(algorithm: str, public_key: str, message: bytes, signature: bytes) -> bool:
    """Whether a signature is that of this key over this message.

    Args:
        algorithm: ed25519 or sm2.
        public_key: Base64 of the public key in DER.
        message: What was signed.
        signature: 64 bytes of Ed25519, or the DER form of SM2.

    Returns:
        False also for a key or a signature that is none.

    Raises:
        ConfigError: There is no such algorithm ("filing.algorithm").
        MissingExtraError: SM2 needs the extra `sm2`.
    """
    _check_algorithm(algorithm)
    der = decoded(public_key)
    check = _verify_ed25519 if algorithm == "ed25519" else _verify_sm2
    return der is not None and check(der, message, signature)


def decoded(text: str) -> bytes | None:
    """The bytes of a base64 text; None if it is not the one spelling of them."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if base64.b64encode(content).decode("ascii") == text else None


def fingerprint(public_key: str) -> str:
    """SHA-256 of a public key, as it stands in the audit chain.

    Raises:
        DataError: It is no base64 ("filing.signing_key").
    """
    der = decoded(public_key)
    if der is None:
        raise _no_key("the public key is none")
    return hashlib.sha256(der).hexdigest()


def _check_algorithm(algorithm: str) -> None:
    if algorithm not in ALGORITHMS:
        raise ConfigError(
            f"there is no signature algorithm {algorithm[:40]!r}",
            allowed="allowed: " + ", ".join(ALGORITHMS),
            code="filing.algorithm",
        )


def _new_ed25519(secret: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate().private_bytes(
        forms.Encoding.PEM,
        forms.PrivateFormat.PKCS8,
        forms.BestAvailableEncryption(secret),
    )


def _open_ed25519(pem: bytes, secret: bytes) -> KeySigner | None:
    """The signer; None where the key is of another kind."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        key = forms.load_pem_private_key(pem, secret)
    except UnsupportedAlgorithm:
        return None
    except (ValueError, TypeError) as error:
        raise _no_key("the passphrase is not that of the key, or the file is damaged") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key("the key is neither of Ed25519 nor of SM2")
    der = key.public_key().public_bytes(forms.Encoding.DER, forms.PublicFormat.SubjectPublicKeyInfo)
    return KeySigner("ed25519", base64.b64encode(der).decode("ascii"), key.sign)


def _verify_ed25519(der: bytes, message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = forms.load_der_public_key(der)
        if not isinstance(key, Ed25519PublicKey):
            return False
        key.verify(signature, message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _tongsuo() -> tuple[ModuleType, ModuleType, ModuleType]:
    """The forms, curves and hashes of the library for SM2."""
    need("tongsuopy")
    names = ("serialization", "asymciphers.ec", "hashes")
    forms, curves, hashes = (need(f"tongsuopy.crypto.{name}") for name in names)
    return forms, curves, hashes


def _new_sm2(secret: bytes) -> bytes:
    forms, curves, _ = _tongsuo()
    pem: bytes = curves.generate_private_key(curves.SM2()).private_bytes(
        forms.Encoding.PEM,
        forms.PrivateFormat.PKCS8,
        forms.BestAvailableEncryption(secret),
    )
    return pem


def _open_sm2(pem: bytes, secret: bytes) -> KeySigner:
    forms, curves, hashes = _tongsuo()
    faults = _sm2_faults()
    try:
        key = forms.load_pem_private_key(pem, secret)
    except faults as error:
        raise _no_key("the passphrase is not that of the key, or the file is damaged") from error
    if not isinstance(getattr(key, "curve", None), curves.SM2):
        raise _no_key("the key is neither of Ed25519 nor of SM2")
    der = key.public_key().public_bytes(forms.Encoding.DER, forms.PublicFormat.SubjectPublicKeyInfo)

    def sign(message: bytes) -> bytes:
        signature: bytes = key.sign(message, curves.ECDSA(hashes.SM3()))
        return signature

    return KeySigner("sm2", base64.b64encode(der).decode("ascii"), sign)


def _verify_sm2(der: bytes, message: bytes, signature: bytes) -> bool:
    forms, curves, hashes = _tongsuo()
    try:
        key = forms.load_der_public_key(der)
        if not isinstance(getattr(key, "curve", None), curves.SM2):
            return False
        key.verify(signature, message, curves.ECDSA(hashes.SM3()))
    except _sm2_faults():
        return False
    return True


def _sm2_faults() -> tuple[type[Exception], ...]:
    """What the library raises for a key or a signature that is none."""
    known = need("tongsuopy.crypto.exceptions")
    return (
        *(known.InvalidSignature, known.InternalError, known.UnsupportedAlgorithm),
        *(ValueError, TypeError),
    )


def _der(pem: bytes) -> bytes:
    body = b"".join(pem.split(b"-----")[2:3])
    try:
        return base64.b64decode(b"".join(body.split()))
    except (binascii.Error, ValueError) as error:
        raise _no_key("the file of the key is damaged") from error


def _no_key(why: str) -> DataError:
    return DataError(
        why,
        allowed="a file that `guanyao filing key new` wrote, and its passphrase",
        do="make a new key and have it registered, if this one is lost",
        code="filing.signing_key",
    )
