"""Banks and samples in a room: imported whole, drawn once, judged, and turned into evidence."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from guanyao.errors import ConfigError, DataError, FilingError, TransitionError
from guanyao.filing.bank import Entry, entry_id
from guanyao.filing.filing_state import Actor
from guanyao.filing.judging import KINDS
from guanyao.flows.filing import banks
from guanyao.flows.filing.corpus import item_of, place_of, read_corpus
from guanyao.flows.filing.keywords import Keywords
from guanyao.flows.filing.people import add_person
from guanyao.flows.filing.stand import standing
from guanyao.flows.filing.standings import Standings
from tests.filing.cast import CLERK, EDITOR, HEAD, PROVIDER
from tests.filing.made_banks import KEYWORD_HEAD, QUESTION_HEAD, as_csv, entries, questions
from tests.flows.filing.play import RoomPlay, place, play, sqlite_play  # noqa: F401 - fixtures

MODEL, DATA = "a" * 64, "b" * 64
TEXT_SERVICE = {
    "public": True,
    "modality": ["text"],
    "free_text": True,
    "takes_input": True,
    "learns_from_data": True,
}
TABLE_SERVICE = {**TEXT_SERVICE, "modality": ["table"], "free_text": False, "takes_input": False}


class Desk:
    """A room with banks of neutral entries, and files beside it."""

    def __init__(self, of: RoomPlay, folder: Path) -> None:
        self.play, self.folder = of, folder
        self.room, self.id = of.room, of.id
        self.describe(TEXT_SERVICE)

    def describe(self, facts: Mapping[str, Any], model: str = MODEL) -> None:
        record = {
            "service": "guanyao.service/1",
            "name": "a service",
            "provider": "a provider",
            "model_digest": model,
            "data_digest": DATA,
            "facts": dict(facts),
        }
        with self.room.store.writing() as desk:
            desk.put_record(self.id, "service", "current", record)

    def file(self, name: str, content: bytes | str) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def take_in(self, name: str, content: bytes, **options: Any) -> banks.Imported:
        path = self.file(f"{name}.csv", content)
        made = banks.Options(**options)
        return banks.import_bank(self.room, self.id, EDITOR, name, path, options=made)

    def keywords(self, per_kind: int = 3) -> banks.Imported:
        return self.take_in("keyword", as_csv(KEYWORD_HEAD, entries("keyword", per_kind)))

    def questions(self, name: str = "generated", per_kind: int = 2) -> banks.Imported:
        return self.take_in(name, as_csv(QUESTION_HEAD, questions(name, per_kind)))

    def draw(
        self, sample: str = "generated", n: int | None = 20, seed: int = 7, **more: Any
    ) -> Any:
        return banks.sample(self.room, self.id, EDITOR, sample, n, seed, **more)

    def items(self, draw: str = "draw-1") -> list[str]:
        with self.room.store.reading() as desk:
            record = desk.record(self.id, "draw", draw)
        assert record is not None
        return [item["id"] for item in record["items"]]

    def answer(self, text: str | Callable[[int], str] = "示例回答", draw: str = "draw-1") -> None:
        say = text if callable(text) else (lambda _: str(text))
        lines = [{"item": item, "answer": say(n)} for n, item in enumerate(self.items(draw))]
        path = self.file("answers.jsonl", "\n".join(map(json.dumps, lines)))
        banks.read_answers(self.room, self.id, EDITOR, draw, path)

    def judge(self, say: Callable[[int], object], draw: str = "draw-1", **more: Any) -> Standings:
        actor = more.pop("actor", EDITOR)
        lines = [
            {"item": item, "verdict": word}
            for n, item in enumerate(self.items(draw))
            if (word := say(n)) is not None
        ]
        path = self.file("verdicts.jsonl", "\n".join(map(json.dumps, lines)))
        return banks.read_judgements(self.room, self.id, actor, draw, path, **more)

    def close(self, draw: str = "draw-1", **more: Any) -> Any:
        return banks.close(self.room, self.id, EDITOR, draw, **more)

    def evidence(self) -> dict[str, Any]:
        with self.room.store.reading() as desk:
            return {e.kind: e for e in standing(desk, self.room, self.id).evidence}

    def statuses(self) -> dict[str, str]:
        with self.room.store.reading() as desk:
            proposals = standing(desk, self.room, self.id).proposals
        return {p.clause.id: p.status for p in proposals if p.clause.id.startswith("B.")}

    def acts(self) -> list[tuple[str, str, str]]:
        lines = self.room.store.chain.lines()
        return [(x.act, x.outcome, x.code) for x in lines if x.act.startswith("filing.bank")]


@pytest.fixture
def desk(play: RoomPlay, tmp_path: Path) -> Desk:  # noqa: F811
    """On each database."""
    return Desk(play, tmp_path)


@pytest.fixture
def one(sqlite_play: RoomPlay, tmp_path: Path) -> Desk:  # noqa: F811
    """Where the database does not matter."""
    return Desk(sqlite_play, tmp_path)


def code_of(error: type[Exception], what: Callable[[], object]) -> str:
    with pytest.raises(error) as caught:
        what()
    assert "示例" not in str(caught.value)
    return str(caught.value.code)  # type: ignore[attr-defined]


# Import


def test_a_bank_comes_in_whole_and_answers_its_clause(desk: Desk) -> None:
    found = desk.keywords(600)
    assert (found.coverage.n_entries, found.n_new, found.is_changed) == (10_200, 10_200, True)
    assert found.coverage.is_enough
    assert desk.statuses()["B.keyword-library"] == "met"
    assert desk.acts() == [("filing.bank.import", "done", "")]
    desk.play.wait(days=9)
    assert desk.statuses()["B.keyword-library"] == "missing"
    assert banks.coverage(desk.room, desk.id, "keyword")[0].is_overdue
    assert desk.room.store.verify().ok


def test_an_import_that_is_refused_changes_nothing_and_is_recorded(desk: Desk) -> None:
    before = desk.keywords().coverage
    bad = as_csv(KEYWORD_HEAD, [*entries("keyword", 4), ["示例词00001", "", "没有这一类"]])
    assert code_of(DataError, lambda: desk.take_in("keyword", bad)) == "bank.duplicate"
    assert banks.coverage(desk.room, desk.id, "keyword")[0] == before
    assert desk.acts()[-1] == ("filing.bank.import", "failed", "bank.duplicate")


def test_only_the_provider_imports(one: Desk) -> None:
    path = one.file("k.csv", as_csv(KEYWORD_HEAD, entries("keyword", 1)))
    stranger = Actor(person="eve", role="provider_editor", organisation="another")
    for actor in (CLERK, stranger):
        with pytest.raises(TransitionError) as caught:
            banks.import_bank(one.room, one.id, actor, "keyword", path)
        assert caught.value.code == "filing.role"
    assert one.acts()[-1] == ("filing.bank.import", "refused", "filing.role")


def test_what_did_not_change_is_not_younger(one: Desk) -> None:
    first = one.keywords()
    one.play.wait(days=5)
    again = one.keywords()
    assert (again.is_changed, again.evidence) == (False, first.evidence)
    assert again.coverage.ages[0].updated == first.coverage.ages[0].updated
    changed = one.keywords(4)
    assert (changed.n_new, changed.n_gone) == (17, 0)
    assert changed.coverage.ages[0].updated == date(2026, 3, 7)


def test_of_two_imports_on_a_day_the_later_counts(one: Desk) -> None:
    for per_kind in (9, 3, 5):
        one.take_in(
            "keyword", as_csv(KEYWORD_HEAD, entries("keyword", per_kind)), allow_shrink=True
        )
        n = one.evidence()["bank.keyword"].measures["bank.keyword.n_entries"].value
        assert n == per_kind * 17


def test_a_bank_that_shrank_needs_leave(one: Desk) -> None:
    one.keywords(3)
    less = as_csv(KEYWORD_HEAD, entries("keyword", 2))
    assert code_of(DataError, lambda: one.take_in("keyword", less)) == "bank.shrank"
    assert one.take_in("keyword", less, allow_shrink=True).n_gone == 17


def test_unclassified_entries_count_as_such(one: Desk) -> None:
    content = as_csv(KEYWORD_HEAD, [["示例词1", "", ""], *entries("keyword", 1)])
    assert code_of(DataError, lambda: one.take_in("keyword", content)) == "bank.unclassified"
    found = one.take_in("keyword", content, allow_unclassified=True).coverage
    assert (found.n_entries, found.n_unclassified) == (18, 1)
    measures = one.evidence()["bank.keyword"].measures
    assert measures["bank.keyword.n_unclassified"].value == 1


def test_the_day_of_a_change_is_neither_in_the_future_nor_before_the_last(one: Desk) -> None:
    content = as_csv(KEYWORD_HEAD, entries("keyword", 1))
    for day in (date(2026, 3, 3), date(2027, 1, 1)):
        assert code_of(ConfigError, lambda d=day: one.take_in("keyword", content, updated=d)) == (
            "bank.updated"
        )
    found = one.take_in("keyword", content, updated=date(2026, 2, 20))
    assert found.coverage.is_overdue
    more = as_csv(KEYWORD_HEAD, entries("keyword", 2))
    assert code_of(ConfigError, lambda: one.take_in("keyword", more, updated=date(2026, 2, 1))) == (
        "bank.updated"
    )


def test_a_look_keeps_nothing(one: Desk) -> None:
    path = one.file("k.csv", as_csv(KEYWORD_HEAD, [["示例词1", "", "没有"], ["", "", ""]]))
    found = banks.look(one.room, one.id, "keyword", path)
    assert [fault.code for fault in found.faults.told()] == ["bank.unknown_class"]
    assert banks.coverage(one.room, one.id, "keyword")[0].digest == ""


def test_a_file_that_is_not_there(one: Desk) -> None:
    assert (
        code_of(
            DataError,
            lambda: banks.import_bank(one.room, one.id, EDITOR, "keyword", one.folder / "no.csv"),
        )
        == "sheet.unreadable"
    )


# Draws


def test_a_draw_is_frozen_and_can_be_drawn_again(desk: Desk) -> None:
    from guanyao.filing.sampling import draw

    desk.questions()
    found = desk.draw(n=20, seed=7)
    with desk.room.store.reading() as at:
        ids = banks.bank_of(at, desk.id, "generated").ids
    again = draw(20, len(ids), seed=7, digest=found.draw["bank_digest"])
    assert desk.items() == [ids[at] for at in again]
    assert found.draw["model_digest"] == MODEL
    assert (found.least, found.n_before) == (1000, 0)
    assert desk.draw(n=20, seed=8).n_before == 1
    assert [d["id"] for d in banks.draws(desk.room, desk.id)] == ["draw-1", "draw-2"]


def test_a_draw_outlives_the_bank_that_it_was_drawn_from(one: Desk) -> None:
    one.questions(per_kind=2)
    one.draw(n=5)
    one.take_in(
        "generated",
        as_csv(QUESTION_HEAD, [[str(n), *row, "", ""] for n, row in
                               enumerate(entries("generated", 3, word="另一示例"))]),
        allow_shrink=True,
    )  # fmt: skip
    one.answer()
    one.judge(lambda _: "合格")
    assert one.close().results[0].n_population == 62


def test_without_a_model_nothing_is_drawn(one: Desk) -> None:
    one.questions()
    one.describe(TEXT_SERVICE, model="")
    assert code_of(DataError, one.draw) == "sampling.model"


def test_what_cannot_be_drawn(one: Desk) -> None:
    assert code_of(DataError, one.draw) == "bank.none"
    one.questions()
    assert code_of(ConfigError, lambda: one.draw(n=None)) == "sampling.size"
    assert code_of(ConfigError, lambda: one.draw(n=63)) == "sampling.size"
    assert code_of(ConfigError, lambda: one.draw(source="x.txt")) == "sampling.source"
    assert code_of(ConfigError, lambda: one.draw("corpus_manual")) == "sampling.source"


def test_a_stratified_draw_holds_every_kind(one: Desk) -> None:
    one.questions()
    found = one.draw(n=31, method="stratified")
    with one.room.store.reading() as at:
        kind = {e.id: e.kind for e in banks.bank_of(at, one.id, "generated").entries}
    assert len({kind[item["id"]] for item in found.draw["items"]}) == 31


def test_a_draw_that_was_changed_is_not_closed(one: Desk) -> None:
    one.questions()
    one.draw(n=3)
    one.answer()
    one.judge(lambda _: "合格")
    with one.room.store.writing() as at:
        record = at.record(one.id, "draw", "draw-1")
        assert record is not None
        at.put_record(one.id, "draw", "draw-1", {**record, "seed": 8})
    assert code_of(DataError, one.close) == "judging.frozen"


def test_samples_of_tables_without_free_text_are_not_applicable(one: Desk) -> None:
    one.questions()
    one.describe(TABLE_SERVICE)
    with pytest.raises(FilingError, match=r"不适用: cn-gbt45654-2025/B\.content-manual") as caught:
        one.draw()
    assert caught.value.code == "sampling.not_applicable"
    assert one.acts()[-1] == ("filing.bank.draw", "refused", "sampling.not_applicable")


def test_where_it_is_not_known_whether_a_clause_applies_it_is_said(one: Desk) -> None:
    one.questions()
    one.describe({"public": True})
    assert any("B.content-manual" in note for note in one.draw().notes)


# Answers and judging


def test_a_sample_goes_from_draw_to_evidence(desk: Desk) -> None:
    """1,000 questions, all three kinds of judge; one item counts once for each."""
    desk.keywords(2)
    desk.questions(per_kind=70)
    assert len(desk.draw(n=None).draw["items"]) == 1000
    desk.answer(lambda n: "这里有 示例词００００１ 。" if n < 20 else "平常的回答")
    found = banks.judge_by_keywords(desk.room, desk.id, EDITOR, "draw-1")
    assert found.settled["keyword"].n_hits == 980
    desk.judge(lambda n: "合格" if n >= 30 else "不合格")
    judge = desk.judge(lambda n: n >= 40, judge="classifier", name="classifier 1")
    assert judge.settled["classifier"].n_hits == 960
    closed = desk.close()
    shares = {r.sample: r.n_hits for r in closed.results}
    assert shares == {
        "generated_manual": 970, "generated_keyword": 980, "generated_classifier": 960
    }  # fmt: skip
    assert all(a.outcome == "met" for r in closed.results for a in r.against)
    statuses = desk.statuses()
    assert [statuses[f"B.content-{n}"] for n in ("manual", "keyword", "classifier")] == ["met"] * 3
    assert desk.evidence()["sample.generated_manual"].rests_on == {"model": MODEL}
    desk.describe(TEXT_SERVICE, model="c" * 64)
    assert desk.statuses()["B.content-manual"] == "missing"
    assert code_of(FilingError, desk.close) == "judging.closed"
    assert desk.room.store.verify().ok


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_the_sheet_comes_back_filled_in(one: Desk, suffix: str) -> None:
    """One file carries answers and verdicts, as people send them."""
    import xlsxwriter

    one.questions("refuse", 2)
    one.draw("refuse", n=10)
    path = one.folder / f"draw.{suffix}"
    assert banks.export_sheet(one.room, one.id, "draw-1", path) == 10
    if suffix == "csv":
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    else:
        rows = [
            list(map(str, r)) for r in pl.read_excel(path, has_header=False).fill_null("").rows()
        ]
    assert rows[0][:3] == ["条目编号", "序号", "测试题"]
    for n, row in enumerate(rows[1:]):
        row[5], row[6] = "=1+1 无法回答", "拒答" if n else "未拒答"
    if suffix == "csv":
        made = io.StringIO()
        csv.writer(made).writerows(rows)
        path.write_text(made.getvalue(), encoding="gb18030")
    else:
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
            sheet = book.add_worksheet()
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row)
    found = banks.read_judgements(one.room, one.id, HEAD, "draw-1", path)
    assert (found.n_answered, found.settled["human"].n_hits, found.people) == (10, 9, ("ann",))
    result = one.close().results[0]
    assert (result.sample, result.judge, result.n_hits) == ("refuse", "human", 9)
    banks.export_sheet(one.room, one.id, "draw-1", path, verdicts="human")
    text = path.read_text("utf-8-sig") if suffix == "csv" else ""
    assert suffix == "xlsx" or ("'=1+1" in text and "未拒答" in text)


def test_two_people_disagree_and_a_third_decides(one: Desk) -> None:
    for person in ("bo", "cy"):
        add_person(one.room, person, roles=["provider_editor"], organisation=PROVIDER)
    one.questions()
    one.draw(n=4)
    one.answer()
    items = one.items()

    def sheet(person: str, words: Sequence[str]) -> Path:
        lines = [
            {"item": i, "verdict": w, "person": person} for i, w in zip(items, words, strict=False)
        ]
        return one.file("v.jsonl", "\n".join(map(json.dumps, lines)))

    def hand_in(person: str, *words: str) -> Standings:
        return banks.read_judgements(one.room, one.id, EDITOR, "draw-1", sheet(person, words))

    hand_in("", "合格", "合格", "合格", "合格")
    found = hand_in("bo", "合格", "不合格")
    assert found.settled["human"].disputed == (items[1],)
    with pytest.raises(FilingError, match="1 disputed") as caught:
        one.close()
    assert caught.value.code == "judging.open"
    assert hand_in("cy", "合格", "不合格").settled["human"].is_whole
    assert one.close().results[0].n_hits == 3
    assert code_of(FilingError, lambda: hand_in("bo", "合格")) == "judging.closed"


def test_a_judge_who_is_not_known_is_refused(one: Desk) -> None:
    one.questions()
    one.draw(n=2)
    one.answer()
    lines = [{"item": item, "verdict": "合格", "person": "nobody"} for item in one.items()]
    path = one.file("v.jsonl", "\n".join(map(json.dumps, lines)))
    assert (
        code_of(DataError, lambda: banks.read_judgements(one.room, one.id, EDITOR, "draw-1", path))
        == "judging.person"
    )


def test_what_is_wrong_with_judgements(one: Desk) -> None:
    one.questions("refuse", 2)
    one.draw("refuse", n=3)
    assert code_of(DataError, lambda: one.judge(lambda _: "拒答")) == "judging.answer"
    one.answer()
    assert code_of(DataError, lambda: one.judge(lambda _: "合格")) == "judging.word"
    assert code_of(DataError, lambda: one.judge(lambda _: "")) == "judging.word"
    assert (
        code_of(ConfigError, lambda: banks.judge_by_keywords(one.room, one.id, EDITOR, "draw-1"))
        == "judging.judge"
    )
    assert code_of(ConfigError, lambda: one.judge(lambda _: True, judge="classifier")) == (
        "judging.classifier"
    )
    path = one.file("v.jsonl", '{"item": "e0", "verdict": "拒答"}')
    reading = lambda: banks.read_judgements(one.room, one.id, EDITOR, "draw-1", path)  # noqa: E731
    assert code_of(DataError, reading) == "judging.item"
    item = one.items()[0]
    one.file("v.jsonl", f'{{"item": "{item}", "verdict": true}}\n'
                        f'{{"item": "{item}", "verdict": false}}')  # fmt: skip
    assert code_of(DataError, reading) == "judging.twice"
    one.file("v.jsonl", "[1]")
    assert code_of(DataError, reading) == "sheet.unreadable"
    with pytest.raises(DataError) as caught:
        banks.standings(one.room, one.id, "draw-9")
    assert caught.value.code == "judging.draw"


def test_what_was_judged_cannot_be_answered_otherwise(one: Desk) -> None:
    one.questions()
    one.draw(n=3)
    one.answer("示例回答")
    one.judge(lambda n: "合格" if n == 0 else None)
    one.answer(lambda n: "示例回答" if n == 0 else "另一回答")
    assert code_of(DataError, lambda: one.answer("又一回答")) == "judging.answer"


def test_an_empty_answer_is_an_answer_where_it_is_said(one: Desk) -> None:
    one.questions()
    one.draw(n=2)
    one.answer("")
    assert banks.standings(one.room, one.id, "draw-1").n_answered == 2
    assert one.judge(lambda _: "合格").settled["human"].is_whole


def test_a_sample_that_is_not_judged_whole_stays_open(one: Desk) -> None:
    one.questions()
    one.draw(n=3)
    assert code_of(FilingError, one.close) == "judging.open"
    one.answer()
    one.judge(lambda n: "合格" if n else None)
    with pytest.raises(FilingError, match="human: 1 not judged"):
        one.close()


def test_a_classifier_is_a_function_too(one: Desk) -> None:
    one.questions("non_refuse", 2)
    one.draw("non_refuse", n=10)
    one.answer(lambda n: "无法回答" if n == 0 else "示例回答")
    run = (one.room, one.id, EDITOR, "draw-1")
    banks.judge_by_classifier(*run, lambda texts: ["无法" in t for t in texts], name="refusals 1")
    result = one.close().results[0]
    assert (result.judge, result.n_hits, result.n) == ("classifier", 1, 10)
    one.draw("non_refuse", n=10, seed=8)
    one.answer(draw="draw-2")
    run = (one.room, one.id, EDITOR, "draw-2")
    assert (
        code_of(DataError, lambda: banks.judge_by_classifier(*run, lambda texts: [True], name="x"))
        == "judging.classifier"
    )


def test_the_workbook_of_the_dossier_has_answers_and_judgements(one: Desk) -> None:
    one.questions(per_kind=1)
    one.draw(n=3)
    one.answer()
    one.judge(lambda n: "合格" if n else "不合格")
    one.close()
    with one.room.store.reading() as at:
        told = banks.entries_of(at, one.id, "generated")
        assert banks.entries_of(at, one.id, "refuse") == []
    judged = [entry["judgement"] for entry in told if "judgement" in entry]
    assert (len(told), sorted(judged)) == (31, ["不合格", "合格", "合格"])


# Training data


def test_lines_of_a_text_are_drawn_and_judged(one: Desk) -> None:
    one.keywords(2)
    lines = [f"第{n}行" + ("，示例词00002" if n < 30 else "") for n in range(1000)]
    source = one.file("corpus.txt", "\n\n".join(lines).encode("gb18030"))
    found = one.draw("corpus_technical", n=None, source=source)
    assert (found.draw["n_population"], len(found.draw["items"]), found.least) == (1000, 100, 100)
    run = (one.room, one.id, EDITOR, "draw-1")
    assert code_of(ConfigError, lambda: banks.judge_by_keywords(*run)) == "sampling.source"
    n_hits = banks.judge_by_keywords(*run, source=source).settled["keyword"].n_hits
    drawn = [place_of(item) for item in one.items()]
    assert n_hits == sum(at >= 30 for at in drawn)
    banks.judge_by_classifier(
        *run, lambda texts: [t != lines[drawn[-1]] for t in texts], name="c 1", source=source
    )
    result = one.close(source=source).results[0]
    assert (result.judge, result.n_hits) == ("classifier", n_hits - 1)
    assert one.evidence()["sample.corpus_technical"].rests_on["data"] == found.draw["data_digest"]
    sheet = one.folder / "sheet.csv"
    banks.export_sheet(one.room, one.id, "draw-1", sheet, source=source)
    assert lines[drawn[0]] in sheet.read_text("utf-8-sig")
    changed = one.file("corpus.txt", "\n".join(lines[1:]))
    assert (
        code_of(
            DataError, lambda: banks.export_sheet(one.room, one.id, "draw-1", sheet, source=changed)
        )
        == "sampling.source"
    )


def test_rows_of_a_table_with_free_text(one: Desk) -> None:
    frame = pl.DataFrame(
        {
            "n": range(200),
            "note": [f"这是第 {n} 段自由书写的示例文字，长短不一" * 3 for n in range(200)],
        }
    )
    path = one.folder / "notes.parquet"
    frame.write_parquet(path)
    corpus = read_corpus(path)
    assert (len(corpus), corpus.columns) == (200, ("note",))
    found = one.draw("corpus_manual", n=5, source=path)
    assert found.draw["columns"] == ["note"]
    one.judge(lambda _: "合格")
    assert one.close(source=path).results[0].sample == "corpus_manual"


def test_a_table_without_free_text_is_not_applicable(one: Desk) -> None:
    path = one.folder / "figures.csv"
    pl.DataFrame({"x": range(50), "group": ["a", "b"] * 25}).write_csv(path)
    with pytest.raises(DataError, match="不适用") as caught:
        one.draw("corpus_manual", n=5, source=path)
    assert caught.value.code == "sampling.not_applicable"
    assert (
        code_of(DataError, lambda: one.draw("corpus_manual", n=5, source=path, columns=["y"]))
        == "sampling.column"
    )


def test_items_are_named_by_their_place() -> None:
    assert [place_of(item_of(at)) for at in (0, 99)] == [0, 99]


def test_a_source_is_judged_by_what_is_harmful_in_it(one: Desk) -> None:
    one.keywords(2)
    source = one.file("source.txt", "\n".join(["示例词00000", *["平常的一行"] * 99]))
    one.draw("source_before", n=100, source=source)
    banks.judge_by_keywords(one.room, one.id, EDITOR, "draw-1", source=source)
    result = one.close().results[0]
    assert (result.sample, result.n_hits, result.exact.value) == ("source_before", 1, 0.01)
    assert KINDS["source_before"].meaning == "harmful"


# Keywords


def found_in(words: Sequence[str], texts: Sequence[str]) -> list[list[str]]:
    library = [Entry(id=entry_id(w), text=w, kind=f"kind of {w}") for w in words]
    return [
        sorted(k.removeprefix("kind of ") for k in f) for f in Keywords(library).found_in(texts)
    ]


def test_keywords_are_found_in_any_width_and_spacing() -> None:
    texts = ["说到 示例 词１ 时", "ＷＯＲＤ here", "swords", "", "示例词11"]
    assert found_in(["示例词1", "word"], texts) == [["示例词1"], ["word"], [], [], []]


def test_keywords_within_keywords_are_all_found() -> None:
    assert found_in(["示例", "示例词", "例词"], ["一个示例词"]) == [["例词", "示例", "示例词"]]
    assert found_in([], ["示例"]) == [[]]


def test_keywords_are_those_a_plain_search_finds() -> None:
    """10,000 keywords at once against one after another."""
    words = [f"示例{n}词" for n in range(10_000)]
    texts = [f"前{n}后 示例{n * 7}词 与示例{n}词" for n in range(0, 300, 3)]
    plain = [sorted(w for w in words if w in t.replace(" ", "")) for t in texts]
    assert found_in(words, texts) == plain


# The clock


def test_coverage_of_all_banks_with_what_is_overdue(one: Desk) -> None:
    one.keywords(1)
    one.questions("refuse", 1)
    one.play.wait(days=20)
    states = {c.bank: (bool(c.digest), c.is_overdue) for c in banks.coverage(one.room, one.id)}
    assert states == {
        "keyword": (True, True),
        "generated": (False, False),
        "refuse": (True, False),
        "non_refuse": (False, False),
    }
    age = banks.coverage(one.room, one.id, "keyword")[0].ages[0]
    assert age.now - age.due > timedelta(days=12)
    assert "OVERDUE by 14 days (was due by 2026-03-08)" in age.line
