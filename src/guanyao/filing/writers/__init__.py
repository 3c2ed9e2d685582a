"""Files of documents and workbooks: Word, PDF, Excel; the same input gives the same bytes.

Each writer is one file with `write(document or workbook, *, created=None) -> bytes`. `created` is
the moment that the file says it was made; without one it says none that means anything (1980, the
earliest that zip knows), so that digests of what did not change can be compared.

What a file cannot hold is never a reason to fail, and never vanishes unseen: `characters.clean`
says what stands in its place.
"""

WRITERS: dict[str, str] = {
    "docx": "guanyao.filing.writers.docx:write",
    "pdf": "guanyao.filing.writers.pdf:write",
    "xlsx": "guanyao.filing.writers.xlsx:write",
}
"""Ending of a file -> who writes it. Workbooks become xlsx, documents the other two."""
