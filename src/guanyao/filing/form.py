"""The form: everything that no record can tell, asked once, in `form.yaml`.

Answers may name and reach persons: they stand in no message, and never in the chain.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias, get_args

import yaml

from guanyao.errors import ConfigError
from guanyao.filing.document import UNFILLED
from guanyao.filing.expression import Expression, parse
from guanyao.filing.plain_yaml import parse as parse_yaml
from guanyao.filing.plain_yaml import read_text
from guanyao.filing.service import FACTS, Fact

Kind: TypeAlias = Literal["text", "date", "uscc", "phone", "email", "number", "choice"]
FORMAT = "guanyao.form/1"
ANSWERS = "guanyao.answers/1"
MAX_ANSWER = 4_000
FIELDS = (
    *("id", "group", "kind", "zh", "en", "required", "required_when", "personal", "choices"),
    *("example", "documents"),
)
PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,24}[0-9]")
EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@.]+(?:\.[^\s@.]+)+")
NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,6})?")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One thing to ask.

    Args:
        id: Its name in a file of answers.
        group: Under which heading it stands.
        kind: What an answer looks like.
        zh: What is asked, as documents call it.
        en: The same in English, with what to mind.
        required: Whether it is always needed.
        required_when: When it is needed, by facts of the service; None: `required` alone says.
        personal: Whether an answer names or reaches a person.
        choices: What a choice is between.
        example: An answer that nobody gave.
        documents: The documents that need it.
    """

    id: str
    group: str
    kind: Kind
    zh: str
    en: str
    required: bool = False
    required_when: Expression | None = None
    personal: bool = False
    choices: tuple[str, ...] = ()
    example: str = ""
    documents: tuple[str, ...] = ()

    def is_needed(self, facts: Mapping[str, Any]) -> bool | None:
        """Whether an answer is needed; None where a fact of the service that decides is missing."""
        if self.required or self.required_when is None:
            return self.required
        return self.required_when.answer(facts)

    def fault(self, answer: str) -> str:
        """What is wrong with an answer, never quoting it; "": nothing."""
        if len(answer) > MAX_ANSWER:
            return f"is longer than {MAX_ANSWER} characters"
        if UNFILLED.search(answer) or not all(c.isprintable() or c == "\n" for c in answer):
            return "holds a mark of a place to be filled in, or a control character"
        if self.kind == "choice":
            is_right = answer in self.choices
            return "" if is_right else "is none of: " + ", ".join(self.choices)
        test, said = TESTS[self.kind]
        return "" if test(answer) else said


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_uscc(text: str) -> bool:
    """Whether both check characters are right: that of the organisation, and that of the whole."""
    from guanyao.data.check_digits import is_valid

    return is_valid("credit_code", text) and is_valid("organization_code", text[8:17])


