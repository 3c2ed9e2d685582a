"""The form: what is asked, and what is taken as an answer."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from guanyao.errors import ConfigError
from guanyao.filing.documents import DOCUMENTS
from guanyao.filing.form import ANSWERS, FORMAT, Form

FORM = Form.shipped()


def form(**question: Any) -> Form:
    known = {"id": "a", "group": "g", "kind": "text", "zh": "甲", "en": "one"}
    groups = {"g": {"zh": "组", "en": "group"}}
    return Form.from_json({"form": FORMAT, "groups": groups, "questions": [{**known, **question}]})


def test_every_question_names_documents_that_there_are() -> None:
    assert len(FORM.questions) > 50
    for question in FORM.questions:
        assert question.documents, question.id
        assert set(question.documents) <= set(DOCUMENTS), question.id
        assert question.example, question.id


@pytest.mark.parametrize(
    ("id", "wrong"),
    [
        ("uscc", "91990000MA00AAAA4E"),
        ("uscc", "91990000MA00AAAA4"),
        ("uscc", "91990000MA00AAAA51"),
        ("contact_phone", "call me"),
        ("contact_email", "nobody at example"),
        ("launch_date", "2026-02-30"),
        ("launch_date", "20261231"),
        ("monitors", "several"),
        ("monitors", "-2"),
        ("provider_kind", "宇宙"),
        ("purpose", "【待填写：用途】"),
        ("purpose", "a\x07b"),
        ("purpose", "长" * 4_001),
    ],
)
def test_a_wrong_answer_is_refused_and_not_quoted(id: str, wrong: str) -> None:
    with pytest.raises(ConfigError) as error:
        FORM.check({id: wrong})
    assert error.value.code == "form.answer"
    assert id in str(error.value)
    assert wrong not in str(error.value)


def test_both_check_characters_of_a_credit_code_count() -> None:
    good = FORM.question("uscc").example
    assert FORM.question("uscc").fault(good) == ""
    # The last character alone is right again here, that of the organisation is not.
    from guanyao.data.check_digits import complete

    swapped = complete("credit_code", good[:15] + ("1" if good[15] != "1" else "2") + good[16])
    assert FORM.question("uscc").fault(swapped) != ""


def test_all_wrong_answers_are_named_at_once() -> None:
    with pytest.raises(ConfigError, match=r"uscc.*contact_phone"):
        FORM.check({"uscc": "1", "contact_phone": "x"})


def test_a_question_that_nobody_asks_names_its_neighbour() -> None:
    with pytest.raises(ConfigError) as error:
        FORM.answers({"answers": ANSWERS, "purpos": "x"})
    assert "purpose" in str(error.value)


def test_the_template_reads_back(tmp_path: Path) -> None:
    given = {q.id: q.example for q in FORM.questions}
    path = tmp_path / "answers.yaml"
    path.write_text(FORM.template(given), encoding="utf-8")
    assert FORM.read(path) == given
    path.write_text(FORM.template(), encoding="utf-8")
    assert FORM.read(path) == {}


def test_the_template_leaves_out_what_the_service_makes_needless() -> None:
    text = FORM.template(facts={"people_annotate": False, "base_model": "none"})
    names = set(yaml.safe_load(text)) - {"answers"}
    assert not {"annotation_tasks", "base_model_name"} & names
    assert {"algorithm_number", "minors_measures"} <= names
    assert "必填" in text
    assert "required" in FORM.template(language="en")


def test_what_is_open_depends_on_the_service() -> None:
    open_ = {q.id for q in FORM.open({}, {"public": False, "people_annotate": False})}
    assert "uscc" in open_
    assert "icp_number" not in open_
    assert "annotation_tasks" not in open_
    assert "algorithm_number" not in open_
    assert "minors_measures" in open_, "a fact that is not known asks"
    assert "uscc" not in {q.id for q in FORM.open({"uscc": "x"}, {})}


def test_a_number_without_quotes_is_taken_only_where_nothing_is_lost() -> None:
    assert FORM.answers({"answers": ANSWERS, "monitors": 2}) == {"monitors": "2"}
    with pytest.raises(ConfigError, match="quotes"):
        FORM.answers({"answers": ANSWERS, "contact_phone": 1012345678})


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"kind": "colour"}, "no kind"),
        ({"group": "h"}, "no kind or group"),
        ({"choices": ["a"]}, "choices"),
        ({"kind": "choice"}, "choices"),
        ({"colour": "red"}, "a field 'colour'"),
        ({"required_when": "is_purple"}, "is_purple"),
        ({"kind": "date", "example": "soon"}, "example"),
        ({"en": 3}, "lacks a language"),
    ],
)
def test_a_broken_question_is_refused(question: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        form(**question)
    assert error.value.code in ("form.question", "pack.expression")


def test_a_form_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "form.yaml"
    row = {"id": "a", "group": "g", "kind": "text", "zh": "甲", "en": "one", "required": True}
    groups = {"g": {"zh": "组", "en": "group"}}
    record = {"form": FORMAT, "groups": groups, "questions": [row]}
    path.write_text(yaml.safe_dump(record, allow_unicode=True), encoding="utf-8")
    assert [q.id for q in Form.load(path).questions] == ["a"]
    path.write_text(json.dumps({**record, "questions": [row, row]}), encoding="utf-8")
    with pytest.raises(ConfigError, match="stands twice"):
        Form.load(path)
    path.write_text("form: other/1", encoding="utf-8")
    with pytest.raises(ConfigError, match="no form"):
        Form.load(path)
