"""Secrets and personal data: found wherever they hide, and never told by value."""

import io
import json
import zipfile
import zlib
from typing import Any

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.filing.document import Fields, Table, Text
from guanyao.flows.filing import text as filing_text
from guanyao.flows.filing.secret_kinds import entropy, looks_random
from guanyao.flows.filing.secrets import look, scan
from guanyao.flows.filing.text import read
from tests.flows.filing.desk_play import document, docx, pdf, sheet

SECRETS = {
    "private key": "-----BEGIN OPENSSH PRIVATE KEY-----",
    "AWS key": "AKIA" + "ABCDEFGH23456789",
    "Aliyun key": "LTAI5tAbCdEfGhIjKlMnOpQr",
    "Tencent Cloud key": "AKID" + "a1B2c3D4" * 4,
    "Volcengine key": "AKLT" + "a1B2c3D4" * 4,
    "GitHub token": "ghp_" + "a1B2c3D4e5" * 4,
    "GitLab token": "glpat-" + "a1B2c3D4e5" * 2,
    "OpenAI-style key": "sk-proj-" + "a1B2c3D4e5" * 4,
    "Google key": "AIza" + "a1B2c3D4e5" * 3 + "abcde",
    "Hugging Face token": "hf_" + "a1B2c3D4e5" * 3,
    "Slack token": "xoxb-" + "1234567890" + "-abc",
    "Stripe key": "sk_live_" + "a1B2c3D4e5" * 2,
    "package registry token": "npm_" + "a1B2c3D4e" * 4,
    "JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "connection string with a password": "postgresql://user:s3cr3tPw@db.example.com/x",
    "bearer token": "Authorization: Bearer a1B2c3D4e5f6G7h8",
}
PASSWORDS = [
    "密码：Abc12345",
    "测试账号 test01 密 码: letmein99",
    "口令是 letmein",
    "password = hunter22",
    'passwd:"hunter22"',
    "pwd=aaaaaa",
    "初始密码\tabc123",
    "授权码：qwertyuiop",
]
KEYS = [
    "api_key: Zx81kLmQ02pWvB",
    "AccessKey Secret：Zx81kLmQ02pWvBzz",
    "client_secret=Zx81kLmQ02pWvB",
    "接口令牌如下 q7Zt0aVx93LmPw2RkY5uBc",
    "访问凭证（请勿外传） q7Zt0aVx93LmPw2RkY5uBc",
]
HARMLESS = [
    "密码由使用者自行设定，长度不少于八位。",
    "密码：******",
    "password: required",
    "Password: ${DB_PASSWORD}",
    "password: <your password>",
    "口令长度不少于 8 位，密码以 SHA-256 摘要保存",
    "密钥摘要 " + "ab12" * 16,
    "token 步骤使用 HMAC-SHA-256",
    "postgresql://user:***@db.example.com/x",
    "备案号 1234567890",
    "2026-03-02T02:00:07+00:00",
    "抽样 4000 条，合格率 96 %",
    "访问令牌每二十四小时轮换一次",
]
PERSONS = {
    "resident identity number": "98010119900307003X",
    "mobile phone number": "154 0013 8000",
    "e-mail address": "wang@example.com",
    "bank card number": "银行卡号 6299900000000006",
    "person's name": "联系人：王小明",
}


@pytest.mark.parametrize(("kind", "text"), SECRETS.items())
def test_a_secret_is_told_by_its_form(kind: str, text: str) -> None:
    found = scan(f"见 {text} 。".encode(), "a.txt")
    assert f"a.txt, line 1: {kind}" in found
    assert text not in str(found)


@pytest.mark.parametrize("text", PASSWORDS)
def test_a_password_is_told_by_the_word_before_it(text: str) -> None:
    assert scan(text.encode(), "a.txt") == ["a.txt, line 1: password"]


@pytest.mark.parametrize("text", KEYS)
def test_a_key_is_told_by_the_word_beside_it(text: str) -> None:
    assert scan(text.encode(), "a.txt") != []


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert scan(text.encode(), "a.txt") == []


@pytest.mark.parametrize(("kind", "text"), PERSONS.items())
def test_personal_data_is_told_by_kind(kind: str, text: str) -> None:
    found = scan(text.encode(), "a.txt")
    assert f"a.txt, line 1: {kind}" in found
    assert text not in str(found)


