"""Keys: what is derived from them, how they are kept, and what is refused."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from guanyao.errors import ConfigError, DataError, PrivacyError
from guanyao.protect import mask_key as module
from guanyao.protect.mask_key import MaskKey

SECRET = bytes(range(32))


def test_a_saved_key_comes_back_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    key = MaskKey.new("customers")
    key.save(tmp_path / "k.json")
    assert MaskKey.load(tmp_path / "k.json") == key
    assert stat.S_IMODE((tmp_path / "k.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["k.json"]


def test_two_new_keys_differ() -> None:
    assert MaskKey.new("a").secret != MaskKey.new("a").secret


def test_the_secret_shows_nowhere() -> None:
    key = MaskKey("a", SECRET)
    assert SECRET.hex() not in repr(key) + str(key) + key.id
    assert repr(SECRET) not in repr(key)


def test_each_purpose_domain_and_data_set_has_its_own_secret() -> None:
    key, other = MaskKey("a", SECRET), MaskKey("b", SECRET)
    made = {
        key.derive("token", "x"),
        key.derive("token", "y"),
        key.derive("fake", "x"),
        other.derive("token", "x"),
        key.derive("tok", "enx"),
    }
    assert len(made) == 5
    assert key.derive("token", "x") == MaskKey("a", SECRET).derive("token", "x")
    assert len(key.derive("token", "x", 64)) == 64


def test_known_answer() -> None:
    """Whoever wrote a token years ago must find it again: the derivation may never change."""
    key = MaskKey("customers", SECRET)
    assert key.id == "5a2f0e7596f4458e"
    assert (
        key.derive("token", "id").hex()
        == "057976e3b71c497fa86f436a8ac3e6de049da169f3e2c9850d80f3b8db6b591a"
    )


def test_a_key_is_never_written_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "k.json").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        MaskKey.new("a").save(tmp_path / "k.json")
    assert caught.value.code == "key.exists"
    assert (tmp_path / "k.json").read_text(encoding="utf-8") == "mine"
    with pytest.raises(DataError):
        MaskKey.new("a").save(tmp_path / "absent" / "k.json")


def written(folder: Path, **changes: object) -> Path:
    MaskKey("a", SECRET).save(folder / "good.json")
    record = {**json.loads((folder / "good.json").read_text(encoding="utf-8")), **changes}
    (folder / "k.json").touch(mode=0o600)
    (folder / "k.json").write_text(json.dumps(record), encoding="utf-8")
    return folder / "k.json"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"format": "guanyao.mask_key/2"}, "key.version"),
        ({"format": "something"}, "key.damaged"),
        ({"data_set": 5}, "key.damaged"),
        ({"data_set": " "}, "key.data_set"),
        ({"data_set": "b"}, "key.damaged"),
        ({"key": "!"}, "key.damaged"),
        ({"key": "AAAA"}, "key.damaged"),
        ({"id": "0000000000000000"}, "key.damaged"),
    ],
)
def test_a_file_that_is_no_key_is_refused(
    tmp_path: Path, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        MaskKey.load(written(tmp_path, **changes))
    assert caught.value.code == code
    assert "AAECAwQ" not in str(caught.value)  # how the secret begins


@pytest.mark.parametrize("text", ["", "[]", "{", "\ufffd", "[" * 9000, "x" * 20_000])
def test_rubbish_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "k").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        MaskKey.load(tmp_path / "k")
    assert caught.value.code == "key.damaged"


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(ConfigError) as caught:
            MaskKey.load(path)
        assert caught.value.code == "key.missing"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    MaskKey.new("a").save(tmp_path / "k.json")
    (tmp_path / "k.json").chmod(0o640)
    with pytest.raises(PrivacyError) as caught:
        MaskKey.load(tmp_path / "k.json")
    assert caught.value.code == "privacy.key_file"


def test_a_key_of_another_data_set_is_refused() -> None:
    key = MaskKey("a", SECRET)
    key.check_data_set("a")
    with pytest.raises(PrivacyError) as caught:
        key.check_data_set("b")
    assert caught.value.code == "key.data_set"


def test_another_key_than_the_one_that_masked_is_refused() -> None:
    key = MaskKey("a", SECRET)
    key.check_id(key.id)
    with pytest.raises(ConfigError) as caught:
        key.check_id(MaskKey.new("a").id)
    assert caught.value.code == "key.wrong"


def test_one_of_two_at_once_gets_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other's key would be lost, and with it the way back of what it masked."""
    first, write = MaskKey.new("a"), module._write_private

    def meanwhile(path: Path, text: str) -> None:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        write(path, text)
        monkeypatch.setattr(module, "_write_private", write)
        first.save(tmp_path / "k.json")

    monkeypatch.setattr(module, "_write_private", meanwhile)
    with pytest.raises(ConfigError) as caught:
        MaskKey.new("a").save(tmp_path / "k.json")
    assert caught.value.code == "key.exists"
    assert MaskKey.load(tmp_path / "k.json") == first
    assert [path.name for path in tmp_path.iterdir()] == ["k.json"]


def test_a_key_is_never_readable_by_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    touch = Path.touch

    def watched(path: Path, *args: Any, **how: Any) -> None:
        touch(path, *args, **how)
        seen.append(stat.S_IMODE(path.stat().st_mode))

    monkeypatch.setattr(Path, "touch", watched)
    MaskKey.new("a").save(tmp_path / "k.json")
    assert seen == [0o600]
