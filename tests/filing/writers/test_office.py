"""LibreOffice opens what is written, and shows all of it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from guanyao.filing.document import Document, Sheet, Workbook
from guanyao.filing.writers import docx, xlsx
from tests.filing.writers.made_document import HOSTILE, document, every_block, hostile
from tests.filing.writers.test_pdf import bare

pytestmark = pytest.mark.slow


def converted(content: bytes, name: str, to: str, folder: Path) -> Path:
    """The file as LibreOffice writes it in another format."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not here (Debian: libreoffice-writer-nogui and -calc-nogui)")
    source = folder / name
    source.write_bytes(content)
    command = [
        office,
        "--headless",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--convert-to",
        to,
        "--outdir",
        str(folder / "out"),
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    made = folder / "out" / f"{source.stem}.{to.partition(':')[0]}"
    assert made.exists(), done.stderr
    return made


def shown(made: Document, folder: Path) -> str:
    """The pages as LibreOffice shows them, without blanks and line ends."""
    file = converted(docx.write(made), "document.docx", "pdf", folder)
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not here (Debian: poppler-utils): the pages are not read back")
    command = ["pdftotext", "-enc", "UTF-8", "-raw", str(file), "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def test_a_document_opens_and_shows_all(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    pages = shown(document(*every_block()), tmp_path).split("\f")[:-1]
    text = bare("".join(pages))
    for told in document().texts():
        for line in told.split("\n"):
            assert bare(line) in text
    assert all(f"第{n}页共{len(pages)}页" in bare(page) for n, page in enumerate(pages, 1))
    in_table = [page for page in map(bare, pages) if "条的要求" in page]
    assert len(in_table) > 1
    assert all("条款要求（摘要）结论证据摘要" in page for page in in_table)


def test_a_hostile_document_opens(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    blocks = tuple(block for text in HOSTILE for block in hostile(text).blocks)
    assert bare("#panic") in bare(shown(document(*blocks), tmp_path))


def test_a_workbook_opens_and_shows_all(tmp_path: Path) -> None:
    rows = (("=1+1", 1), ("+2", 2), ("@x", 3), ("关键词", 4))
    made = Workbook(
        name="b", title="t", sheets=(Sheet(title="表", columns=("词", "数"), rows=rows),)
    )
    to = "csv:Text - txt - csv (StarCalc):44,34,76"
    file = converted(xlsx.write(made), "book.xlsx", to, tmp_path)
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert lines == ["词,数", *(f"{word},{number}" for word, number in rows)]
