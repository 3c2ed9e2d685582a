import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.filing import attachment_office, attachment_pdf
from guanyao.filing.attachment import MAX_FILE, MAX_PIXELS, TYPES, look
from guanyao.filing.document import Document, Sheet, Text, Workbook
from guanyao.filing.writers import docx, xlsx

MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
CONTENT_TYPES = f'<Types><Override PartName="/word/document.xml" ContentType="{MAIN}"/></Types>'
RELS = '<Relationship Id="r" Type="t/{}" Target="{}" TargetMode="External"/>'
MACRO_TYPES = CONTENT_TYPES.replace("document.main", "document.macroEnabled.main")
SPLIT = "<w:instrText>DDE</w:instrText><w:r/><w:instrText>AUTO x</w:instrText>"
WIDE = "<w:instrText>DDE x</w:instrText>".encode("utf-16")
SLIDES = {"[Content_Types].xml": "<T/>", "ppt/presentation.xml": "<p/>"}
PDF = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
PDF_END = b"trailer\n<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


def archive(parts: Mapping[str, bytes | str], *, packed: bool = True) -> bytes:
    made = io.BytesIO()
    how = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(made, "w", how) as opened:
        for name, content in parts.items():
            opened.writestr(zipfile.ZipInfo(name), content, how)
    return made.getvalue()


def word(parts: Mapping[str, bytes | str] | None = None, types: str = CONTENT_TYPES) -> bytes:
    own = {"[Content_Types].xml": types, "word/document.xml": "<w:document>文</w:document>"}
    return archive({**own, **(parts or {})})


def book(parts: Mapping[str, bytes | str] | None = None) -> bytes:
    own = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}
    return archive({**own, **(parts or {})})


def said(text: str) -> bytes:
    """A document whose only part says this."""
    return word({"word/document.xml": text})


def linked(kind: str, target: str) -> bytes:
    """A document with a relation to the outside."""
    return word({"word/_rels/document.xml.rels": RELS.format(kind, target)})


def cell(formula: str) -> bytes:
    """A workbook with one formula."""
    return book({"xl/worksheets/sheet1.xml": f"<c><f>{formula}</f></c>"})


def pdf(body: bytes = b"") -> bytes:
    return PDF + body + PDF_END


def stream(head: bytes, content: bytes, *, packed: bool = True) -> bytes:
    filter, body = (b"/Filter/FlateDecode", zlib.compress(content)) if packed else (b"", content)
    return b"2 0 obj\n<<" + head + filter + b">>\nstream\n" + body + b"\nendstream\nendobj\n"


def objects(head: bytes) -> bytes:
    """A stream of objects of which one holds a script."""
    body = zlib.compress(b"1 0 <</S/JavaScript/JS(app.alert(1))>>")
    return b"5 0 obj\n<</N 1/First 4" + head + b">>\nstream\n" + body + b"\nendstream\nendobj\n"


def linked_as(relations: str) -> bytes:
    """A document with a part of relations as it is given."""
    return word({"word/_rels/document.xml.rels": relations})


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 2, height: int = 2, more: bytes = b"") -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = zlib.compress(b"\0" * 14)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"") + more


JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40 + b"\xff\xd9"


def kinds(content: bytes, name: str) -> tuple[str, ...]:
    return look(content, name).kinds


# What is taken