TESTS: dict[str, tuple[Callable[[str], bool], str]] = {
    "text": (lambda text: True, ""),
    "date": (_is_date, "is no day as 2026-12-31"),
    "uscc": (_is_uscc, "is no unified social credit code: length, characters or check digit"),
    "phone": (lambda text: PHONE.fullmatch(text) is not None, "is no phone number"),
    "email": (lambda text: EMAIL.fullmatch(text) is not None, "is no e-mail address"),
    "number": (lambda text: NUMBER.fullmatch(text) is not None, "is no number of 0 or more"),
}
"""Kind of an answer -> whether a text is one, and what is said if it is not."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """All questions.

    Args:
        questions: In order.
        groups: Heading of each group, by language.
    """

    questions: tuple[Question, ...]
    groups: Mapping[str, Mapping[str, str]]

    @classmethod
    def shipped(cls) -> Self:
        """The form that Guanyao ships."""
        return cls.from_json(_shipped_record())

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The form of a file.

        Raises:
            ConfigError: It cannot be read, or a question is wrong ("form....").
        """
        path = Path(path)
        text = read_text(path, what="form", code="form.unreadable")
        return cls.from_json(parse_yaml(text, name=path.name, what="form", code="form.unreadable"))

    @classmethod
    def from_json(cls, record: object) -> Self:
        """The form that plain YAML holds.

        Raises:
            ConfigError: It is none ("form.question").
        """
        if not isinstance(record, Mapping) or record.get("form") != FORMAT:
            raise _wrong("this is no form", f"it begins with 'form: {FORMAT}'")
        groups, rows = record.get("groups"), record.get("questions")
        if not isinstance(groups, Mapping) or not isinstance(rows, list):
            raise _wrong("it has no groups or no questions", "groups, questions")
        questions = tuple(_question(row, groups) for row in rows)
        ids = [question.id for question in questions]
        if twice := sorted({id for id in ids if ids.count(id) > 1}):
            raise _wrong(f"the question {twice[0]!r} stands twice", "each question once")
        return cls(questions=questions, groups=groups)

    @property
    def titles(self) -> dict[str, str]:
        """How documents call what is asked, by question."""
        return {question.id: question.zh for question in self.questions}

    def question(self, id: str) -> Question:
        """The question of that id.

        Raises:
            ConfigError: Nobody asks that ("form.answer").
        """
        for question in self.questions:
            if question.id == id:
                return question
        near = get_close_matches(id, list(self.titles), n=1)
        raise ConfigError(
            f"nobody asks for {id[:40]!r}",
            allowed="questions: " + ", ".join(self.titles),
            do=f"did you mean {near[0]!r}?" if near else "see `guanyao filing form`",
            code="form.answer",
        )

    def read(self, path: str | Path) -> dict[str, str]:
        """The answers of a file, each checked.

        Args:
            path: YAML or JSON as `template` writes it; empty answers are left out.

        Raises:
            ConfigError: It cannot be read ("form.unreadable"), or answers are wrong
                ("form.answer"); what was answered is never quoted.
        """
        path = Path(path)
        what, code = "file of answers", "form.unreadable"
        record = parse_yaml(read_text(path, what=what, code=code), name="it", what=what, code=code)
        return self.answers(record)

    def answers(self, record: object) -> dict[str, str]:
        """The answers of plain YAML or JSON, each checked.

        Raises:
            ConfigError: Some are wrong ("form.answer").
        """
        if not isinstance(record, Mapping) or record.get("answers") != ANSWERS:
            raise ConfigError(
                "this is no file of answers",
                allowed=f"it begins with 'answers: {ANSWERS}'",
                do="begin with the template that `guanyao filing form` writes",
                code="form.answer",
            )
        found = {id: _text(self.question(str(id)), said) for id, said in _said(record)}
        answers = {id: text for id, text in found.items() if text}
        self.check(answers)
        return answers

    def check(self, answers: Mapping[str, str]) -> None:
        """See that every answer is to a question, and of its kind.

        Raises:
            ConfigError: Some are not ("form.answer"); all are named, none is quoted.
        """
        faults = [(id, self.question(id).fault(text)) for id, text in answers.items()]
        if wrong := [f"{id} {fault}" for id, fault in faults if fault]:
            raise ConfigError(
                "; ".join(wrong),
                allowed="an answer of the question's kind",
                do="correct these answers, and hand the file in again",
                code="form.answer",
            )

    def open(self, answers: Mapping[str, str], facts: Mapping[str, Any]) -> list[Question]:
        """The questions that must still be answered.

        Args:
            answers: What was answered.
            facts: What is known of the service; where a fact is not known, the question counts.
        """
        wanted = (q for q in self.questions if q.is_needed(facts) is not False)
        return [question for question in wanted if not answers.get(question.id, "").strip()]

    def template(
        self,
        answers: Mapping[str, str] | None = None,
        facts: Mapping[str, Any] | None = None,
        *,
        language: Literal["zh", "en"] = "zh",
    ) -> str:
        """A file of answers to fill in, with what to mind above each.

        Args:
            answers: What was answered already.
            facts: What is known of the service; questions that it makes needless are left out.
            language: Of the comments.
        """
        known = answers or {}
        lines = [f"answers: {ANSWERS}", f"# {HINTS[language]}"]
        group = ""
        for question in self.questions:
            if question.is_needed(facts or {}) is False and question.required_when is not None:
                continue
            if question.group != group:
                group = question.group
                lines += ["", f"# == {self.groups[group][language]} =="]
            lines += _template_lines(question, known.get(question.id, ""), language)
        return "\n".join(lines) + "\n"


