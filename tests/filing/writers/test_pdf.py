"""PDF files: all that a document says, for archives, with the fonts inside."""

import re
import shutil
import subprocess
import zlib
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.errors import ConfigError, DataError
from guanyao.filing.document import (
    Bullets,
    Document,
    Fields,
    Heading,
    PageBreak,
    Picture,
    Signatures,
    Table,
    Text,
)
from guanyao.filing.writers import fonts, layout, pdf
from guanyao.filing.writers.characters import clean
from tests.filing.writers.made_document import (
    HOSTILE,
    SMALL,
    SVG,
    document,
    hostile,
    long_document,
    table,
)

pytest.importorskip("typst")
# What typst leaves out of a file's text: what has no width, and what only joins.
UNSEEN = re.compile(r"[\s\u200b-\u200f\u2060\ufe00-\ufe0f]")


@pytest.fixture(scope="module", autouse=True)
def need_fonts() -> None:
    try:
        fonts.faces()
    except ConfigError as error:
        pytest.skip(f"no PDF is tried: {error}")


def objects(content: bytes) -> str:
    """The file with everything that is packed in it unpacked."""
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    plain = [content]
    for stream in packed:
        try:
            plain.append(zlib.decompress(stream))
        except zlib.error:
            plain.append(stream)
    return b"\n".join(plain).decode("latin-1")


def pages(content: bytes, folder: Path) -> list[str]:
    """What each page says, without blanks and line ends."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not here (Debian: poppler-utils): no PDF is read back")
    file = folder / "document.pdf"
    file.write_bytes(content)
    command = ["pdftotext", "-enc", "UTF-8", "-layout", str(file), "-"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return [bare(page) for page in text.split("\f")[:-1]]


def bare(text: str) -> str:
    return UNSEEN.sub("", text)


def said(content: bytes, folder: Path) -> str:
    """The text of the file in the order of reading, without blanks and line ends."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not here (Debian: poppler-utils): no PDF is read back")
    file = folder / "document.pdf"
    file.write_bytes(content)
    command = ["pdftotext", "-enc", "UTF-8", "-nopgbrk", "-raw", str(file), "-"]
    return bare(subprocess.run(command, capture_output=True, check=True).stdout.decode())


def test_it_says_all_that_the_document_says(tmp_path: Path) -> None:
    found = said(pdf.write(document()), tmp_path)
    for text in document().texts():
        for line in text.split("\n"):
            assert bare(line) in found


@pytest.mark.parametrize("text", HOSTILE[:5], ids=range(5))
def test_hostile_text_stands_there_as_it_is(text: str, tmp_path: Path) -> None:
    found = said(pdf.write(document(Text(text), Bullets((text,)), title=text[:40])), tmp_path)
    assert found.count(bare(clean(text))) >= 2


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_no_reason_to_fail(text: str) -> None:
    content = pdf.write(hostile(text, title=text))
    assert content.startswith(b"%PDF-1.7")
    assert "/Page" in objects(content)


@pytest.mark.parametrize("start", [0x20, 0x1000, 0x2000, 0xA000, 0x1F000])
def test_any_script_can_be_written(start: int) -> None:
    letters = "".join(map(chr, range(start, start + 0x1000)))
    blocks = tuple(Text(letters[i : i + 100]) for i in range(0, len(letters), 100))
    assert pdf.write(document(*blocks)).startswith(b"%PDF")


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_any_text_can_be_written(text: str) -> None:
    blocks = tuple(b for b in hostile(text).blocks if not isinstance(b, Picture))
    made = Document(name=text, title=text, subtitle=text, blocks=blocks)
    assert pdf.write(made).startswith(b"%PDF")


@pytest.mark.parametrize(
    "blocks",
    [
        (Fields(()),),
        (Bullets(()),),
        (Bullets((), numbered=True),),
        (Table(columns=("甲",), rows=()),),
        (Signatures(()),),
        (Text(""),),
        (PageBreak(), PageBreak()),
        (Heading(level=1, text=""),) * 9,
    ],
)
def test_a_block_that_says_nothing_is_no_reason_to_fail(blocks: Any) -> None:
    assert pdf.write(Document(name="", title="", blocks=blocks)).startswith(b"%PDF")


def test_a_character_that_no_font_has_stands_as_its_code(tmp_path: Path) -> None:
    made = document(Text("姓名：张\U0010fffd\ue123丰"), Fields((("\U0010fffd", "e\u0301"),)))
    found = said(pdf.write(made), tmp_path)
    assert "姓名：张〔U+10FFFD〕〔U+E123〕丰" in found
    assert found.count("〔U+10FFFD〕") == 2
    assert "\u00e9" in found or "e\u0301" in found


def test_the_same_document_is_the_same_bytes() -> None:
    assert pdf.write(document()) == pdf.write(document())


def test_all_fonts_are_inside() -> None:
    plain = objects(pdf.write(document()))
    described = plain.count("/Type/FontDescriptor") + plain.count("/Type /FontDescriptor")
    assert described >= 2
    assert len(re.findall(r"/FontFile[23]?\b", plain)) == described
    names = set(re.findall(r"/FontName\s*/(\S+)", plain))
    assert all(re.match(r"[A-Z]{6}\+", name) for name in names)