@pytest.mark.parametrize(
    ("content", "name", "type"),
    [
        (docx.write(Document(name="a", title="a", blocks=(Text("文"),))), "a.docx", "docx"),
        (
            xlsx.write(
                Workbook(name="a", title="a", sheets=(Sheet(title="s", columns=("a",), rows=()),))
            ),
            "a.XLSX",
            "xlsx",
        ),
        (word(), "申请表.docx", "docx"),
        (book(), "a.xlsx", "xlsx"),
        (
            archive(SLIDES),
            "a.pptx",
            "pptx",
        ),
        (archive({"资料/a.txt": "文", "b.csv": "a,b\n1,2\n", "c.docx": word()}), "a.zip", "zip"),
        (pdf(), "a.pdf", "pdf"),
        (pdf(stream(b"/Type/ObjStm", b"<</Type/Page>>")), "a.pdf", "pdf"),
        (pdf(stream(b"", b"1 0 m (JavaScript in words) Tj")), "a.pdf", "pdf"),
        (png(), "a.png", "png"),
        (JPEG, "a.jpg", "jpeg"),
        (JPEG + b"\0\0", "a.jpeg", "jpeg"),
        ("说明".encode(), "a.txt", "text"),
        ("说明".encode("gb18030"), "a.md", "text"),
        (b"name,n\nx,-3\ny,=A1+1\n", "a.csv", "csv"),
        (b'{"a": [1]}', "a.json", "json"),
    ],
)
def test_a_sound_file_has_no_fault(content: bytes, name: str, type: str) -> None:
    found = look(content, name)
    assert found.faults == ()
    assert found.media == TYPES[type].media


# Types and names


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"", "a.pdf", "empty"),
        (pdf(), "a.docx", "type"),
        (word(), "a.xlsx", "type"),
        (word(), "a.zip", "type"),
        (archive({"a.txt": "x"}), "a.docx", "type"),
        (png(), "a.jpg", "type"),
        (b"MZ\x90\0\x03", "a.pdf", "type"),
        (b"MZ\x90\0\x03", "setup.exe", "type"),
        (b"<html></html>", "a.html", "type"),
        (b"plain words", "a.docx", "type"),
        (b"plain words", "a", "type"),
        (b"one\0two", "a.txt", "type"),
        (b"\xff\xfe\xfd\xfc\xfb", "a.csv", "type"),
        (b"{1: 2}", "a.json", "damaged"),
        (b"text", "../a.txt", "name"),
        (b"text", "a\u202etxt.txt", "name"),
        (b"text", "x" * 250 + ".txt", "name"),
    ],
)
def test_what_a_file_is_must_be_what_its_name_says(content: bytes, name: str, kind: str) -> None:
    assert kind in kinds(content, name)


def test_a_file_that_is_too_large_is_not_looked_into() -> None:
    found = look(b"%PDF-" + bytes(MAX_FILE), "a.pdf")
    assert found.kinds == ("too_large",) and found.media == ""


def test_old_office_files_and_passwords_are_told_apart() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert kinds(ole, "a.doc") == ("ole",)
    assert kinds(ole + "EncryptedPackage".encode("utf-16-le"), "a.docx") == ("encrypted",)


# Office files


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (word({"word/vbaProject.bin": b"x"}), "a.docx", "macros"),
        (word(types=MACRO_TYPES), "a.docx", "macros"),
        (word(), "a.docm", "macros"),
        (book(), "a.xlsm", "macros"),
        (book({"xl/macrosheets/sheet1.xml": "<x/>"}), "a.xlsx", "macros"),
        (word({"word/activeX/activeX1.xml": "<x/>"}), "a.docx", "macros"),
        (word({"word/embeddings/o.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1."}), "a.docx", "ole"),
        (word({"word/embeddings/b.xlsx": book({"xl/vbaProject.bin": b"x"})}), "a.docx", "macros"),
        (word({"word/media/x.exe": b"MZ.."}), "a.docx", "program"),
        (word({"word/x.js": b"alert(1)"}), "a.docx", "program"),
        (book({"xl/externalLinks/externalLink1.xml": "<x/>"}), "a.xlsx", "external_link"),
        (linked("attachedTemplate", "http://example.com/t"), "a.docx", "external_link"),
        (linked("image", "http://example.com/i.png"), "a.docx", "external_link"),
        (linked("hyperlink", "file://server/x"), "a.docx", "external_link"),
        (said("<w:instrText> DDEAUTO c:\\x </w:instrText>"), "a.docx", "dde"),
        (said('<w:fldSimple w:instr="DDE x y"/>'), "a.docx", "dde"),
        (said(SPLIT), "a.docx", "dde"),
        (said("<w:instrText> INCLUDETEXT x </w:instrText>"), "a.docx", "external_link"),
        (word({"word/header1.xml": WIDE}), "a.docx", "dde"),
        (cell("cmd|&apos;/c calc&apos;!A0"), "a.xlsx", "dde"),
        (cell("WEBSERVICE(A1)"), "a.xlsx", "external_link"),
        (said("<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"), "a.docx", "xml"),
        (archive({"a.docx": word({"word/vbaProject.bin": b"x"})}), "a.zip", "macros"),
        (archive({"a.txt": b"\0\1"}), "a.zip", "type"),
        (b"name\n=cmd|'/c calc'!A0\n", "a.csv", "dde"),
    ],
)
def test_what_would_run_or_reach_out_is_named(content: bytes, name: str, kind: str) -> None:
    assert kind in kinds(content, name)


