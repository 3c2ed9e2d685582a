"""The format of sealed files: a known answer, round trips, and every way to change a file."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from guanyao.errors import DataError
from guanyao.protect.vault import envelope
from guanyao.protect.vault.envelope import Place, seal, unseal
from guanyao.protect.vault.suites import SUITES, TAG_BYTES, AesGcm, pack

AES = SUITES["aes-256-gcm"]
KEY = bytes(range(32))
CHUNK = 16
PLACE = Place(vault="aa" * 16, item="bb" * 16, name="people.csv", version=1, key="cc" * 8)


def counted(n_bytes: int) -> bytes:
    """Where salts and prefixes come from, where an answer must be known."""
    return bytes(range(n_bytes))


def sealed(plain: bytes, place: Place = PLACE, **options: Any) -> bytes:
    target = BytesIO()
    options = {"key": KEY, "suite": AES, "chunk_bytes": CHUNK, **options}
    content = seal(BytesIO(plain), target, place=place, **options)
    assert (content.size, content.stored) == (len(plain), len(target.getvalue()))
    return target.getvalue()


def opened(text: bytes, place: Place = PLACE, **options: Any) -> bytes:
    target = BytesIO()
    unseal(BytesIO(text), len(text), target, place=place, **{"key": KEY, "suite": AES, **options})
    return target.getvalue()


def header_bytes(text: bytes) -> int:
    """Where the header ends."""
    return 14 + int.from_bytes(text[10:14], "big")


def chunks_of(text: bytes) -> list[bytes]:
    body, whole = text[header_bytes(text) :], CHUNK + TAG_BYTES
    return [body[start : start + whole] for start in range(0, len(body), whole)]


def refused(text: bytes, place: Place = PLACE, **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        opened(text, place, **options)
    return caught.value.code


def test_known_answer() -> None:
    """The file, built here by hand from the format's description."""
    plain = b"a plain text of 33 bytes in all.."
    salt, prefix = bytes(range(32)), bytes(range(7))
    made = HKDF(hashes.SHA256(), 64, salt, b"guanyao.vault/1 file").derive(KEY)
    facts = {
        "suite": "aes-256-gcm", "item": "bb" * 16, "key": "cc" * 8, "chunk_bytes": 16,
        "salt": salt.hex(), "prefix": prefix.hex(), "commitment": made[32:].hex(),
    }  # fmt: skip
    text = json.dumps(facts, separators=(",", ":")).encode()
    header = b"GUANYAOV\x00\x01" + len(text).to_bytes(4, "big") + text
    about = ("aa" * 16, "bb" * 16, "people.csv", "1", "cc" * 8, "aes-256-gcm")
    bound = hashlib.sha256(pack(*(word.encode() for word in about), header)).digest()
    chunks = [
        AESGCM(made[:32]).encrypt(
            prefix + number.to_bytes(4, "big") + bytes([number == 2]),
            plain[16 * number : 16 * number + 16],
            bound + number.to_bytes(4, "big"),
        )
        for number in range(3)
    ]
    assert sealed(plain, random=counted) == header + b"".join(chunks)


def test_the_format_stays_as_it_is() -> None:
    text = sealed(b"these bytes must be readable for ever", random=counted)
    assert hashlib.sha256(text).hexdigest() == FROZEN


FROZEN = "0709add4f9f1fc12eec0ec9ec59c032516c3401505d21995cc9b2503d0ed100b"


@pytest.mark.parametrize("name", SUITES)
@given(plain=st.binary(max_size=3 * CHUNK + 1))
def test_round_trip(name: str, plain: bytes) -> None:
    suite = SUITES[name]
    options = {"key": KEY[: suite.key_bytes], "suite": suite}
    assert opened(sealed(plain, **options), **options) == plain


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK])
def test_sizes_around_chunks(size: int) -> None:
    plain = bytes(range(size))
    text = sealed(plain)
    assert opened(text) == plain
    assert len(chunks_of(text)) == max(1, -(-size // CHUNK))


def test_a_source_may_give_few_bytes_at_a_time() -> None:
    class Slow(BytesIO):
        def readinto(self, buffer: Any) -> int:
            return super().readinto(memoryview(buffer)[:3])

    target = BytesIO()
    seal(Slow(b"x" * 50), target, key=KEY, suite=AES, place=PLACE, chunk_bytes=CHUNK)
    assert opened(target.getvalue()) == b"x" * 50


def test_the_usual_chunk_is_one_mebibyte() -> None:
    plain = bytes(2**20 + 5)
    text = sealed(plain, chunk_bytes=envelope.CHUNK_BYTES)
    assert len(text) - header_bytes(text) == len(plain) + 2 * TAG_BYTES
    assert opened(text) == plain


@pytest.mark.parametrize("name", SUITES)
def test_every_flipped_bit_is_noticed(name: str) -> None:
    suite = SUITES[name]
    options: dict[str, Any] = {"key": KEY[: suite.key_bytes], "suite": suite}
    text = sealed(bytes(2 * CHUNK + 3), **options)
    for place in range(len(text)):
        for bit in (1, 128):
            changed = bytearray(text)
            changed[place] ^= bit
            assert refused(bytes(changed), **options) in ("vault.damaged", "vault.version")


@pytest.mark.parametrize("size", [0, 5, CHUNK, 3 * CHUNK])
def test_every_cut_is_noticed(size: int) -> None:
    text = sealed(bytes(size))
    for length in range(len(text)):
        assert refused(text[:length]) == "vault.damaged"


def test_nothing_can_be_appended() -> None:
    text = sealed(bytes(2 * CHUNK))
    for more in (b"\0", bytes(TAG_BYTES), chunks_of(text)[-1], text):
        assert refused(text + more) == "vault.damaged"


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2, 1), (0, 0, 2), (0, 2), (2, 1, 0), (0, 1, 1)])
def test_chunks_cannot_change_places(order: tuple[int, ...]) -> None:
    text = sealed(bytes(3 * CHUNK))
    chunks = chunks_of(text)
    assert refused(text[: header_bytes(text)] + b"".join(chunks[n] for n in order)) == (
        "vault.damaged"
    )


