"""The table of writers lists what exists, by the ending of its files."""

import pytest

from guanyao.errors import ConfigError
from guanyao.filing.document import Sheet, Workbook
from guanyao.filing.writers import WRITERS
from guanyao.registry import find
from tests.filing.writers.made_document import document

BEGINS = {"docx": b"PK\x03\x04", "pdf": b"%PDF-1.7", "xlsx": b"PK\x03\x04"}
BOOK = Workbook(name="b", title="t", sheets=(Sheet(title="s", columns=("a",), rows=(("1",),)),))


@pytest.mark.parametrize("ending", WRITERS)
def test_every_writer_writes_its_kind_of_file(ending: str) -> None:
    if ending != "xlsx":
        pytest.importorskip("typst")
    write = find(WRITERS, ending, "guanyao.filing.writers")
    try:
        content = write(BOOK if ending == "xlsx" else document())
    except ConfigError as error:
        pytest.skip(f"no picture or PDF is tried: {error}")
    assert content.startswith(BEGINS[ending])