FORMS = 'xmlns:x="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OUT = 'Id="a" Type="t/attachedTemplate" Target="http://e/x" TargetMode="External"'


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (
            linked_as(f"<r:Relationships><r:Relationship {OUT}/></r:Relationships>"),
            "a.docx",
            "external_link",
        ),
        (linked_as(f'<R><Relationship X="a>b" {OUT}/></R>'), "a.docx", "external_link"),
        (linked_as('<R><Relationship Type="t/aFChunk" Target="a.rtf"/></R>'), "a.docx", "embedded"),
        (said(f"<x:p {FORMS}><x:instrText>DDEAUTO c</x:instrText></x:p>"), "a.docx", "dde"),
        (said("<w:p><w:instrText><![CDATA[DDEAUTO c]]></w:instrText></w:p>"), "a.docx", "dde"),
        (said("<w:p><w:fldSimple w:instr='DDE&#65;UTO c'/></w:p>"), "a.docx", "dde"),
        (word({"main/d.xml": "<w:p><w:instrText>DDE c</w:instrText></w:p>"}), "a.docx", "dde"),
        (word({"word/embeddings/a.pdf": pdf(b"<</S/JavaScript>>")}), "a.docx", "script"),
        (word({"Word/Document.xml": "<a/>"}), "a.docx", "twice"),
        (word({"word/document.xml": "<w:p>"}), "a.docx", "damaged"),
        (said("<w:p><w:instrText>DDE c</w:instrText></w:p>") + word(), "a.docx", "damaged"),
        (book({"xl/worksheets/sheet1.xml": "<x:c><x:f>c|'/d'!A</x:f></x:c>"}), "a.xlsx", "dde"),
        (book({"xl/workbook.xml": "<w><definedName>c|'/d'!A</definedName></w>"}), "a.xlsx", "dde"),
        (book({"xl/connections.xml": "<connections/>"}), "a.xlsx", "external_link"),
        (pdf(objects(b"/Type/ObjStm/Filter 7 0 R")), "a.pdf", "hidden"),
        (pdf(objects(b"/Type/ObjStm/Filter%a\n/FlateDecode")), "a.pdf", "script"),
        (pdf(objects(b"/Type/ObjStm/Filter/FlateDecode/X((1 0 obj)1 0 obj)")), "a.pdf", "script"),
        (pdf(objects(b"/Filter/FlateDecode")), "a.pdf", "script"),
        (
            pdf(objects(b"/Filter/FlateDecode").replace(b"stream\n", b"stream \n", 1)),
            "a.pdf",
            "script",
        ),
        (pdf(objects(b"/Type/ObjStm/F(elsewhere)")), "a.pdf", "hidden"),
    ],
)
def test_no_spelling_hides_what_would_run(content: bytes, name: str, kind: str) -> None:
    assert kind in kinds(content, name)


@pytest.mark.parametrize("sign", ["\u200b", "\u061c", "\u2028", "\x85", "\xad", "\u2060", "\udc80"])
def test_a_name_with_signs_that_do_not_show_is_refused(sign: str) -> None:
    assert kinds(b"text", f"a{sign}b.txt") == ("name",)