def test_it_is_for_archives_and_can_be_read_aloud() -> None:
    plain = objects(pdf.write(document()))
    assert re.search(r"pdfaid:part>2<", plain)
    assert re.search(r"pdfaid:conformance>A<", plain)
    assert re.search(r"pdfuaid:part>1<", plain)
    assert re.search(r"/Marked true", plain)
    assert re.search(r"/Lang\s*\(zh-CN\)", plain)
    assert {"/TH", "/TD", "/Figure", "/H1", "/H2", "/L"} <= set(re.findall(r"/[A-Z]\w*", plain))


def test_it_says_its_title_and_names_no_person() -> None:
    plain = objects(pdf.write(document(title="报告")))
    assert ("报告".encode("utf-16-be")).decode("latin-1") in plain or "<rdf:li xml:lang" in plain
    assert "/Author" not in plain
    assert "dc:creator" not in plain


def test_the_day_is_the_one_that_is_given() -> None:
    china = timezone(timedelta(hours=8))
    content = pdf.write(document(), created=datetime(2026, 11, 22, 8, 30, tzinfo=china))
    assert re.search(r"/CreationDate\s*\(D:20261122003000", objects(content))
    assert re.search(r"/CreationDate\s*\(D:19800101000000", objects(pdf.write(document())))


def test_head_header_and_number_stand_on_every_page(tmp_path: Path) -> None:
    found = pages(pdf.write(document(table(150))), tmp_path)
    assert len(found) > 3
    for number, page in enumerate(found, 1):
        assert f"第{number}页共{len(found)}页" in page
        assert "条款要求（摘要）结论证据摘要" in page
        assert page.count("安全自评估报告") == 1


def test_rows_stay_whole(tmp_path: Path) -> None:
    rows = tuple((f"始{i}", "行\n" * 8 + f"终{i}") for i in range(30))
    found = pages(pdf.write(document(Table(columns=("a", "b"), rows=rows))), tmp_path)
    for i in range(30):
        at = [n for n, page in enumerate(found) if re.search(rf"[始终]{i}(?!\d)", page)]
        assert len(at) == 1, i


def test_a_row_higher_than_a_page_goes_on_on_the_next(tmp_path: Path) -> None:
    made = document(Table(columns=("a", "b"), rows=(("1", "长" * 5000 + "终"),)))
    content = pdf.write(made)
    assert said(content, tmp_path).count("长") == 5000
    assert len(pages(content, tmp_path)) > 1


def test_a_word_longer_than_a_line_is_broken_and_stays_one(tmp_path: Path) -> None:
    digest = "0123456789abcdef" * 8
    row = (digest, "x")
    made = document(Table(columns=("摘要", "b"), rows=(row,), widths=(0.2, 0.8)))
    assert digest in said(pdf.write(made), tmp_path)


def test_a_long_document_begins_with_its_contents(tmp_path: Path) -> None:
    first, *others = pages(pdf.write(long_document()), tmp_path)
    assert layout.CONTENTS in first
    assert re.search(r"第九章\.*\d", first)
    assert "第一章正文。" in others[0]
    assert layout.CONTENTS not in pages(pdf.write(document()), tmp_path)[0]


@pytest.mark.parametrize("is_wide", [False, True])
def test_pages_are_a4(is_wide: bool) -> None:
    plain = objects(pdf.write(document(is_wide=is_wide)))
    boxes = set(re.findall(r"/MediaBox\s*\[0 0 (\d+)\S* (\d+)\S*\]", plain))
    assert boxes == {("841", "595") if is_wide else ("595", "841")}


def test_headings_that_leave_out_a_level_are_no_reason_to_fail() -> None:
    blocks = (Heading(level=3, text="深"), Heading(level=1, text="一"), Heading(level=3, text="二"))
    assert pdf.write(document(*blocks)).startswith(b"%PDF")


@pytest.mark.parametrize(
    "svg",
    [
        "",
        "<svg",
        "no drawing",
        SMALL.format(9, 9, '<image href="/etc/hostname"/>'),
        SMALL.format(9, 9, '<image href="pdf.py"/>'),
        SVG.replace("训练", "&#xe000;"),
    ],
)
def test_a_drawing_that_cannot_be_set_is_refused(svg: str) -> None:
    with pytest.raises(DataError) as found:
        pdf.write(document(Picture(svg=svg, caption="坏")))
    assert found.value.code == "filing.picture"


def test_without_a_chinese_font_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_installed", lambda: (None, frozenset({"libertinus serif"})))
    with pytest.raises(ConfigError, match="fonts-noto-cjk") as found:
        pdf.write(document())
    assert found.value.code == "filing.fonts"


@pytest.mark.parametrize("only", ["simsun", "wenquanyi zen hei"])
def test_one_face_serves_for_both(only: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_installed", lambda: (None, frozenset({only})))
    faces = fonts.faces()
    assert faces.serif.casefold() == faces.sans.casefold() == only
