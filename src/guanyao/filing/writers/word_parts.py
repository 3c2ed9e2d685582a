"""The parts of a Word file that are the same for every document: styles, lists, header, footer.

Office Open XML, ISO/IEC 29500-1:2016. Headings bear the names of the built-in styles, so that the
navigation pane, a table of contents and 标题 1 to 3 work as in a file made by hand.
"""

from xml.sax.saxutils import escape, quoteattr

from guanyao.filing.writers import layout
from guanyao.filing.writers.fonts import (
    HEAD_FACE,
    LATIN_FACE,
    NAMED,
    TABLE_FACE,
    TEXT_FACE,
    Named,
)

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
NAMES = (
    f'xmlns:w="{WORD}" xmlns:r="{OFFICE}/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
TWIPS_PER_MM = 1440 / 25.4
BULLET, FIRST_NUMBERED = 1, 2


def twips(mm: float) -> int:
    """Millimetres in twentieths of a point."""
    return round(mm * TWIPS_PER_MM)


def _face(face: Named) -> str:
    return (
        f'<w:rFonts w:ascii="{LATIN_FACE.name}" w:hAnsi="{LATIN_FACE.name}" '
        f'w:eastAsia="{face.name}" w:cs="{LATIN_FACE.name}"/>'
    )


def _size(pt: float) -> str:
    return f'<w:sz w:val="{round(pt * 2)}"/><w:szCs w:val="{round(pt * 2)}"/>'


def _spacing(before: int, after: int, line: int) -> str:
    """Room before and after in twips, and a line in 240ths of its natural height."""
    rule = f'w:line="{line}" w:lineRule="auto"'
    return f'<w:spacing w:before="{before}" w:after="{after}" {rule}/>'


def _exact(before: int, after: int, line_pt: float) -> str:
    """Room in twips, and lines of one height whatever face stands in for another."""
    rule = f'w:line="{round(line_pt * 20)}" w:lineRule="exact"'
    return f'<w:spacing w:before="{before}" w:after="{after}" {rule}/>'


def _style(
    id: str, name: str, paragraph: str = "", run: str = "", base: str = "Normal", next: str = ""
) -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{id}"><w:name w:val="{name}"/>'
        + (f'<w:basedOn w:val="{base}"/>' if base else "")
        + (f'<w:next w:val="{next}"/>' if next else "")
        + f"<w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def _heading(level: int) -> str:
    before = (360, 280, 220)[level - 1]
    return _style(
        f"Heading{level}",
        f"heading {level}",
        f'<w:keepNext/><w:keepLines/>{_spacing(before, 140, 300)}<w:jc w:val="left"/>'
        f'<w:outlineLvl w:val="{level - 1}"/>',
        f"{_face(HEAD_FACE)}<w:b/><w:bCs/>{_size(layout.HEADINGS_PT[level - 1])}",
        next="BodyText",
    )


def _contents(level: int) -> str:
    return _style(
        f"TOC{level}",
        f"toc {level}",
        f'{_exact(80 if level == 1 else 0, 0, 18)}<w:ind w:left="{420 * (level - 1)}"/>',
        f"{_face(HEAD_FACE)}<w:b/>" if level == 1 else "",
        next="Normal",
    )


def styles() -> str:
    """The styles; those of Word have Word's names."""
    levels = (1, 2, 3)
    return (
        f"{HEAD}<w:styles {NAMES}>{_defaults()}{_table_styles()}{_text_styles()}"
        + "".join((*map(_heading, levels), *map(_contents, levels)))
        + _title_styles()
        + _small_styles()
        + "</w:styles>"
    )


CENTRE = '<w:jc w:val="center"/>'


def _defaults() -> str:
    return (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{_face(TEXT_FACE)}"
        f'<w:color w:val="{layout.INK}"/>{_size(layout.TEXT_PT)}'
        '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        f'<w:qFormat/><w:pPr>{_spacing(0, 0, 360)}<w:jc w:val="both"/></w:pPr></w:style>'
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/><w:semiHidden/></w:style>'
    )


def _title_styles() -> str:
    bold = f"{_face(HEAD_FACE)}<w:b/><w:bCs/>"
    title, contents = _size(layout.TITLE_PT), _size(layout.HEADINGS_PT[1])
    return (
        _style("Title", "Title", _spacing(360, 200, 300) + CENTRE, bold + title, next="Subtitle")
        + _style("Subtitle", "Subtitle", _spacing(0, 360, 300) + CENTRE, next="BodyText")
        + _style("TOCHeading", "TOC Heading", _spacing(120, 160, 300) + CENTRE, bold + contents)
    )


def _text_styles() -> str:
    indent = '<w:ind w:firstLineChars="200" w:firstLine="480"/>'
    listed = _exact(0, 40, 21)
    return (
        _style("BodyText", "Body Text", f"{_exact(0, 60, 22)}{indent}")
        + _style("ListBullet", "List Bullet", _numbered(BULLET) + listed)
        + _style("ListNumber", "List Number", _numbered(FIRST_NUMBERED) + listed)
    )


def _small_styles() -> str:
    """Those of tables, captions, header and footer."""
    size, bold = _size(layout.TABLE_PT), f"{_face(HEAD_FACE)}<w:b/>"
    small = f'<w:color w:val="{layout.PALE}"/>{_size(layout.SMALL_PT)}'
    line = f'<w:bottom w:val="single" w:sz="4" w:space="4" w:color="{layout.LINE}"/>'
    left = f'{_exact(30, 30, 16)}<w:jc w:val="left"/>'
    gap = '<w:spacing w:before="0" w:after="0" w:line="120" w:lineRule="exact"/>'
    return (
        _style("Caption", "caption", _spacing(160, 100, 260) + CENTRE, bold + size)
        + _style("TableText", "Table Text", left, _face(TABLE_FACE) + size)
        + _style("TableHead", "Table Head", f"<w:keepNext/>{CENTRE}", bold, base="TableText")
        + _style("Gap", "Table Gap", gap, _size(4))
        + _style("Header", "header", f"<w:pBdr>{line}</w:pBdr>{_spacing(0, 0, 240)}{CENTRE}", small)
        + _style("Footer", "footer", _spacing(0, 0, 240) + CENTRE, small)
    )


def _table_styles() -> str:
    sides = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{layout.LINE}"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    margins = "".join(
        f'<w:{side} w:w="{room}" w:type="dxa"/>'
        for side, room in (("top", 28), ("left", 96), ("bottom", 28), ("right", 96))
    )
    return (
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal">'
        '<w:name w:val="Normal Table"/><w:semiHidden/></w:style>'
        '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/>'
        f'<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>{sides}</w:tblBorders>'
        f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr></w:style>"
    )


