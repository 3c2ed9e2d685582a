"""Where master keys come from."""

import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from guanyao.errors import ConfigError, DataError, PrivacyError
from guanyao.protect.vault import master as module
from guanyao.protect.vault.master import Cost, KmsKey, MasterKey, Passphrase, RawKey, unlock
from guanyao.protect.vault.suites import SUITES
from tests.protect.vault.locks import CHEAP, KEY, OTHER_WORDS, WORDS, MadeUpKms

AES = SUITES["aes-256-gcm"]
ROOT = bytes(32)
KMS = KmsKey(MadeUpKms())


@pytest.mark.parametrize("master", [WORDS, KEY, KMS], ids=lambda master: master.kind)
@pytest.mark.parametrize("name", SUITES)
def test_what_was_locked_unlocks(master: MasterKey, name: str) -> None:
    suite = SUITES[name]
    root = suite.new_key()
    assert unlock(master, master.lock(root, suite, b"here"), suite, b"here") == root


@pytest.mark.parametrize(
    ("master", "other"),
    [(WORDS, OTHER_WORDS), (KEY, RawKey.new()), (KMS, KmsKey(MadeUpKms("made-up/2")))],
    ids=["passphrase", "key", "kms"],
)
def test_another_key_does_not_unlock(master: MasterKey, other: MasterKey) -> None:
    with pytest.raises(DataError) as caught:
        unlock(other, master.lock(ROOT, AES, b""), AES, b"")
    assert caught.value.code == "vault.key"


@pytest.mark.parametrize("master", [WORDS, KEY, KMS], ids=lambda master: master.kind)
def test_a_lock_belongs_to_one_vault(master: MasterKey) -> None:
    with pytest.raises(DataError):
        unlock(master, master.lock(ROOT, AES, b"this vault"), AES, b"another")


def test_another_kind_of_key_is_named() -> None:
    with pytest.raises(ConfigError, match="locked with a passphrase") as caught:
        unlock(KEY, WORDS.lock(ROOT, AES, b""), AES, b"")
    assert caught.value.code == "vault.master"


def test_argon2id_known_answer() -> None:
    """RFC 9106, section 5.3, without the secret and data that passphrases do not have."""
    cost = Cost(memory_kib=32, iterations=3, lanes=4)
    expected = Argon2id(salt=b"\2" * 16, length=32, iterations=3, lanes=4, memory_cost=32)
    phrase = Passphrase("a" * 32, cost)
    assert phrase._stretched(b"\2" * 16, cost) == expected.derive(b"a" * 32)


def test_what_a_guess_costs_is_stored_and_followed() -> None:
    facts = WORDS.lock(ROOT, AES, b"")
    assert (facts["kdf"], facts["memory_kib"], facts["iterations"], facts["lanes"]) == (
        "argon2id", CHEAP.memory_kib, CHEAP.iterations, CHEAP.lanes,
    )  # fmt: skip
    assert unlock(Passphrase(WORDS.text), facts, AES, b"") == ROOT


def test_a_guess_costs_much_by_default() -> None:
    assert Cost().memory_kib >= 46 * 1024
    assert Cost().memory_kib * Cost().iterations >= 64 * 1024 * 3


def test_a_salt_is_drawn_for_each_lock() -> None:
    assert len({WORDS.lock(ROOT, AES, b"")["salt"] for _ in range(20)}) == 20


def test_letters_written_in_two_ways_are_the_same() -> None:
    lock = Passphrase("caf\u00e9 au lait \u5bc6\u7801", CHEAP).lock(ROOT, AES, b"")
    assert unlock(Passphrase("cafe\u0301 au lait \u5bc6\u7801"), lock, AES, b"") == ROOT


@pytest.mark.parametrize("text", ["", "short", "eleven char"])
def test_a_short_passphrase_locks_nothing(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Passphrase(text, CHEAP).lock(ROOT, AES, b"")
    assert caught.value.code == "vault.weak"


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 1 << 40}, {"iterations": 10**9}, {"lanes": 0}, {"salt": None}, {"salt": "%"},
        {"kdf": "md5"}, {"wrapped": "%"}, {"wrapped": ""}, {"wrapped": None},
    ],
)  # fmt: skip
def test_a_changed_lock_is_damaged(change: dict[str, Any]) -> None:
    with pytest.raises(DataError) as caught:
        unlock(WORDS, {**WORDS.lock(ROOT, AES, b""), **change}, AES, b"")
    assert caught.value.code == "vault.damaged"


def test_nothing_secret_is_shown() -> None:
    for master in (WORDS, KEY):
        shown = f"{master!r} {master}"
        assert "horse" not in shown
        assert KEY.key.hex() not in shown
        assert repr(KEY.key) not in shown


def test_a_key_file(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    key = RawKey.new()
    key.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert RawKey.load(path) == key
    assert RawKey.new() != key
    with pytest.raises(DataError, match="never written over"):
        RawKey.new().save(path)
    assert RawKey.load(path) == key


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    KEY.save(tmp_path / "a.key")
    (tmp_path / "a.key").chmod(mode)
    with pytest.raises(PrivacyError, match="chmod 600") as caught:
        RawKey.load(tmp_path / "a.key")
    assert caught.value.code == "privacy.key_file"


@pytest.mark.parametrize("text", ["", "x", "guanyao-vault-key-1 AAAA", "AAAA\nBBBB"])
def test_text_that_is_no_key(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.key").write_text(text)
    (tmp_path / "a.key").chmod(0o600)
    with pytest.raises(ConfigError) as caught:
        RawKey.load(tmp_path / "a.key")
    assert caught.value.code == "vault.key_text"
    assert not text or text not in str(caught.value)


def test_a_key_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        RawKey.load(tmp_path / "none.key")
    assert caught.value.code == "vault.key_file"


def test_a_service_that_gives_no_key_back() -> None:
    lock = KMS.lock(ROOT, AES, b"")
    with pytest.raises(DataError) as caught:
        unlock(KmsKey(MadeUpKms()), lock, AES, b"")
    assert caught.value.code == "vault.key"


def test_a_cost_beyond_the_machine_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Small:
        def __init__(self, **cost: object) -> None:
            pass

        def derive(self, text: bytes) -> bytes:
            raise MemoryError

    monkeypatch.setattr(module, "Argon2id", Small)
    with pytest.raises(DataError) as caught:
        WORDS.lock(ROOT, AES, b"here")
    assert caught.value.code == "vault.memory"
