"""A document as a Word file that an office can go on writing in.

Written part by part instead of through a library's template: no styles nobody uses, no thumbnail of
another document, and the same bytes for the same document.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import singledispatchmethod
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from guanyao.errors import InternalError
from guanyao.filing.document import (
    Block,
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
from guanyao.filing.writers import drawing, layout, word_parts
from guanyao.filing.writers.characters import clean, pieces
from guanyao.filing.writers.word_parts import CENTRE, NAMES, OFFICE, PACKAGE, twips

KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml"
EMU_PER_MM = 36_000
MISSING = '<w:rPr><w:highlight w:val="yellow"/></w:rPr>'


def write(document: Document, *, created: datetime | None = None) -> bytes:
    """The document as a .docx file.

    Control characters and what else XML cannot hold become U+FFFD (`characters.clean`).

    Args:
        document: What it says.
        created: When it was made; None: the file does not say.

    Raises:
        DataError: A drawing is no SVG, or a row of a table has too many or too few texts.
        ConfigError: There is a drawing, and no font with Chinese glyphs is installed.
        MissingExtraError: There is a drawing, and typst is not installed.
    """
    body = _Body(document)
    pages = body.xml()
    when = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if created else ""
    title = layout.title_of(document)
    texts = {
        "word/document.xml": (f"{KIND}.document.main+xml", pages),
        "word/styles.xml": (f"{KIND}.styles+xml", word_parts.styles()),
        "word/numbering.xml": (f"{KIND}.numbering+xml", word_parts.numbering(body.n_numbered)),
        "word/settings.xml": (f"{KIND}.settings+xml", word_parts.settings()),
        "word/fontTable.xml": (f"{KIND}.fontTable+xml", word_parts.font_table()),
        "word/header1.xml": (f"{KIND}.header+xml", word_parts.header(title)),
        "word/header2.xml": (f"{KIND}.header+xml", word_parts.header("")),
        "word/footer1.xml": (f"{KIND}.footer+xml", word_parts.footer()),
        "word/footer2.xml": (f"{KIND}.footer+xml", word_parts.footer()),
        "docProps/core.xml": (
            "application/vnd.openxmlformats-package.core-properties+xml",
            word_parts.core(title, when),
        ),
        "docProps/app.xml": (
            "application/vnd.openxmlformats-officedocument.extended-properties+xml",
            word_parts.app(),
        ),
    }
    types = word_parts.content_types({name: kind for name, (kind, _) in texts.items()})
    return _zipped(
        {
            "[Content_Types].xml": types.encode(),
            "_rels/.rels": _root().encode(),
            "word/_rels/document.xml.rels": _related(len(body.pictures)).encode(),
            **{name: text.encode() for name, (_, text) in texts.items()},
            **{f"word/media/image{n}.png": image for n, image in enumerate(body.pictures, 1)},
        }
    )


PARTS = ("styles", "numbering", "settings", "fontTable", "header1", "header2", "footer1", "footer2")


def _root() -> str:
    kinds = f"{OFFICE}/relationships"
    return word_parts.relations(
        [
            ("rId1", f"{kinds}/officeDocument", "word/document.xml"),
            ("rId2", f"{PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            ("rId3", f"{kinds}/extended-properties", "docProps/app.xml"),
        ]
    )


def _related(n_pictures: int) -> str:
    kinds = f"{OFFICE}/relationships"
    parts = [(part, f"{kinds}/{part.rstrip('12')}", f"{part}.xml") for part in PARTS]
    pictures = [
        (f"image{n}", f"{kinds}/image", f"media/image{n}.png") for n in range(1, n_pictures + 1)
    ]
    return word_parts.relations([*parts, *pictures])


def _zipped(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as package:
        for name, content in parts.items():
            info = ZipInfo(name, layout.EPOCH.timetuple()[:6])
            info.compress_type, info.create_system, info.external_attr = ZIP_DEFLATED, 0, 0
            package.writestr(info, content)
    return file.getvalue()


def _runs(text: str) -> str:
    """Runs with this text; what is still to be filled in is highlighted."""
    return "".join(
        f"<w:r>{MISSING if is_missing else ''}{_words(piece)}</w:r>"
        for piece, is_missing in pieces(clean(text))
    )


def _words(text: str) -> str:
    lines = (
        "<w:tab/>".join(
            f'<w:t xml:space="preserve">{escape(part)}</w:t>' for part in line.split("\t")
        )
        for line in text.split("\n")
    )
    return "<w:br/>".join(lines)


def _paragraph(style: str, text: str, *, more: str = "", around: tuple[str, str] = ("", "")) -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>'
    return f"<w:p>{properties}{around[0]}{_runs(text)}{around[1]}</w:p>"


def _cell(width: int, paragraph: str, fill: str = "") -> str:
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}<w:vAlign w:val="center"/>'
        f"</w:tcPr>{paragraph}</w:tc>"
    )


def _row(cells: Sequence[str], properties: str) -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def _grid(widths: Sequence[int], rows: Sequence[str]) -> str:
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/><w:tblLook w:val="0020" w:firstRow="1"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _head(titles: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        _cell(width, _paragraph("TableHead", title), layout.HEAD_FILL)
        for title, width in zip(titles, widths, strict=True)
    ]
    return _row(cells, "<w:cantSplit/><w:tblHeader/>")


BREAK = "<w:pageBreakBefore/>"
GAP = '<w:p><w:pPr><w:pStyle w:val="Gap"/></w:pPr></w:p>'


@dataclass
class _Body:
    """The pages as they grow."""

    document: Document
    pictures: list[bytes] = field(default_factory=list)
    n_numbered: int = 0
    n_headings: int = 0
    is_new_page: bool = False

    @property
    def width_mm(self) -> float:
        return layout.text_width_mm(self.document)

    @property
    def tallest_mm(self) -> float:
        return layout.PICTURE_SHARE * layout.text_height_mm(self.document)

    def xml(self) -> str:
        document = self.document
        parts = [_paragraph("Title", document.title)]
        if document.subtitle:
            parts.append(_paragraph("Subtitle", document.subtitle))
        if layout.is_long(document):
            parts.append(_contents(document))
            self.is_new_page = True
        for block, level in layout.leveled(document.blocks):
            parts += self.add(block, level)
        pages = "".join(parts) + self.section()
        return f"{word_parts.HEAD}<w:document {NAMES}><w:body>{pages}</w:body></w:document>"

    def section(self) -> str:
        is_wide = self.document.is_wide
        short, long = (twips(mm) for mm in layout.PAGE_MM)
        margins = layout.MARGINS_WIDE_MM if is_wide else layout.MARGINS_MM
        size = (
            f'w:w="{long}" w:h="{short}" w:orient="landscape"'
            if is_wide
            else f'w:w="{short}" w:h="{long}"'
        )
        sides = " ".join(f'w:{side}="{twips(mm)}"' for side, mm in margins.items())
        return (
            '<w:sectPr><w:headerReference w:type="default" r:id="header1"/>'
            '<w:headerReference w:type="first" r:id="header2"/>'
            '<w:footerReference w:type="default" r:id="footer1"/>'
            '<w:footerReference w:type="first" r:id="footer2"/>'
            f'<w:pgSz {size}/><w:pgMar {sides} w:header="{twips(16)}" w:footer="{twips(14)}" '
            'w:gutter="0"/><w:titlePg/></w:sectPr>'
        )

    def paragraph_break(self) -> str:
        """What makes the next paragraph begin a page, if one is due."""
        due, self.is_new_page = self.is_new_page, False
        return BREAK if due else ""

    @singledispatchmethod
    def add(self, block: Block, level: int) -> Iterator[str]:
        raise InternalError(f"no Word file is known of a {type(block).__name__}")

    @add.register
    def _heading(self, block: Heading, level: int) -> Iterator[str]:
        self.n_headings += 1
        mark = f'<w:bookmarkStart w:id="{self.n_headings}" w:name="{_anchor(self.n_headings)}"/>'
        end = f'<w:bookmarkEnd w:id="{self.n_headings}"/>'
        more = self.paragraph_break()
        yield _paragraph(f"Heading{level}", block.text, more=more, around=(mark, end))

    @add.register
    def _text(self, block: Text, level: int) -> Iterator[str]:
        for line in layout.lines(clean(block.text)):
            yield _paragraph("BodyText", line, more=self.paragraph_break())

    @add.register
    def _bullets(self, block: Bullets, level: int) -> Iterator[str]:
        style, more = "ListBullet", ""
        if block.numbered:
            style, id = "ListNumber", word_parts.FIRST_NUMBERED + self.n_numbered
            self.n_numbered += 1
            more = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{id}"/></w:numPr>'
        for item in block.items:
            yield _paragraph(style, item, more=self.paragraph_break() + more)

    @add.register
    def _table(self, block: Table, level: int) -> Iterator[str]:
        shares = layout.shares(block)
        widths = [twips(self.width_mm * share) for share in shares]
        yield from self.before_table(block.caption)
        rows = [_head(block.columns, widths)]
        aligned = [CENTRE if is_centred else "" for is_centred in layout.centred(block)]
        for row in block.rows:
            tall = layout.is_tall(row, shares, self.width_mm)
            cells = [
                _cell(width, _paragraph("TableText", text, more=more))
                for text, width, more in zip(row, widths, aligned, strict=True)
            ]
            rows.append(_row(cells, "" if tall else "<w:cantSplit/>"))
        yield _grid(widths, rows)
        yield GAP

    @add.register
    def _fields(self, block: Fields, level: int) -> Iterator[str]:
        shares = (layout.FIELD_SHARE, 1 - layout.FIELD_SHARE)
        widths = [twips(self.width_mm * share) for share in shares]
        yield from self.before_table("")
        rows = []
        for row in block.rows:
            tall = layout.is_tall(row, shares, self.width_mm)
            label, said = (_paragraph("TableText", text) for text in row)
            cells = [_cell(widths[0], label, layout.LABEL_FILL), _cell(widths[1], said)]
            rows.append(_row(cells, "" if tall else "<w:cantSplit/>"))
        if rows:
            yield _grid(widths, rows)
            yield GAP

    @add.register
    def _picture(self, block: Picture, level: int) -> Iterator[str]:
        width_mm = self.width_mm * layout.picture_share(block)
        image = drawing.png(block.svg, width_mm)
        across, down = drawing.size(image)
        height_mm = width_mm * down / across
        fit = min(1.0, self.tallest_mm / height_mm)
        self.pictures.append(image)
        shown = _inline(len(self.pictures), block.caption, (width_mm * fit, height_mm * fit))
        more = f'<w:keepNext/>{self.paragraph_break()}<w:jc w:val="center"/>'
        yield f'<w:p><w:pPr><w:pStyle w:val="Normal"/>{more}</w:pPr><w:r>{shown}</w:r></w:p>'
        if block.caption:
            yield _paragraph("Caption", block.caption)

    @add.register
    def _signatures(self, block: Signatures, level: int) -> Iterator[str]:
        widths = [twips(self.width_mm * share) for share in layout.SIGN_SHARES]
        yield from self.before_table("")
        height = f'<w:cantSplit/><w:trHeight w:val="{twips(layout.SEAL_MM)}" w:hRule="atLeast"/>'
        rows = [_head(layout.SIGN_COLUMNS, widths)]
        for number, who in enumerate(block.of, 1):
            texts = (who, "", layout.DATE)
            is_held = number < len(block.of) <= layout.TOGETHER
            more = "<w:keepNext/>" * is_held + CENTRE
            cells = [
                _cell(width, _paragraph("TableText", text, more=more))
                for text, width in zip(texts, widths, strict=True)
            ]
            rows.append(_row(cells, height))
        yield _grid(widths, rows)
        yield GAP

    @add.register
    def _page_break(self, block: PageBreak, level: int) -> Iterator[str]:
        self.is_new_page = True
        return iter(())

    def before_table(self, caption: str) -> Iterator[str]:
        """The caption, or a little room."""
        more = self.paragraph_break()
        if caption:
            yield _paragraph("Caption", caption, more="<w:keepNext/>" + more)
        else:
            yield GAP.replace("</w:pPr>", more + "</w:pPr>")


def _anchor(number: int) -> str:
    return f"_Toc{number:08d}"


def _contents(document: Document) -> str:
    """The headings as a list that Word can make anew, with pages (right click, 更新域).

    Which page a heading is on only Word knows; until it is asked, the list shows none and its lines
    lead to the headings.
    """
    begin = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve">'
        ' TOC \\o "1-3" \\h \\z \\u </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )
    leveled = layout.leveled(document.blocks)
    headings = [(block.text, level) for block, level in leveled if isinstance(block, Heading)]
    lines = []
    for number, (text, level) in enumerate(headings, 1):
        link = f'<w:hyperlink w:anchor="{_anchor(number)}" w:history="1">'
        start = (begin if number == 1 else "") + link
        lines.append(_paragraph(f"TOC{level}", text, around=(start, "</w:hyperlink>")))
    end = GAP.replace("</w:p>", '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>')
    return (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/>'
        "<w:docPartUnique/></w:docPartObj></w:sdtPr><w:sdtContent>"
        f"{_paragraph('TOCHeading', layout.CONTENTS)}{''.join(lines)}{end}</w:sdtContent></w:sdt>"
    )


def _inline(number: int, caption: str, size_mm: tuple[float, float]) -> str:
    """A picture in the line, with what it shows told for those who cannot see it."""
    width, height = (round(mm * EMU_PER_MM) for mm in size_mm)
    says = quoteattr(layout.one_line(caption))
    name = f'id="{number}" name="image{number}"'
    kind = "http://schemas.openxmlformats.org/drawingml/2006/picture"
    return (
        f'<w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{width}" cy="{height}"/><wp:docPr {name} descr={says}/>'
        '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>'
        f'<a:graphic><a:graphicData uri="{kind}"><pic:pic><pic:nvPicPr><pic:cNvPr {name}/>'
        f'<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="image{number}"/>'
        "<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm>"
        f'<a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing>"
    )