def test_what_a_file_is_asked_to_state_is_allowed_there_and_secrets_never_are() -> None:
    content = "联系电话：15400138000，邮箱 wu@example.com，密码：Abc12345".encode()
    assert len(scan(content, "form")) == 3
    allowed = ("154-0013-8000", "wu@example.com", "Abc12345")
    assert scan(content, "form", allowed) == ["form, line 1: password"]
    assert len(scan(content, "form", ("154 0013 8001", "u@example.com"))) == 3


def test_a_part_of_an_allowed_text_is_allowed() -> None:
    content = "客服 154 0013 8000".encode()
    assert scan(content, "a", ("服务页面，或客服电话 15400138000（工作日）",)) == []


def test_the_same_value_is_told_once_for_a_file() -> None:
    content = ("手机 15400138000\n" * 50).encode()
    assert scan(content, "a") == ["a, line 1: mobile phone number"]


def test_many_findings_are_shortened() -> None:
    lines = "\n".join(f"手机 154001{n:05d}" for n in range(40))
    found = scan(lines.encode(), "a")
    assert len(found) == 21
    assert found[-1] == "a: 20 more places"


def test_a_name_that_gives_something_away_is_not_repeated() -> None:
    (found,) = scan(b"x", "15400138000.txt")
    assert found == "a file, in its name: mobile phone number"


# Wherever it hides


SECRET = "密码：Abc12345"  # noqa: S105 - nobody's


def zipped(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    return zipped({**parts, name: part})


def document_with(*blocks: Any) -> Any:
    return document("证明", *blocks)


COMMENT = (
    '<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:comment><w:p><w:r><w:t>密码：</w:t></w:r><w:r><w:t>Abc12345</w:t></w:r></w:p></w:comment>"
    "</w:comments>"
).encode()
PLACES: dict[str, bytes] = {
    "a paragraph": docx(document_with(Text(SECRET))),
    "a table": docx(
        document_with(
            Table(columns=("账号", "密码"), rows=(("test01", "Abc12345"),)),
            Fields((("密码", "Abc12345"),)),
        )
    ),
    "a comment of a document": with_part(
        docx(document_with(Text("无"))), "word/comments.xml", COMMENT
    ),
    "metadata": with_part(
        docx(document_with(Text("无"))),
        "docProps/custom.xml",
        f"<Properties><property name='x'>{SECRET}</property></Properties>".encode(),
    ),
    "a row of a sheet": sheet(("项", "值"), [("密码", "Abc12345")]),
    "a column of a sheet": sheet(("账号", "密码"), [("test01", "Abc12345")]),
    "a file in a document": with_part(
        docx(document_with(Text("无"))), "word/embeddings/a.txt", SECRET.encode()
    ),
    "a page": pdf(document_with(Text(SECRET))),
    "an archive": zipped({"a/b.txt": SECRET.encode()}),
    "an archive in an archive": zipped({"a.zip": zipped({"b.json": b'{"password":"Abc12345"}'})}),
    "JSON": json.dumps({"a": [{"密码": "Abc12345"}]}).encode(),
    "CSV": "账号,密码\ntest01,Abc12345\n".encode(),
    "HTML": "<p>密码：<b>&#65;bc12345</b></p>".encode(),
    "GB18030": SECRET.encode("gb18030"),
    "UTF-16": SECRET.encode("utf-16"),
    "UTF-8 with a mark": SECRET.encode("utf-8-sig"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_found_in(place: str) -> None:
    found = scan(PLACES[place], "a")
    assert any(item.endswith(": password") for item in found), (found, look(PLACES[place], "a"))
    assert "Abc12345" not in str(found)


def test_metadata_and_notes_of_a_pdf_are_read() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf(document_with(Text("无")))))
    writer.add_metadata({"/Keywords": "password=hunter22"})
    writer.add_attachment("a.txt", SECRET.encode())
    buffer = io.BytesIO()
    writer.write(buffer)
    found = scan(buffer.getvalue(), "a.pdf")
    assert found == ["a.pdf, metadata: password", "a.pdf, a.txt › line 1: password"]


def test_a_hidden_sheet_is_read() -> None:
    content = sheet(("项", "值"), [("说明", "无")])
    part = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row><c t="inlineStr"><is><t>密码：Abc12345</t></is></c></row></sheetData></worksheet>'
    ).encode()
    found = scan(with_part(content, "xl/worksheets/sheet9.xml", part), "a.xlsx")
    assert found == ["a.xlsx, sheet9 row 1: password"]


# What cannot be read


