"""Keys: encrypted files of their owner, each registered to one person by an act."""

import json
from pathlib import Path

import pytest

from guanyao.errors import ConfigError, DataError, UnknownNameError
from guanyao.flows.filing.keys import (
    keys_of,
    make_key,
    public_path,
    read_key,
    read_public,
    register_key,
)
from tests.flows.filing.desk_play import PASSPHRASE, Play, begun, desk_play, good, keys, place

__all__ = ["begun", "desk_play", "good", "keys", "place"]


def made(folder: Path, name: str = "new.pem", algorithm: str = "ed25519") -> Path:
    path = folder / name
    make_key(path, PASSPHRASE, algorithm=algorithm)
    return path


@pytest.mark.parametrize("algorithm", ["ed25519", "sm2"])
def test_a_key_is_an_encrypted_file_of_its_owner(tmp_path: Path, algorithm: str) -> None:
    path = made(tmp_path, algorithm=algorithm)
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED PRIVATE KEY" in path.read_bytes()
    public = read_public(public_path(path))
    assert public["algorithm"] == algorithm
    assert read_key(path, PASSPHRASE).public_key == public["public_key"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new.pem", "new.pem.pub"]


def test_a_key_is_never_written_over_another(tmp_path: Path) -> None:
    path = made(tmp_path)
    before = path.read_bytes()
    with pytest.raises(ConfigError) as caught:
        make_key(path, PASSPHRASE)
    assert caught.value.code == "filing.key_exists"
    assert path.read_bytes() == before


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path)
    path.chmod(0o640)
    with pytest.raises(DataError) as caught:
        read_key(path, PASSPHRASE)
    assert caught.value.code == "filing.key_mode"


@pytest.mark.parametrize("field", ["algorithm", "public_key", "fingerprint", "digest", "format"])
def test_a_public_key_that_was_changed_is_refused(tmp_path: Path, field: str) -> None:
    public = public_path(made(tmp_path))
    record = json.loads(public.read_text())
    public.write_text(json.dumps({**record, field: "ed25519" + record[field][:-1]}))
    with pytest.raises(DataError) as caught:
        read_public(public)
    assert caught.value.code == "filing.signing_key"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b" " * 100_000])
def test_what_is_no_public_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.pub"
    path.write_bytes(content)
    with pytest.raises(DataError):
        read_public(path)
    with pytest.raises(DataError):
        read_public(tmp_path / "none")


def test_a_registration_is_recorded(desk_play: Play, tmp_path: Path) -> None:
    public = public_path(made(tmp_path))
    record = register_key(desk_play.room, "ann", public, by="ann")
    (last,) = list(desk_play.room.store.chain.lines(-1))
    assert (last.act, last.who, last.facts["person"]) == ("filing.key", "ann", "ann")
    assert last.facts["key"] == record["public_key"]["fingerprint"]
    n_lines = desk_play.room.store.chain.head().seq
    register_key(desk_play.room, "ann", public, by="ann")
    assert desk_play.room.store.chain.head().seq == n_lines


def test_a_key_is_replaced_only_when_asked_and_the_old_one_stays_known(
    desk_play: Play, tmp_path: Path
) -> None:
    first, second = (public_path(made(tmp_path, f"{n}.pem")) for n in range(2))
    register_key(desk_play.room, "ann", first, by="ann")
    with pytest.raises(ConfigError) as caught:
        register_key(desk_play.room, "ann", second, by="ann")
    assert caught.value.code == "filing.key_taken"
    register_key(desk_play.room, "ann", second, by="ann", replace=True)
    with desk_play.room.store.reading() as desk:
        known = [key["fingerprint"] for key in keys_of(desk, "ann")]
    assert known == [read_public(path)["fingerprint"] for path in (first, second)]
    with pytest.raises(ConfigError):
        register_key(desk_play.room, "eda", first, by="eda")


def test_one_key_is_not_for_two_persons(desk_play: Play) -> None:
    theirs = public_path(desk_play.keys["sig0"])
    with pytest.raises(ConfigError) as caught:
        register_key(desk_play.room, "ann", theirs, by="ann")
    assert caught.value.code == "filing.key_taken"


def test_who_is_not_in_the_room_has_no_key(desk_play: Play, tmp_path: Path) -> None:
    public = public_path(made(tmp_path))
    with pytest.raises(UnknownNameError):
        register_key(desk_play.room, "nobody", public, by="ann")
    with pytest.raises(UnknownNameError):
        register_key(desk_play.room, "ann", public, by="nobody")
