"""Signatures: one person, one dossier, one capacity, and nothing else."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from guanyao.errors import ConfigError, DataError
from guanyao.filing.signing import (
    ALGORITHMS,
    KeySigner,
    Statement,
    decoded,
    fingerprint,
    new_key,
    open_key,
    verify,
)

PASSPHRASE = "four words drawn by chance"  # noqa: S105 - of keys made by the tests
SAID = Statement(manifest="a" * 64, filing="f-1", version=1, kind="legality_head", person="lea")
MADE: dict[str, tuple[bytes, KeySigner]] = {}


def key(algorithm: str) -> tuple[bytes, KeySigner]:
    if algorithm not in MADE:
        pem = new_key(algorithm, PASSPHRASE)
        MADE[algorithm] = pem, open_key(pem, PASSPHRASE)
    return MADE[algorithm]


@pytest.fixture(params=ALGORITHMS)
def signer(request: pytest.FixtureRequest) -> KeySigner:
    return key(request.param)[1]


def test_a_signature_is_verified(signer: KeySigner) -> None:
    signature = signer.sign(SAID.message)
    assert verify(signer.algorithm, signer.public_key, SAID.message, signature)


@pytest.mark.parametrize(
    "change",
    [
        {"manifest": "b" * 64},
        {"filing": "f-2"},
        {"version": 2},
        {"kind": "assessment_head"},
        {"person": "leo"},
    ],
)
def test_a_signature_cannot_be_moved(signer: KeySigner, change: dict[str, Any]) -> None:
    signature = signer.sign(SAID.message)
    moved = replace(SAID, **change)
    assert not verify(signer.algorithm, signer.public_key, moved.message, signature)


def test_every_changed_byte_is_seen(signer: KeySigner) -> None:
    signature = signer.sign(SAID.message)
    for n in range(len(signature)):
        bad = signature[:n] + bytes([signature[n] ^ 1]) + signature[n + 1 :]
        assert not verify(signer.algorithm, signer.public_key, SAID.message, bad), n


@pytest.mark.parametrize("bad", [b"", b"x", b"\x00" * 64, b"\xff" * 200])
def test_what_is_no_signature_is_false(signer: KeySigner, bad: bytes) -> None:
    assert not verify(signer.algorithm, signer.public_key, SAID.message, bad)


@pytest.mark.parametrize("bad", ["", "%%%", "AAAA", "A" * 100])
def test_what_is_no_key_is_false(signer: KeySigner, bad: str) -> None:
    assert not verify(signer.algorithm, bad, SAID.message, signer.sign(SAID.message))


def test_the_key_of_another_algorithm_is_false() -> None:
    one, two = key("ed25519")[1], key("sm2")[1]
    for mine, other in ((one, two), (two, one)):
        signature = mine.sign(SAID.message)
        assert not verify(other.algorithm, other.public_key, SAID.message, signature)
        assert not verify(mine.algorithm, other.public_key, SAID.message, signature)


def test_the_file_is_encrypted_and_opens_with_its_passphrase_only(signer: KeySigner) -> None:
    pem, _ = key(signer.algorithm)
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert open_key(pem, PASSPHRASE).public_key == signer.public_key
    for wrong in ("another passphrase", ""):
        with pytest.raises(DataError) as caught:
            open_key(pem, wrong)
        assert caught.value.code == "filing.signing_key"
        assert wrong not in str(caught.value) or not wrong


def test_a_signer_never_shows_its_key(signer: KeySigner) -> None:
    assert "sign=" not in repr(signer)


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"x" * 100_000,
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n%",
    ],
)
def test_what_is_no_key_file_is_refused(pem: bytes) -> None:
    with pytest.raises(DataError) as caught:
        open_key(pem, PASSPHRASE)
    assert caught.value.code == "filing.signing_key"


def test_a_short_passphrase_and_an_unknown_algorithm_are_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        new_key("ed25519", "short")
    assert caught.value.code == "filing.passphrase"
    with pytest.raises(ConfigError) as caught:
        new_key("rsa", PASSPHRASE)
    assert caught.value.code == "filing.algorithm"
    with pytest.raises(ConfigError):
        verify("rsa", "", b"", b"")


def test_known_answer_of_rfc_8032() -> None:
    # RFC 8032, section 7.1, test 2.
    raw = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    der = bytes.fromhex("302a300506032b6570032100") + raw
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert verify("ed25519", base64.b64encode(der).decode(), b"\x72", signature)


def test_one_spelling_of_base64_counts() -> None:
    assert decoded("QQ==") == b"A"
    assert decoded("QR==") is None
    assert decoded("QQ") is None
    with pytest.raises(DataError):
        fingerprint("QR==")


def test_the_message_is_short_and_names_everything() -> None:
    assert SAID.message == (
        b'{"filing":"f-1","format":"guanyao.signed/1","kind":"legality_head","manifest":"'
        + b"a" * 64
        + b'","person":"lea","version":1}'
    )
