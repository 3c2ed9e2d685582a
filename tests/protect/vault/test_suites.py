"""The ciphers against published vectors, and boxes against every change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.errors import UnknownNameError
from guanyao.protect.vault.suites import (
    SUITES,
    DamagedError,
    WrongKeyError,
    pack,
    suite_of,
)

AAD = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
VECTORS = {
    # McGrew, Viega 2005, "The Galois/Counter Mode of Operation", test case 16.
    "aes-256-gcm": (
        "feffe9928665731c6d6a8f9467308308" * 2,
        "cafebabefacedbaddecaf888",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e24"
        "49a6b525b16aedf5aa0de657ba637b39",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10"
        "56828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
    ),
    # RFC 8998, appendix A.1.
    "sm4-gcm": (
        "0123456789abcdeffedcba9876543210",
        "00001234567800000000abcd",
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffff"
        "ffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93"
        "d496ac15a56834cbcf98c397b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec",
    ),
}


@pytest.mark.parametrize("name", SUITES)
def test_published_vectors(name: str) -> None:
    key, nonce, plain, sealed = map(bytes.fromhex, VECTORS[name])
    cipher, out = suite_of(name).cipher(key), bytearray(len(sealed))
    cipher.seal_into(nonce, plain, AAD, memoryview(out))
    assert bytes(out) == sealed
    back = bytearray(len(sealed))
    cipher.open_into(nonce, memoryview(sealed), AAD, memoryview(back))
    assert bytes(back[: len(plain)]) == plain


@pytest.mark.parametrize("name", SUITES)
def test_keys_have_the_length_of_the_suite(name: str) -> None:
    assert len(SUITES[name].new_key()) == {"aes-256-gcm": 32, "sm4-gcm": 16}[name]
    assert SUITES[name].new_key() != SUITES[name].new_key()


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("aes-256-gcm", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        # GB/T 32905-2016, appendix A.1.
        ("sm4-gcm", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    ],
)
def test_digests(name: str, digest: str) -> None:
    assert SUITES[name].digest(b"abc").hex() == digest


@pytest.mark.parametrize("name", SUITES)
@given(plain=st.binary(max_size=100), bound=st.binary(max_size=20))
def test_a_box_gives_back_what_it_was_given(name: str, plain: bytes, bound: bytes) -> None:
    suite = SUITES[name]
    key = bytes(suite.key_bytes)
    assert suite.open(key, suite.seal(key, plain, bound), bound) == plain


@pytest.mark.parametrize("name", SUITES)
def test_every_flipped_bit_of_a_box_is_noticed(name: str) -> None:
    suite = SUITES[name]
    box = suite.seal(bytes(16), b"plain", b"bound")
    for place in range(len(box) * 8):
        changed = bytearray(box)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises((WrongKeyError, DamagedError)):
            suite.open(bytes(16), bytes(changed), b"bound")


@pytest.mark.parametrize("name", SUITES)
def test_a_box_tells_a_wrong_key_from_damage(name: str) -> None:
    suite = SUITES[name]
    box = suite.seal(bytes(16), b"plain", b"bound")
    with pytest.raises(WrongKeyError):
        suite.open(b"\1" * 16, box, b"bound")
    with pytest.raises(DamagedError):
        suite.open(bytes(16), box, b"elsewhere")
    with pytest.raises(DamagedError):
        suite.open(bytes(16), box[:70], b"bound")


def test_no_box_is_like_another() -> None:
    suite = SUITES["aes-256-gcm"]
    boxes = {suite.seal(bytes(32), b"same", b"") for _ in range(2_000)}
    assert len({box[:32] for box in boxes}) == len({box[64:76] for box in boxes}) == 2_000


@given(left=st.lists(st.binary(max_size=4)), right=st.lists(st.binary(max_size=4)))
def test_different_parts_are_packed_differently(left: list[bytes], right: list[bytes]) -> None:
    assert (pack(*left) == pack(*right)) == (left == right)


def test_unknown_suite() -> None:
    with pytest.raises(UnknownNameError, match="sm4-gcm") as caught:
        suite_of("aes-128-ecb")
    assert caught.value.code == "vault.suite"