def test_chunks_of_another_file_under_the_same_key_do_not_fit() -> None:
    one, two = sealed(bytes(2 * CHUNK)), sealed(bytes(2 * CHUNK))
    mixed = one[: header_bytes(one)] + chunks_of(two)[0] + chunks_of(one)[1]
    assert refused(mixed) == "vault.damaged"
    assert refused(one[: header_bytes(one)] + two[header_bytes(two) :]) == "vault.damaged"


@pytest.mark.parametrize(
    "change", [{"vault": "dd"}, {"item": "dd"}, {"name": "pets.csv"}, {"version": 2}, {"key": "d"}]
)
def test_a_file_opens_in_its_own_place_only(change: dict[str, Any]) -> None:
    assert refused(sealed(b"plain"), replace(PLACE, **change)) == "vault.damaged"


def test_another_key_or_suite_is_refused() -> None:
    text = sealed(b"plain")
    assert refused(text, key=bytes(32)) == "vault.damaged"
    assert refused(text, key=KEY[:16], suite=SUITES["sm4-gcm"]) == "vault.damaged"


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "smaller chunks": lambda header: header.update(chunk_bytes=8),
    "huge chunks": lambda header: header.update(chunk_bytes=1 << 40),
    "no chunks": lambda header: header.update(chunk_bytes=0),
    "chunks that are a word": lambda header: header.update(chunk_bytes="many"),
    "another suite": lambda header: header.update(suite="sm4-gcm"),
    "an unknown suite": lambda header: header.update(suite="none"),
    "another salt": lambda header: header.update(salt="00" * 32),
    "a short salt": lambda header: header.update(salt="00"),
    "no salt": lambda header: header.pop("salt"),
    "another prefix": lambda header: header.update(prefix="00" * 7),
    "another commitment": lambda header: header.update(commitment="00" * 32),
    "another item": lambda header: header.update(item="dd" * 16),
    "another key": lambda header: header.update(key="dd" * 8),
    "one field more": lambda header: header.update(more=1),
}


@pytest.mark.parametrize("edit", EDITS)
def test_no_edit_of_the_header_passes(edit: str) -> None:
    text = sealed(bytes(2 * CHUNK))
    header = json.loads(text[14 : header_bytes(text)])
    EDITS[edit](header)
    new = json.dumps(header).encode()
    changed = text[:10] + len(new).to_bytes(4, "big") + new + text[header_bytes(text) :]
    assert refused(changed) == "vault.damaged"


@pytest.mark.parametrize("header", [b"", b"[]", b"7", b"{", b'{"a":' * 20_000])
def test_headers_that_are_none(header: bytes) -> None:
    text = sealed(b"")
    start = text[:10] + len(header).to_bytes(4, "big") + header
    assert refused(start + text[header_bytes(text) :]) == "vault.damaged"


def test_a_header_that_claims_to_be_huge_is_not_read() -> None:
    text = sealed(b"")
    assert refused(text[:10] + b"\xff" * 4 + text[14:]) == "vault.damaged"


def test_a_later_format_is_named() -> None:
    text = bytearray(sealed(b""))
    text[9] = 2
    assert refused(bytes(text)) == "vault.version"


def test_no_nonce_comes_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over all chunks of files under one data key, which is what a subject's items are."""
    used: list[tuple[bytes, bytes]] = []

    class Spy(AesGcm):
        def __init__(self, key: bytes) -> None:
            super().__init__(key)
            self.key = key

        def seal_into(self, nonce: bytes, *rest: Any) -> None:
            used.append((self.key, nonce))
            super().seal_into(nonce, *rest)

    spied = replace(AES, cipher=Spy)
    for _ in range(200):
        sealed(bytes(20 * CHUNK), suite=spied)
    assert len(used) == len(set(used)) == 200 * 20
    assert len({key for key, _ in used}) == 200
    assert {len(nonce) for _, nonce in used} == {12}


def test_too_many_chunks_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "MOST_CHUNKS", 2)
    with pytest.raises(DataError) as caught:
        sealed(bytes(3 * CHUNK))
    assert caught.value.code == "vault.size"
