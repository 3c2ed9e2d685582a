"""The manifest: the same dossier has the same, and nothing else has it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.errors import ConfigError, DataError
from guanyao.filing.manifest import Basis, File, Manifest, clauses_digest, in_order, is_plain_path

A, B = "a" * 64, "b" * 64


def file(path: str = "附件1/a.docx", content: bytes = b"abc", **more: Any) -> File:
    return File.of(content, path=path, slot="assessment_report", media="docx", **more)


def manifest(**more: Any) -> Manifest:
    own: dict[str, Any] = {
        "filing": "f-1",
        "version": 1,
        "profile": "notice7/1.0.0",
        "profile_digest": A,
        "packs": (Basis(id="cn-pipl/1.0.0", kind="pack", digest=B),),
        "calendar": "2026-1",
        "model": A,
        "data": "",
        "files": (file("0/form.docx"), file()),
        "evidence": (Basis(id="run:1234", kind="run", digest=A),),
        "clauses": clauses_digest([]),
    }
    return Manifest(**{**own, **more})


def test_a_file_has_the_digests_of_its_bytes() -> None:
    found = file()
    assert found.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    # GB/T 32905-2016, example 1: the SM3 of "abc".
    assert found.sm3 == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert found.bytes == 3
    assert found.matches(b"abc")
    assert not found.matches(b"abd")


def test_it_reads_back_unchanged_and_has_one_digest() -> None:
    found = manifest()
    again = Manifest.from_json(found.to_json())
    assert again == found
    assert again.digest() == found.digest()
    assert found.digest("sm3") != found.digest()
    assert len(found.digest("sm3")) == 64
    with pytest.raises(ConfigError):
        found.digest("md5")


@pytest.mark.parametrize(
    "change",
    [
        {"filing": "f-2"},
        {"version": 2},
        {"profile": "notice7/1.0.1"},
        {"profile_digest": B},
        {"packs": ()},
        {"calendar": "2026-2"},
        {"model": B},
        {"data": A},
        {"files": (file("0/form.docx"), file(content=b"abd"))},
        {"files": (file("0/form.docx"), file(unread="a picture"))},
        {"evidence": ()},
        {"clauses": A},
    ],
)
def test_every_part_is_in_the_digest(change: dict[str, Any]) -> None:
    assert replace(manifest(), **change).digest() != manifest().digest()


@pytest.mark.parametrize(
    "change",
    [
        {"filing": ""},
        {"version": 0},
        {"version": True},
        {"profile_digest": "zz"},
        {"model": "m1"},
        {"clauses": ""},
        {"files": (file("b.docx"), file("a.docx"))},
        {"files": (file("a.docx"), file("a.docx"))},
        {"files": (file("A.docx"), file("a.docx"))},
        {"packs": (Basis(id="b", kind="pack", digest=A), Basis(id="a", kind="pack", digest=A))},
    ],
)
def test_what_is_no_manifest_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DataError) as caught:
        manifest(**change)
    assert caught.value.code == "filing.manifest"


@pytest.mark.parametrize("record", [None, [], {}, {"format": "guanyao.manifest/2"}])
def test_another_record_is_refused(record: object) -> None:
    with pytest.raises(DataError):
        Manifest.from_json(record)


def test_a_field_more_or_less_is_refused() -> None:
    record = manifest().to_json()
    with pytest.raises(DataError):
        Manifest.from_json({**record, "more": 1})
    del record["clauses"]
    with pytest.raises(DataError):
        Manifest.from_json(record)


@pytest.mark.parametrize(
    "path",
    [
        *("", "/a", "../a", "a/../b", "a//b", "a/", "./a", "C:/a", "a\\b", "a\x00b", "a\nb"),
        *("a?", "a/ b", "a.", "a" * 300, "\ud800"),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    assert not is_plain_path(path)
    with pytest.raises(DataError):
        file(path)


def test_the_order_of_clauses_does_not_matter() -> None:
    one, two = ({"pack": "p", "clause": c, "result": "符合"} for c in ("1", "2"))
    assert clauses_digest([one, two]) == clauses_digest([two, one])
    assert clauses_digest([one]) != clauses_digest([two])


@given(st.lists(st.text("abc", min_size=1, max_size=4), unique=True))
def test_what_it_rests_on_is_brought_to_one_order(ids: list[str]) -> None:
    parts = [Basis(id=id, kind="run", digest=A) for id in ids]
    assert manifest(evidence=in_order(parts)) == manifest(evidence=in_order(reversed(parts)))
