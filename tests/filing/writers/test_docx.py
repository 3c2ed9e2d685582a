"""Word files: all that a document says, in a form that an office goes on writing in."""

import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.errors import DataError
from guanyao.filing.document import (
    Document,
    Heading,
    PageBreak,
    Picture,
    Signatures,
    Table,
    Text,
    unfilled,
)
from guanyao.filing.writers import docx, layout
from guanyao.filing.writers.characters import clean
from guanyao.filing.writers.word_parts import WORD
from tests.filing.writers.made_document import (
    HOSTILE,
    SMALL,
    document,
    every_block,
    hostile,
    long_document,
    table,
)

python_docx = pytest.importorskip("docx")
ElementTree = pytest.importorskip("lxml.etree")
W = f"{{{WORD}}}"
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore numPr pBdr spacing ind jc outlineLvl",
    "rPr": "rFonts b bCs color sz szCs highlight lang",
    "tcPr": "tcW shd vAlign",
    "tblPr": "tblStyle tblW tblBorders tblLayout tblCellMar tblLook",
    "sectPr": "headerReference footerReference pgSz pgMar titlePg",
    "style": "name basedOn next semiHidden qFormat pPr rPr tblPr",
    "settings": "zoom defaultTabStop characterSpacingControl compat themeFontLang",
    "font": "altName panose1 charset family pitch",
    "lvl": "start numFmt lvlText lvlJc pPr",
}
"""ISO/IEC 29500-1:2016 annex A: the order of what stands in an element; Word insists on it."""


def opened(content: bytes) -> Any:
    return python_docx.Document(io.BytesIO(content))


def parts(content: bytes) -> dict[str, bytes]:
    with ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def tree(content: bytes, part: str = "word/document.xml") -> Any:
    return ElementTree.fromstring(parts(content)[part])


def said(content: bytes) -> list[str]:
    """Every paragraph of the body, tables and contents among them."""
    return ["".join(pieces(p)) for p in tree(content).iter(f"{W}p")]


def pieces(paragraph: Any) -> Iterator[str]:
    signs = {f"{W}br": "\n", f"{W}tab": "\t"}
    for element in paragraph.iter(f"{W}t", f"{W}br", f"{W}tab"):
        yield signs.get(element.tag) or element.text or ""


def expected(given_document: Document) -> Iterator[str]:
    for block in given_document.blocks:
        for text in block.texts():
            yield from layout.lines(clean(text)) if isinstance(block, Text) else [clean(text)]


def holds_everything(given_document: Document) -> None:
    found = said(docx.write(given_document))
    assert clean(given_document.title) in found
    for text in expected(given_document):
        assert text == "" or text in found


def test_it_says_all_that_the_document_says() -> None:
    holds_everything(document())


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stands_there_as_it_is(text: str) -> None:
    holds_everything(hostile(text, title=text))


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_any_text_can_be_written_and_read(text: str) -> None:
    blocks = tuple(b for b in hostile(text).blocks if not isinstance(b, Picture))
    holds_everything(Document(name="x", title=text, subtitle=text, blocks=blocks))


def test_the_same_document_is_the_same_bytes() -> None:
    assert docx.write(document()) == docx.write(document())


def test_what_is_to_be_filled_in_is_found_again_and_seen() -> None:
    content = docx.write(document())
    assert unfilled("\n".join(said(content))) == document().unfilled() == ["单位全称"]
    marked = [
        run for run in tree(content).iter(f"{W}r") if run.find(f".//{W}highlight") is not None
    ]
    assert ["".join(pieces(run)) for run in marked] == ["【待填写：单位全称】"]


def test_headings_are_those_of_word() -> None:
    found = [
        (p.style.name, p.text)
        for p in opened(docx.write(document())).paragraphs
        if "Heading" in p.style.name
    ]
    assert found == [
        ("Heading 1", "一、概况"),
        ("Heading 2", "（一）措施"),
        ("Heading 3", "1. 对照"),
        ("Heading 1", "二、结论"),
    ]