def _numbered(id: int) -> str:
    return f'<w:numPr><w:numId w:val="{id}"/></w:numPr>'


def numbering(n_numbered: int) -> str:
    """One list of points and so many lists of steps, each of which begins at 1."""
    start = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    return (
        f"{HEAD}<w:numbering {NAMES}>"
        + _level(0, "bullet", "•")
        + _level(1, "decimal", "%1.")
        + f'<w:num w:numId="{BULLET}"><w:abstractNumId w:val="0"/></w:num>'
        + "".join(
            f'<w:num w:numId="{FIRST_NUMBERED + n}"><w:abstractNumId w:val="1"/>{start}</w:num>'
            for n in range(max(1, n_numbered))
        )
        + "</w:numbering>"
    )


def _level(id: int, form: str, text: str) -> str:
    return (
        f'<w:abstractNum w:abstractNumId="{id}"><w:multiLevelType w:val="singleLevel"/>'
        f'<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
        '<w:pPr><w:ind w:left="902" w:hanging="422"/></w:pPr></w:lvl></w:abstractNum>'
    )


def font_table() -> str:
    """The faces, and what to take where they are missing."""
    return (
        f"{HEAD}<w:fonts {NAMES}>"
        + "".join(
            f'<w:font w:name="{face.name}"><w:altName w:val="{",".join(face.others)}"/>'
            f'<w:panose1 w:val="{face.panose}"/>'
            f'<w:charset w:val="{"00" if face is LATIN_FACE else "86"}"/>'
            f'<w:family w:val="{face.family}"/><w:pitch w:val="variable"/></w:font>'
            for face in NAMED
        )
        + "</w:fonts>"
    )


def settings() -> str:
    """How Word shows it: as itself since 2013, Chinese punctuation kept narrow."""
    uri = "http://schemas.microsoft.com/office/word"
    return (
        f'{HEAD}<w:settings {NAMES}><w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/>'
        '<w:characterSpacingControl w:val="compressPunctuation"/>'
        f'<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="{uri}" w:val="15"/>'
        '</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
    )


def header(title: str) -> str:
    """The line above each page but the first; "": nothing."""
    style = '<w:pPr><w:pStyle w:val="Header"/></w:pPr>' if title else ""
    run = f'<w:r><w:t xml:space="preserve">{escape(title)}</w:t></w:r>' if title else ""
    return f"{HEAD}<w:hdr {NAMES}><w:p>{style}{run}</w:p></w:hdr>"


def footer() -> str:
    """第 X 页　共 Y 页, counted by Word."""
    runs = (
        _said("第 "),
        _counted("PAGE"),
        _said(" 页　共 "),
        _counted("NUMPAGES"),
        _said(" 页"),
    )
    style = '<w:pPr><w:pStyle w:val="Footer"/></w:pPr>'
    return f"{HEAD}<w:ftr {NAMES}><w:p>{style}{''.join(runs)}</w:p></w:ftr>"


def _said(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def _counted(field: str) -> str:
    return f'<w:fldSimple w:instr=" {field} ">{_said("1")}</w:fldSimple>'


def core(title: str, created: str) -> str:
    """The properties: title, language and, if given, when it was made; no person."""
    terms = "http://purl.org/dc/terms/"
    dates = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{created}</dcterms:{name}>'
        for name in ("created", "modified")
        if created
    )
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="{terms}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dc:language>zh-CN</dc:language>{dates}"
        "</cp:coreProperties>"
    )


def app() -> str:
    """What made it."""
    names = f'xmlns="{OFFICE}/extended-properties"'
    return f"{HEAD}<Properties {names}><Application>Guanyao</Application></Properties>"


def content_types(parts: dict[str, str]) -> str:
    """What each part is."""
    return (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="png" ContentType="image/png"/>'
        + "".join(
            f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in parts.items()
        )
        + "</Types>"
    )


def relations(targets: list[tuple[str, str, str]]) -> str:
    """Which parts a part rests on: id, kind, target of each."""
    return (
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="{id}" Type="{kind}" Target={quoteattr(target)}/>'
            for id, kind, target in targets
        )
        + "</Relationships>"
    )
