"""`guanyao filing document`: what acts promised is listed, and written."""

from pathlib import Path

from tests.cli.filing.desk import Desk
from tests.cli.filing.test_acts import desk

__all__ = ["desk"]


def test_a_letter_is_listed_and_written(desk: Desk, tmp_path: Path) -> None:
    desk.begin()
    desk.to("UNDER_REVIEW")
    listed = desk.say("document").splitlines()
    assert listed[-1].endswith("-o FILE.docx")
    assert ": acceptance_notice: guanyao filing document acceptance_notice --act " in listed[-1]
    said = desk.say("document", "acceptance_notice", "-o", "a.docx")
    assert said.startswith("a.docx: 受理通知书")
    assert (tmp_path / "a.docx").read_bytes()[:2] == b"PK"
    told = desk.told("document", "scope_memo", "-o", "memo.pdf")
    assert (told["act"], told["title"]) == (0, "适用范围判断备忘录")
    assert "-o" in desk.refused("document", "scope_memo", status=2)
