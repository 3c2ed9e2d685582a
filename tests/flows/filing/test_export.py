"""Exports: the same bytes for the same room, laid out as offices expect, with nothing secret."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pypdf
import pytest

from guanyao.errors import (
    ConfigError,
    DataError,
    EvidenceMissingError,
    PrivacyError,
    UnknownNameError,
)
from guanyao.filing.document import UNFILLED, Text
from guanyao.filing.package_paths import is_helper_text, place_of, plain_name
from guanyao.flows.filing.export import Exported, export, export_channel, open_channel
from guanyao.flows.filing.secrets import scan
from guanyao.flows.filing.text import read
from guanyao.flows.filing.verify import verify
from guanyao.protect.vault.master import Cost
from tests.flows.filing.desk_play import (
    CONTACT,
    HEAD,
    PASSPHRASE,
    Play,
    begun,
    desk_play,
    document,
    docx,
    good,
    keys,
    pdf,
    place,
)

__all__ = ["begun", "desk_play", "good", "keys", "place"]

CHEAP = Cost(memory_kib=64, iterations=1, lanes=1)


@pytest.fixture
def play(desk_play: Play) -> Play:
    return desk_play.signed()


def exported(play: Play, name: str = "out.zip", **more: Any) -> Exported:
    return export(play.room, play.filing, play.folder / name, **more)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_folders_are_those_of_a_filing(play: Play) -> None:
    found = exported(play)
    assert found.n_signatures == 3
    assert list(found.files) == [
        "0 上线备案表/0 上线备案表.docx",
        "0 上线备案表/0 上线备案表.pdf",
        "audit.json",
        "manifest.json",
        "package.json",
        "signatures/assessment_head.json",
        "signatures/legal_representative.json",
        "signatures/legality_head.json",
        "摘要清单.txt",
        "附件1 安全评估报告/附件1 安全评估报告.docx",
        "附件1 安全评估报告/附件1 安全评估报告.pdf",
        "附件2 模型服务协议和隐私保护政策/2.1 模型服务协议.docx",
        "附件4 拦截关键词列表/附件4 拦截关键词列表.xlsx",
    ]


def test_names_are_utf_8_and_say_so(play: Play) -> None:
    with zipfile.ZipFile(exported(play).path) as archive:
        for info in archive.infolist():
            assert info.filename.isascii() or info.flag_bits & 0x800, info.filename
            assert info.compress_type == zipfile.ZIP_STORED


def test_the_same_room_gives_the_same_bytes(play: Play) -> None:
    one, two = exported(play, "1.zip"), exported(play, "2.zip")
    assert one.digest == two.digest
    assert one.path.read_bytes() == two.path.read_bytes()


def test_the_list_for_people_names_every_file_and_signature(play: Play) -> None:
    found = parts(exported(play).path)
    listing = found["摘要清单.txt"].decode()
    manifest = json.loads(found["manifest.json"])
    for file in manifest["files"]:
        assert file["sha256"] in listing
        assert file["sm3"] in listing
    assert all(f"sig{n}" in listing for n in range(3))


def test_an_unsigned_dossier_can_be_exported_and_says_so(desk_play: Play) -> None:
    desk_play.freeze().require()
    found = exported(desk_play)
    assert found.n_signatures == 0
    assert "签名：尚无" in parts(found.path)["摘要清单.txt"].decode()


def test_an_older_version_can_be_exported(play: Play) -> None:
    assert exported(play, version=1).version == 1
    with pytest.raises(EvidenceMissingError) as caught:
        exported(play, version=2)
    assert caught.value.code == "filing.no_dossier"


def test_there_is_nothing_to_export_before_the_freeze(desk_play: Play) -> None:
    with pytest.raises(EvidenceMissingError):
        exported(desk_play)
    assert not (desk_play.folder / "out.zip").exists()


def test_an_unknown_kind_is_refused(play: Play) -> None:
    with pytest.raises(UnknownNameError) as caught:
        exported(play, kind="other")
    assert caught.value.code == "filing.export_kind"


def test_a_place_to_be_filled_in_is_not_handed_in(desk_play: Play) -> None:
    for text in ("【待填写：法定代表人】", "{{ name }}"):
        content = docx(document("协议", Text(text)))
        desk_play.attach("service_agreement", ("a.docx", content))
        fresh = desk_play.state().dossier_version
        if not fresh:
            desk_play.freeze().require()
        with pytest.raises(EvidenceMissingError) as caught:
            exported(desk_play)
        assert caught.value.code == "filing.unfilled"
        assert list(desk_play.folder.glob("*.zip")) == []


def test_a_secret_that_came_in_otherwise_is_not_written(play: Play) -> None:
    """A dossier of an older version of the software, with what is found only now."""
    from guanyao.flows.filing.freeze import put_dossier
    from guanyao.flows.filing.package import package_of

    play.attach("other", ("k.txt", "口令：Abc12345".encode()))
    with play.room.store.writing() as desk:
        manifest = package_of(desk, play.room, play.state()).manifest
        put_dossier(desk, play.filing, manifest)
    with pytest.raises(PrivacyError) as caught:
        exported(play, version=2)
    assert caught.value.code == "filing.secret"
    assert "k.txt, line 1: password" in str(caught.value)
    assert "Abc12345" not in str(caught.value)
    assert list(play.folder.glob("*.zip")) == []


def test_a_damaged_file_is_not_exported(play: Play) -> None:
    record = play.dossier(1)
    assert record is not None
    with play.room.store.writing() as desk:
        desk.forget_file(record["manifest"]["files"][0]["sha256"])
    with pytest.raises(DataError) as caught:
        exported(play)
    assert caught.value.code == "filing.file"
    assert list(play.folder.glob("*.zip")) == []


def test_acceptance_8_nothing_is_left_open_fonts_are_embedded_and_no_secret_is_inside(
    play: Play,
) -> None:
    found = parts(exported(play).path)
    allowed = tuple(CONTACT.values())
    for name, content in found.items():
        reading = read(content)
        text = "\n".join(piece.text for piece in reading.pieces)
        assert text.strip(), name
        assert "{{" not in text
        assert not UNFILLED.search(text)
        assert reading.closed == []
        is_form = name.startswith("0 ")
        if not name.startswith("signatures/"):
            assert scan(content, name, allowed if is_form else ()) == []
        if name.endswith(".pdf"):
            assert fonts(content) != []
            assert all(fonts(content)), name


def fonts(content: bytes) -> list[bool]:
    """Of each font of a PDF, whether it is embedded."""
    found = []
    for page in pypdf.PdfReader(io.BytesIO(content)).pages:
        for font in page["/Resources"]["/Font"].values():
            for inner in font.get_object().get("/DescendantFonts", [font]):
                about = inner.get_object()["/FontDescriptor"]
                found.append(any(f"/FontFile{n}" in about for n in ("", "2", "3")))
    return found


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("private key", "-----BEGIN RSA PRIVATE KEY-----"),
        ("AWS key", "AKIA" + "ABCDEFGH23456789"),
        ("Aliyun key", "LTAI5tAbCdEfGhIjKlMnOpQr"),
        ("GitHub token", "ghp_" + "a1B2c3D4e5" * 4),
        ("OpenAI-style key", "sk-" + "a1B2c3D4e5" * 4),
        ("password", "密码：Abc12345"),
        ("resident identity number", "身份证号 98010119900307003X"),
        ("mobile phone number", "手机 154 0013 8000"),
        ("e-mail address", "wang@example.com"),
    ],
)
def test_acceptance_8_planted_secrets_refuse_freeze_and_pass(
    desk_play: Play, kind: str, text: str
) -> None:
    from guanyao.flows.filing.package import leaks_of

    content = docx(document("证明", Text(text)))
    desk_play.attach("other", ("proof.docx", content))
    outcome = desk_play.freeze()
    (failed,) = outcome.failed
    assert failed.name == "G10"
    assert all(item.startswith("附件7 其他佐证材料/7.11 proof.docx, ") for item in failed.items)
    assert any(item.endswith(kind) for item in failed.items), failed.items
    with desk_play.room.store.reading() as desk:
        assert leaks_of(desk, desk_play.room, desk_play.state()) == failed.items


def test_acceptance_8_a_secret_in_a_pdf_is_found(desk_play: Play) -> None:
    content = pdf(document("证明", Text("密码：Abc12345")))
    desk_play.attach("other", ("proof.pdf", content))
    (failed,) = desk_play.freeze().failed
    assert failed.items == ("附件7 其他佐证材料/7.11 proof.pdf, page 1: password",)


def test_the_layouts_of_other_routes() -> None:
    assert place_of("application_form", "registration", "x.docx") == "0 登记表/0 登记表.docx"
    assert place_of("keywords", "registration", "x.xlsx") == "4 关键词库/4 关键词库.xlsx"
    assert place_of("model_mechanism", "algorithm", "x.PDF") == (
        "2 算法机制机理说明/2 算法机制机理说明.pdf"
    )
    assert place_of("new_slot", "filing", "x.pdf") == "附件7 其他佐证材料/7.11 new_slot.pdf"
    taken = ["4 关键词库/4 关键词库.xlsx"]
    assert place_of("keywords", "registration", "y.xlsx", taken) == (
        "4 关键词库/4 关键词库（2）.xlsx"
    )


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\secret\\a.docx", "a.docx"),
        ("a\x00b?.pdf", "a_b_.pdf"),
        (" . ", "file"),
        ("x" * 300 + ".pdf", "x" * 80 + ".pdf"),
    ],
)
def test_names_of_strangers_are_made_plain(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_helper_texts_are_known_by_name() -> None:
    assert is_helper_text("a/说明.txt")
    assert not is_helper_text("情况说明.docx")


def test_the_channel_opens_with_its_passphrase_only(play: Play) -> None:
    source, out = play.folder / "channel.txt", play.folder / "channel.enc"
    source.write_text("https://example.com test01 Abc12345", encoding="utf-8")
    digest = export_channel(play.room, play.filing, source, out, PASSPHRASE, actor=HEAD, cost=CHEAP)
    assert b"Abc12345" not in out.read_bytes()
    assert open_channel(out, PASSPHRASE) == source.read_bytes()
    (last,) = list(play.room.store.chain.lines(-1))
    assert (last.act, last.facts["file"]) == ("filing.channel", digest)
    with pytest.raises(DataError):
        open_channel(out, "another passphrase")
    out.write_bytes(out.read_bytes().replace(b'"filing":"f-1"', b'"filing":"f-2"'))
    with pytest.raises(DataError):
        open_channel(out, PASSPHRASE)


def test_a_channel_needs_a_passphrase_and_a_text(play: Play) -> None:
    source, out = play.folder / "channel.txt", play.folder / "channel.enc"
    source.write_bytes(b"")
    with pytest.raises(DataError) as caught:
        export_channel(play.room, play.filing, source, out, PASSPHRASE, actor=HEAD)
    assert caught.value.code == "filing.channel"
    source.write_bytes(b"x")
    with pytest.raises(ConfigError):
        export_channel(play.room, play.filing, source, out, "short", actor=HEAD)
    assert not out.exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from guanyao.flows.filing import export as filing_export
from guanyao.flows.filing.room import open_room
moment = sys.argv[3]
inner = {"zip": filing_export.write_zip, "write": filing_export.write_whole}[moment]
def dies(*given):
    if moment == "write":
        target = Path(given[0])
        target.with_name(".0123abcd.part.out.zip").write_bytes(given[1][:100])
    os.kill(os.getpid(), signal.SIGKILL)
setattr(filing_export, {"zip": "write_zip", "write": "write_whole"}[moment], dies)
with open_room(sys.argv[1]) as room:
    filing_export.export(room, "f-1", sys.argv[2])
"""


@pytest.mark.parametrize("moment", ["zip", "write"])
def test_a_killed_export_leaves_no_zip(play: Play, moment: str, place: str | Path) -> None:
    out = play.folder / "out.zip"
    old = exported(play)
    before = out.read_bytes()
    done = subprocess.run([sys.executable, "-c", KILLED, str(place), str(out), moment], check=False)
    assert done.returncode == -9
    assert out.read_bytes() == before
    assert verify(out).ok
    assert exported(play).digest == old.digest