def encrypted_pdf() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf(document_with(Text("无")))))
    writer.encrypt("secret", algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def marked_encrypted(content: bytes) -> bytes:
    at = content.find(b"PK\x01\x02")
    return content[: at + 8] + bytes([content[at + 8] | 1]) + content[at + 9 :]


def deep() -> bytes:
    content = b"x"
    for _ in range(6):
        content = zipped({"a.zip": content})
    return content


CLOSED = {
    "encrypted PDF": (encrypted_pdf, "encrypted PDF"),
    "damaged PDF": (lambda: b"%PDF-1.7\n" + b"\x00" * 200, "damaged PDF"),
    "old Office": (lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(100), "old Office"),
    "encrypted zip": (lambda: marked_encrypted(zipped({"a": b"x"})), "encrypted"),
    "damaged zip": (lambda: b"PK\x03\x04" + bytes(30), "damaged archive"),
    "binary": (lambda: b"\x00\x01\x02\x03" * 20, "cannot be read"),
    "deep": (deep, "archives"),
    "entities": (
        lambda: with_part(
            docx(document_with(Text("无"))), "word/x.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'
        ),
        "no plain XML",
    ),
}


@pytest.mark.parametrize("what", CLOSED)
def test_what_cannot_be_looked_into_counts_as_a_finding(what: str) -> None:
    made, why = CLOSED[what]
    found = scan(made(), "a")
    assert len(found) == 1
    assert found[0].startswith("a cannot be looked into (")
    assert why in found[0]


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filing_text, "MAX_UNPACKED", 1000)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"x" * 1_000_000)
    reading = filing_text.Reading(_left=1000)
    filing_text._read(reading, buffer.getvalue(), "", 0)
    assert reading.pieces == []
    assert reading.closed == ["a member is encrypted, damaged or too large"]


def test_a_file_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filing_text, "MAX_FILE", 10)
    assert scan(b"x" * 11, "a") == ["a cannot be looked into (larger than 0 MiB)"]


def test_pages_and_pictures_without_text_are_told_and_are_no_finding() -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    buffer = io.BytesIO()
    writer.write(buffer)
    found = look(buffer.getvalue(), "scan.pdf")
    assert (found.findings, found.unread) == ([], ["1 of 1 pages hold no text"])
    found = look(b"\x89PNG\r\n\x1a\n", "shot.png")
    assert (found.findings, found.unread) == ([], ["a picture"])


# Values of the training data


def test_values_of_the_training_data_are_found_as_words_and_cells() -> None:
    raw = ("P100012", "王二麻子店", "12", "1001")
    assert scan(b"see P100012, please", "a", raw=raw) != []
    assert scan("店：王二麻子店，".encode(), "a", raw=raw) != []
    assert scan(b"P1000125 and 12 and 1001", "a", raw=raw) == []
    found = scan(sheet(("id", "age"), [("P100012", "30")]), "a", raw=raw)
    assert found == ["a, sheet1 row 2: a value of the training data"]


# Properties


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_whatever_comes_nothing_raises(content: bytes) -> None:
    for head in (b"", b"PK\x03\x04", b"%PDF-1.4\n", b"{", b"<"):
        look(head + content, "a")


@settings(max_examples=30, deadline=None)
@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789ABCDEF", min_size=12, max_size=40))
def test_a_value_is_never_told(value: str) -> None:
    for item in scan(f"密码：{value}x9".encode(), "file"):
        assert value not in item


def test_chance_is_told_from_words() -> None:
    assert looks_random("q7Zt0aVx93LmPw2RkY5uBc")
    assert not looks_random("ab12" * 16)
    assert not looks_random("guanyao_filing_manifest_one_2")
    assert entropy("aaaa") == 0
    assert entropy("abcd") == 2


def test_the_places_of_a_table_stand_in_order() -> None:
    texts = [piece.text for piece in read(sheet(("a", "b"), [("1", ""), ("", "2")])).pieces]
    assert texts[:3] == ["a\tb", "1\t", "\t2"]


PHONE = "15400138000"
SAYS = f"tel {PHONE}"
CONTENT = "<T/>"
SPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
CELLS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def in_word(body: str = "", **parts: str) -> bytes:
    every = {f"word/{name}.xml": f"<w:x {SPACES}>{part}</w:x>" for name, part in parts.items()}
    own = {"[Content_Types].xml": CONTENT, "word/document.xml": f"<w:d {SPACES}>{body}</w:d>"}
    return zipped({name: part.encode() for name, part in {**own, **every}.items()})


def in_sheet(sheet: str, notes: str = "") -> bytes:
    parts = {"[Content_Types].xml": CONTENT, "xl/workbook.xml": f"<workbook {CELLS}/>"}
    parts["xl/worksheets/sheet1.xml"] = f"<worksheet {CELLS}>{sheet}</worksheet>"
    parts["xl/comments1.xml"] = f"<comments {CELLS}>{notes}</comments>"
    return zipped({name: part.encode() for name, part in parts.items()})


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + bytes(4)