HINTS = {
    "zh": "逐项填写引号之间的内容；没有的留空。联系方式只进入申报材料，不进入日志。",
    "en": "Write between the quotes; leave empty what there is none of. Contacts enter no log.",
}
NEEDS = {
    "zh": {True: "必填", None: "视服务情况必填", False: "选填"},
    "en": {True: "required", None: "required for some services", False: "optional"},
}


def _template_lines(
    question: Question, answer: str, language: Literal["zh", "en"]
) -> Iterator[str]:
    need = None if question.required_when else question.required
    asked = {"zh": question.zh, "en": question.en}[language]
    yield f"# {asked} · {NEEDS[language][need]} · {question.example}"
    if question.choices:
        yield "#   " + " | ".join(question.choices)
    quoted = yaml.safe_dump(answer, allow_unicode=True, default_style='"', width=10**6).strip()
    yield f"{question.id}: {quoted}"


@cache
def _shipped_record() -> Any:  # noqa: ANN401
    name = "form.yaml"
    text = files("guanyao.filing").joinpath(name).read_text(encoding="utf-8")
    return parse_yaml(text, name=name, what="form", code="form.unreadable")


def _question(row: object, groups: Mapping[str, Any]) -> Question:
    if not isinstance(row, Mapping) or not isinstance(row.get("id"), str):
        raise _wrong("a question has no id", "fields: " + ", ".join(FIELDS))
    name = row["id"]
    if strange := [str(key) for key in row if key not in FIELDS]:
        raise _wrong(f"{name} has a field {strange[0][:40]!r}", "fields: " + ", ".join(FIELDS))
    if row.get("kind") not in get_args(Kind) or row.get("group") not in groups:
        raise _wrong(f"{name} is of no kind or group", "kinds: " + ", ".join(get_args(Kind)))
    if not (isinstance(row.get("zh"), str) and isinstance(row.get("en"), str)):
        raise _wrong(f"{name} lacks a language", "zh and en")
    if (row["kind"] == "choice") != bool(row.get("choices")):
        raise _wrong(f"{name}: choices and its kind do not fit", "choices for kind: choice only")
    when = row.get("required_when")
    lists = {key: tuple(row.get(key, ())) for key in ("choices", "documents")}
    rest = {**row, **lists, "required_when": None if when is None else _condition(name, when)}
    question = Question(**rest)
    if question.example and (fault := question.fault(question.example)):
        raise _wrong(f"the example of {name} {fault}", "an example that the form would take")
    return question


def _condition(name: str, when: object) -> Expression:
    found = parse(str(when))
    if strange := sorted(found.names - set(_facts())):
        raise _wrong(f"{name} asks for the fact {strange[0]!r}", "facts: " + ", ".join(_facts()))
    return found


def _facts() -> Mapping[str, Fact]:
    return FACTS


def _said(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for id, said in record.items():
        if id != "answers":
            yield id, said


def _text(question: Question, said: object) -> str:
    """An answer as text; numbers are taken where nothing is lost by it."""
    if said is None or isinstance(said, str):
        return (said or "").strip()
    is_number = isinstance(said, int | float) and not isinstance(said, bool)
    if is_number and question.kind == "number":
        return f"{said:g}" if isinstance(said, float) else str(said)
    raise ConfigError(
        f"{question.id} is no text",
        allowed="text in quotes (a number without quotes may lose its zeros)",
        code="form.answer",
    )


def _wrong(found: str, allowed: str) -> ConfigError:
    return ConfigError(f"the form: {found}", allowed=allowed, code="form.question")