def test_chinese_faces_are_named_with_what_may_stand_in_for_them() -> None:
    files = parts(docx.write(document()))
    styles, fonts = files["word/styles.xml"].decode(), files["word/fontTable.xml"].decode()
    for face in set(re.findall(r'w:eastAsia="([^"]+)"', styles)) - {"zh-CN"}:
        assert re.search(f'<w:font w:name="{face}"><w:altName w:val="[^"]+"', fonts)
    assert {"仿宋", "宋体", "黑体"} <= set(re.findall(r'w:eastAsia="([^"]+)"', styles))


def test_header_and_footer() -> None:
    content = docx.write(document())
    section = opened(content).sections[0]
    assert section.header.paragraphs[0].text == "安全自评估报告"
    assert section.different_first_page_header_footer
    for name in ("word/footer1.xml", "word/footer2.xml"):
        footer = tree(content, name)
        counted = [field.get(f"{W}instr").strip() for field in footer.iter(f"{W}fldSimple")]
        assert counted == ["PAGE", "NUMPAGES"]
        assert "".join(t.text for t in footer.iter(f"{W}t")) == "第 1 页　共 1 页"


def test_the_properties_name_no_person_and_no_day() -> None:
    core = opened(docx.write(document())).core_properties
    assert (core.title, core.language) == ("安全自评估报告", "zh-CN")
    assert (core.author, core.last_modified_by, core.created) == ("", "", None)


def test_the_day_is_the_one_that_is_given() -> None:
    china = timezone(timedelta(hours=8))
    content = docx.write(document(), created=datetime(2026, 11, 22, 8, 30, tzinfo=china))
    assert opened(content).core_properties.created.isoformat() == "2026-11-22T00:30:00+00:00"


def test_heads_repeat_and_rows_stay_whole() -> None:
    body = tree(docx.write(document(table(60), Signatures(("甲", "乙")))))
    heads = [row for row in body.iter(f"{W}tr") if row.find(f"{W}trPr/{W}tblHeader") is not None]
    assert ["".join(pieces(head)) for head in heads] == [
        "条款要求（摘要）结论证据摘要",
        "签署人签字／盖章日期",
    ]
    rows = list(body.iter(f"{W}tr"))
    assert len(rows) == 61 + 3
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)


def test_only_a_row_higher_than_most_of_a_page_may_break() -> None:
    rows = (("1", "短"), ("2", "长" * 3000))
    body = tree(docx.write(document(Table(columns=("a", "b"), rows=rows))))
    whole = [row.find(f"{W}trPr/{W}cantSplit") is not None for row in body.iter(f"{W}tr")]
    assert whole == [True, True, False]


def test_columns_are_as_wide_as_asked() -> None:
    found = opened(docx.write(document(table(1)))).tables[0]
    total = sum(column.width for column in found.columns)
    assert [round(column.width / total, 2) for column in found.columns] == [0.1, 0.4, 0.1, 0.4]
    assert round(total / 36000) == round(layout.text_width_mm(document()))


@pytest.mark.parametrize("is_wide", [False, True])
def test_pages_are_a4(is_wide: bool) -> None:
    section = opened(docx.write(document(is_wide=is_wide))).sections[0]
    size = (round(section.page_width / 36000), round(section.page_height / 36000))
    assert size == ((297, 210) if is_wide else (210, 297))


def test_a_signature_has_room_for_a_seal() -> None:
    body = tree(docx.write(document(Signatures(("法定代表人",)))))
    heights = [int(h.get(f"{W}val")) for h in body.iter(f"{W}trHeight")]
    assert heights == [round(layout.SEAL_MM / 25.4 * 1440)]


def test_each_list_of_steps_begins_at_one() -> None:
    content = docx.write(document())
    lists = [n.get(f"{W}val") for n in tree(content).iter(f"{W}numId")]
    assert lists == ["2", "2", "3", "3"]
    numbering = tree(content, "word/numbering.xml")
    starts = [
        n.get(f"{W}numId")
        for n in numbering.iter(f"{W}num")
        if n.find(f".//{W}startOverride") is not None
    ]
    assert starts == ["2", "3"]