def test_no_file_makes_its_reader_go_over_it_again_and_again() -> None:
    """Each would take hours if it were read once for every part of it."""
    tiny = b"1 0 obj<</ObjStm/Filter/FlateDecode>>stream\n" + zlib.compress(b"x") + b"\n"
    assert kinds(pdf(tiny * 60_000), "a.pdf") == ()
    assert kinds(b"=" + b"|" * 2_000_000, "a.csv") == ()
    assert kinds(b'="' * 1_000_000, "a.csv") == ()


def test_an_ordinary_link_and_field_are_no_fault() -> None:
    link = RELS.format("hyperlink", "https://example.com/a?b=1&amp;c=2")
    fields = "<w:instrText> PAGE </w:instrText><w:instrText> REF included </w:instrText>"
    fields = f"<w:p>{fields}</w:p>"
    parts = {"word/_rels/document.xml.rels": link, "word/document.xml": fields}
    assert kinds(word(parts), "a.docx") == ()


# Archives


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    assert kinds(archive({"a.txt": b"0" * (8 << 20)}), "a.zip") == ("bomb",)
    assert "bomb" in kinds(word({"word/media/a.xml": b"0" * (8 << 20)}), "a.docx")


def test_what_swells_too_much_in_all_is_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachment_office, "MAX_TOTAL", 100_000)
    content = archive({f"{n}.txt": bytes(range(256)).hex() * 100 for n in range(5)}, packed=False)
    assert kinds(content, "a.zip") == ("bomb",)


def test_too_many_entries_are_a_bomb() -> None:
    content = archive({f"{n}.txt": b"" for n in range(attachment_office.MAX_ENTRIES + 1)})
    assert "bomb" in kinds(content, "a.zip")


def test_a_size_that_is_lied_about_is_damage() -> None:
    content = archive({"a.txt": b"x" * 500}, packed=False)
    lied = content.replace(struct.pack("<II", 500, 500), struct.pack("<II", 500, 50))
    assert set(kinds(lied, "a.zip")) & {"damaged", "bomb"}


def test_entries_that_share_their_bytes_are_a_bomb() -> None:
    content = bytearray(archive({"a.txt": b"x" * 400, "b.txt": b"y" * 400}, packed=False))
    second = content.rfind(b"PK\x01\x02")
    content[second + 42 : second + 46] = struct.pack("<I", 0)
    assert set(kinds(bytes(content), "a.zip")) & {"bomb", "damaged"}


@pytest.mark.parametrize("name", ["../a.txt", "/etc/a", "C:/a.txt", "a/../../b.txt", "..\\a"])
def test_an_entry_that_leads_out_is_refused(name: str) -> None:
    assert kinds(archive({name: b"x"}), "a.zip") == ("path",)


def test_a_link_in_an_archive_is_refused() -> None:
    info = zipfile.ZipInfo("a.txt")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        opened.writestr(info, "/etc/passwd")
    assert kinds(made.getvalue(), "a.zip") == ("path",)


def test_two_entries_of_one_name_are_refused() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened, pytest.warns(UserWarning, match="Duplicate"):
        opened.writestr("a.txt", "one")
        opened.writestr("a.txt", "two")
    assert "twice" in kinds(made.getvalue(), "a.zip")


def test_archives_lie_in_no_archive() -> None:
    inner = archive({"a.txt": "x"})
    assert kinds(archive({"b.zip": inner}), "a.zip") == ("nested",)
    deep = word(
        {
            "word/embeddings/1.docx": word(
                {"word/embeddings/2.docx": word({"word/embeddings/3.docx": word()})}
            )
        }
    )
    assert "nested" in kinds(deep, "a.docx")


def test_a_password_in_an_archive_is_named() -> None:
    content = bytearray(archive({"a.txt": b"x"}))
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(sign) + place] |= 1
    assert kinds(bytes(content), "a.zip") == ("encrypted",)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_an_archive_that_is_cut_off_is_damaged(share: float) -> None:
    content = word({"word/media/a.bin": bytes(range(256)) * 20})
    assert {"damaged", "type"} & set(kinds(content[: int(len(content) * share)], "a.docx"))


