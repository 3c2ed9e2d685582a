"""Documents made up for tests, with every kind of block; nobody in them exists."""

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
    missing,
)

SMALL = '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}">{}</svg>'
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 100" font-family="sans-serif">'
    '<rect x="5" y="20" width="120" height="60" fill="#eef2f7" opacity="0.8" stroke="#8c96a3"/>'
    '<text x="65" y="55" text-anchor="middle">训练数据</text></svg>'
)
HOSTILE = (
    '#panic("x") #eval("1+1") #set page(width: 1pt) $ x^2 $ *粗* _斜_ `raw` <label> @ref // /* */',
    "\" ' \\ \\u{41} \\n #{ } [ ] = 标题 == - + 1. / 词: https://example.com ]]> &amp; <w:p> &#x0;",
    "= \"cmd\"|' /C calc'!A0 @SUM(1) +1 -1 \tTab",
    "w" * 400,
    "长" * 400,
    "العربية עברית ภาษาไทย हिन्दी",
    "\U0001f600\U0001f469\u200d\U0001f4bb 👍🏽 ☃️ 🇨🇳",
    "𠮷野家 𪛖 㐀 龘 \ue000 \U0010fffd",
    "e\u0301 \u0301 a\u20e3 ก็ Z̸̢͎͖̈́͝a̷l̶g̴o̵",
    "\x00\x01\x08\x0b\x0c\x1b\x7f\x85\x9f\ud800\udfff\ufffe\uffff\u202eabc\u2066\ufeff",
    "  前后 空 格  \r\n第二行\r第三行\u2028第四行\n\n第六行",
    "a\u1680b\u2002c\u200ad\u205fe\u180ef\u00adg\u00a0h",
    "",
    " \n ",
)
"""What somebody may write into a form."""


def table(n_rows: int, caption: str = "逐条对照") -> Table:
    rows = tuple(
        (f"5.{i}", f"第 {i} 条的要求", ("符合", "不适用")[i % 2], f"{i * 7919:064x}")
        for i in range(1, n_rows + 1)
    )
    columns = ("条款", "要求（摘要）", "结论", "证据摘要")
    return Table(columns=columns, rows=rows, widths=(0.1, 0.4, 0.1, 0.4), caption=caption)


def every_block() -> tuple[Block, ...]:
    return (
        Heading(level=1, text="一、概况"),
        Text("服务只产生虚拟数据。\n结果不对应任何真实个人。"),
        Fields((("单位名称", missing("单位全称")), ("服务名称", "甲服务"))),
        Heading(level=2, text="（一）措施"),
        Bullets(("抽检 4,000 条；", "合格率 98.2%。")),
        Bullets(("接收；", "脱敏；"), numbered=True),
        Bullets(("训练；", "评估。"), numbered=True),
        Picture(svg=SVG, caption="图 1　生成机理", width=0.8),
        Heading(level=3, text="1. 对照"),
        table(60),
        PageBreak(),
        Heading(level=1, text="二、结论"),
        Text("内容真实、准确、完整。"),
        Signatures(("法定代表人", "安全负责人", "法务负责人")),
    )


def document(*blocks: Block, title: str = "安全自评估报告", is_wide: bool = False) -> Document:
    return Document(
        name="assessment",
        title=title,
        subtitle="甲服务 · 2026年11月22日",
        blocks=blocks or every_block(),
        is_wide=is_wide,
    )


def long_document() -> Document:
    chapters = (Heading(level=1, text=f"第{number}章") for number in "一二三四五六七八九")
    return document(*(block for chapter in chapters for block in (chapter, Text("正文。"))))


def hostile(text: str, title: str = "表") -> Document:
    """A document that says this text everywhere."""
    blocks = (
        Heading(level=3, text=text),
        Text(text),
        Bullets((text, "二")),
        Bullets((text,), numbered=True),
        Table(columns=(text, "乙"), rows=((text, "一"), ("二", text)), caption=text),
        Fields(((text, text),)),
        Picture(svg=SVG, caption=text),
        Signatures((text,)),
    )
    return Document(name="hostile", title=title, subtitle=text, blocks=blocks)