def test_a_long_document_begins_with_its_contents() -> None:
    content = docx.write(long_document())
    body = tree(content)
    field = "".join(text.text for text in body.iter(f"{W}instrText"))
    assert field.strip() == 'TOC \\o "1-3" \\h \\z \\u'
    kinds = [c.get(f"{W}fldCharType") for c in body.iter(f"{W}fldChar")]
    assert kinds == ["begin", "separate", "end"]
    links = {link.get(f"{W}anchor"): "".join(pieces(link)) for link in body.iter(f"{W}hyperlink")}
    marks = {mark.get(f"{W}name") for mark in body.iter(f"{W}bookmarkStart")}
    assert list(links.values()) == [f"第{number}章" for number in "一二三四五六七八九"]
    assert set(links) == marks
    assert not list(tree(docx.write(document())).iter(f"{W}instrText"))


@pytest.mark.parametrize("after", [Text("后"), Heading(level=1, text="后"), table(1), table(1, "")])
def test_a_page_break_begins_a_page_without_an_empty_line(after: Any) -> None:
    body = tree(docx.write(document(Text("前"), PageBreak(), PageBreak(), after)))
    broken = list(body.iter(f"{W}pageBreakBefore"))
    assert len(broken) == 1
    assert not [br for br in body.iter(f"{W}br") if br.get(f"{W}type") == "page"]


def test_a_picture_has_two_hundred_dots_an_inch_and_says_what_it_shows() -> None:
    pytest.importorskip("typst")
    content = docx.write(document())
    shape = opened(content).inline_shapes[0]
    image = parts(content)["word/media/image1.png"]
    dots = int.from_bytes(image[16:20], "big"), int.from_bytes(image[20:24], "big")
    assert abs(dots[0] / (shape.width / 914_400) - 200) < 1
    assert abs(shape.width / shape.height - dots[0] / dots[1]) < 0.01
    assert shape._inline.docPr.get("descr") == "图 1 生成机理"


def test_a_high_picture_stays_on_its_page() -> None:
    pytest.importorskip("typst")
    svg = SMALL.format(100, 900, '<rect width="9" height="9"/>')
    shape = opened(docx.write(document(Picture(svg=svg, caption="高")))).inline_shapes[0]
    assert shape.height / 36000 <= layout.text_height_mm(document())


def test_a_drawing_that_is_none_is_refused() -> None:
    pytest.importorskip("typst")
    with pytest.raises(DataError) as found:
        docx.write(document(Picture(svg="<svg", caption="坏")))
    assert found.value.code == "filing.picture"


@pytest.mark.parametrize(
    "made", [document(), long_document(), document(*every_block(), is_wide=True)]
)
def test_what_stands_in_an_element_stands_in_its_order(made: Document) -> None:
    for name, content in parts(docx.write(made)).items():
        if name.endswith(".xml") and name.startswith("word/"):
            for element in ElementTree.fromstring(content).iter():
                in_order(element)


def in_order(element: Any) -> None:
    order = ORDER.get(element.tag.removeprefix(W), "").split()
    found = [child.tag.removeprefix(W) for child in element]
    if order:
        assert set(found) <= set(order)
        assert found == sorted(found, key=order.index)


def test_every_part_has_a_kind_and_every_relation_a_part() -> None:
    files = parts(docx.write(document()))
    types = files["[Content_Types].xml"].decode()
    for name in files:
        assert f'PartName="/{name}"' in types or f'Extension="{name.rpartition(".")[2]}"' in types
    targets = re.findall(r'Target="([^"]+)"', files["word/_rels/document.xml.rels"].decode())
    assert {f"word/{target}" for target in targets} <= set(files)
    used = set(re.findall(rb'r:(?:id|embed)="([^"]+)"', files["word/document.xml"]))
    known = set(re.findall(rb' Id="([^"]+)"', files["word/_rels/document.xml.rels"]))
    assert used <= known
    assert not any("thumbnail" in name or "custom" in name for name in files)