def in_picture(kind: bytes, body: bytes) -> bytes:
    head = chunk(b"IHDR", bytes(13))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(kind, body) + chunk(b"IEND", b"")


def in_pdf(change: Any) -> bytes:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(10, 10)
    change(writer)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def with_xmp(writer: pypdf.PdfWriter) -> None:
    found = pypdf.generic.StreamObject()
    found.set_data(f"<x>{SAYS}</x>".encode())
    found[pypdf.generic.NameObject("/Type")] = pypdf.generic.NameObject("/Metadata")
    writer.root_object[pypdf.generic.NameObject("/Metadata")] = writer._add_object(found)


HIDING = {
    "deleted text": in_word(f"<w:p><w:delText>{SAYS}</w:delText></w:p>"),
    "a field": in_word(f"<w:p><w:instrText>LINK {SAYS}</w:instrText></w:p>"),
    "words for a picture": in_word(f"<w:p><w:docPr descr='{PHONE}'/></w:p>"),
    "a chart": in_word(chart="<a:p><a:t>tel 154001</a:t><a:t>38000</a:t></a:p>"),
    "a variable": in_word(settings=f"<w:docVar w:val='{SAYS}'/>"),
    "the head of a sheet": in_sheet(f"<headerFooter><oddHeader>{SAYS}</oddHeader></headerFooter>"),
    "a rule for input": in_sheet(f"<dataValidation prompt='{SAYS}'/>"),
    "a formula": in_sheet(f'<sheetData><row><c r="A1"><f>"{SAYS}"</f></c></row></sheetData>'),
    "a long number": in_sheet(
        "<sheetData><row><c r='A1'><v>1.5400138E10</v></c></row></sheetData>"
    ),
    "a note": in_sheet("", "<text><r><t>tel 154001</t></r><r><t>38000</t></r></text>"),
    "a remark in a picture": in_picture(b"tEXt", b"Comment\0" + SAYS.encode()),
    "a packed remark": in_picture(b"zTXt", b"C\0\0" + zlib.compress(SAYS.encode())),
    "a remark in a photograph": b"\xff\xd8\xff\xfe\x00\x11" + SAYS.encode() + b"\xff\xd9",
    "a bookmark": in_pdf(lambda writer: writer.add_outline_item(title=SAYS, page_number=0)),
    "XMP": in_pdf(with_xmp),
}


@pytest.mark.parametrize("place", HIDING)
def test_personal_data_is_found_where_no_reader_looks(place: str) -> None:
    found = scan(HIDING[place], "f")
    assert any("mobile phone number" in one for one in found), found


def test_a_link_of_a_document_is_read() -> None:
    relations = b"<R><Relationship Target='mailto:wang@example.com'/></R>"
    parts = {"[Content_Types].xml": b"<T/>", "word/document.xml": b"<d/>"}
    found = scan(zipped({**parts, "word/_rels/document.xml.rels": relations}), "f")
    assert any("e-mail" in one for one in found)


def test_pages_that_are_named_again_and_again_are_not_counted_to_the_end() -> None:
    """Thirty to the sixth pages, in a file of two kilobytes."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>"]
    for n in range(6):
        objects.append(f"<</Type/Pages/Count 9/Kids[{f'{n + 3} 0 R ' * 30}]>>")
    objects.append("<</Type/Page/MediaBox[0 0 9 9]>>")
    body, table = b"%PDF-1.4\n", b"0000000000 65535 f \n"
    for n, said in enumerate(objects, 1):
        table += f"{len(body):010d} 00000 n \n".encode()
        body += f"{n} 0 obj\n{said}\nendobj\n".encode()
    count = len(objects) + 1
    end = f"trailer\n<</Size {count}/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF\n".encode()
    found = look(body + f"xref\n0 {count}\n".encode() + table + end, "f")
    assert found.findings == [f"f cannot be looked into (more than {filing_text.MAX_PAGES} pages)"]


def test_no_document_is_asked_for_what_identifies_a_person() -> None:
    id = PERSONS["resident identity number"]
    assert scan(f"联系人证件 {id}".encode(), "f", allowed=[id]) != []


def test_text_without_an_end_is_searched_quickly() -> None:
    assert scan(b"<" * 2_000_000, "f") == []
    assert scan(b"-eyJaaaaaaaaaaaaaa" * 50_000, "f") == []