# PDF


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"3 0 obj\n<</S/JavaScript/JS(x)>>\nendobj\n", "script"),
        (b"3 0 obj\n<</S/Java#53cript/JS(x)>>\nendobj\n", "script"),
        (b"3 0 obj\n<</AcroForm<</XFA 4 0 R>>>>\nendobj\n", "script"),
        (b"3 0 obj\n<</S/Launch/F(x)>>\nendobj\n", "launch"),
        (b"3 0 obj\n<</Names<</EmbeddedFiles 4 0 R>>>>\nendobj\n", "embedded"),
        (b"3 0 obj\n<</Type/EmbeddedFile>>\nendobj\n", "embedded"),
        (b"3 0 obj\n<</Subtype/RichMedia>>\nendobj\n", "embedded"),
        (b"3 0 obj\n<</S/SubmitForm>>\nendobj\n", "external_link"),
        (b"3 0 obj\n<</S/GoToR/F(x)>>\nendobj\n", "external_link"),
        (b"trailer\n<</Encrypt 5 0 R>>\n", "encrypted"),
        (stream(b"/Type/ObjStm/N 1/First 4", b"9 0 <</S/JavaScript/JS(x)>>"), "script"),
        (stream(b"/Type/Obj#53tm/N 1/First 4", b"9 0 <</S/Launch>>"), "launch"),
        (stream(b"/Type/ObjStm", b"9 0 <</S/Launch>>", packed=False), "launch"),
        (stream(b"/Type/ObjStm/Filter[/ASCIIHexDecode/Fl]", b"00", packed=False), "hidden"),
        (stream(b"/Type/ObjStm/DecodeParms<</Predictor 12>>", b"00"), "hidden"),
        (stream(b"/Type/ObjStm/Filter/FlateDecode", b"not packed", packed=False), "damaged"),
    ],
)
def test_what_a_pdf_would_do_is_named(body: bytes, kind: str) -> None:
    assert kinds(pdf(body), "a.pdf") == (kind,)


def test_objects_that_swell_are_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachment_pdf, "MAX_OBJECTS", 10_000)
    assert kinds(pdf(stream(b"/Type/ObjStm", bytes(50_000))), "a.pdf") == ("bomb",)


def test_a_pdf_without_its_end_is_cut_off() -> None:
    assert kinds(PDF, "a.pdf") == ("truncated",)
    assert kinds(pdf() + bytes(5_000), "a.pdf") == ("truncated",)


# Pictures


def test_a_picture_is_whole_and_nothing_more() -> None:
    assert kinds(png()[:-6], "a.png") == ("truncated",)
    assert kinds(png(more=b"PK"), "a.png") == ("damaged",)
    broken = bytearray(png())
    broken[-20] ^= 1
    assert kinds(bytes(broken), "a.png")[0] in ("damaged", "truncated")
    assert kinds(JPEG[:-1], "a.jpg") == ("truncated",)
    assert kinds(JPEG + b"PK\x03\x04", "a.jpg") == ("damaged",)


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    assert kinds(png(width=MAX_PIXELS, height=2), "a.png") == ("too_large",)
    assert kinds(png(width=0), "a.png") == ("too_large",)


# Anything


@given(content=st.binary(max_size=300), name=st.text(max_size=30))
@settings(max_examples=150, deadline=None)
def test_whatever_comes_is_looked_at_without_an_error(content: bytes, name: str) -> None:
    found = look(content, name)
    assert found.faults or found.media


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_never_raises(data: st.DataObject) -> None:
    content, name = data.draw(
        st.sampled_from(
            [(word(), "a.docx"), (pdf(), "a.pdf"), (png(), "a.png"), (book(), "a.xlsx")]
        )
    )
    at = data.draw(st.integers(0, len(content) - 1))
    broken = (
        content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :]
    )
    assert isinstance(look(broken[: data.draw(st.integers(1, len(broken)))], name).faults, tuple)


def test_a_fault_never_quotes_what_is_in_the_file() -> None:
    value = "value-of-a-cell"
    told = json.dumps([str(fault) for fault in look(cell(f"cmd|{value}!A0"), "a.xlsx").faults])
    assert "dde" in told and value not in told
