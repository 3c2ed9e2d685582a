"""What is known of the service that is filed: plain facts that decide which clauses apply.

A fact that is not stated is not known, and every clause that needs it says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

from guanyao.errors import ConfigError
from guanyao.filing.plain_yaml import parse, read_text

FORMAT = "guanyao.service/1"
FIELDS = ("service", "name", "provider", "model_digest", "data_digest", "facts")
SHA256_LENGTH = 64
FactType: TypeAlias = Literal["bool", "number", "text", "choice", "several"]
FACT_TYPES: tuple[FactType, ...] = ("bool", "number", "text", "choice", "several")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing to know of a service.

    Args:
        type: bool, number, text, choice (one of `values`) or several (a list of `values`).
        ask: The question, by language ("zh", "en").
        values: What a choice is between.
    """

    type: FactType
    ask: Mapping[str, str]
    values: tuple[str, ...] = ()

    def accepts(self, value: object) -> bool:
        """Whether a value is of this type."""
        if self.type == "several":
            return isinstance(value, list) and all(part in self.values for part in value)
        if self.type == "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        if self.type == "choice":
            return isinstance(value, str) and value in self.values
        return isinstance(value, bool if self.type == "bool" else str)

    @property
    def allowed(self) -> str:
        """What may be said, for a message."""
        many = {"several": "a list of ", "choice": "one of "}.get(self.type, "")
        plain = {"bool": "true or false", "number": "a number", "text": "text"}
        return many + ", ".join(self.values) if many else plain[self.type]


def _yes_no(zh: str, en: str) -> Fact:
    return Fact(type="bool", ask={"zh": zh, "en": en})


FACTS: dict[str, Fact] = {
    "public": _yes_no("是否向境内公众提供服务？", "Is it offered to the public in the mainland?"),
    "modality": Fact(
        type="several",
        ask={"zh": "生成哪些内容？", "en": "What does it generate?"},
        values=("table", "series", "text", "image", "audio", "video"),
    ),
    "free_text": _yes_no(
        "是否生成可自由表达的文字（表格中的自由文本也算）？",
        "Does it generate free wording (free text in a table counts)?",
    ),
    "takes_input": _yes_no("使用者能否输入或上传内容？", "Can users type or upload anything?"),
    "trains_on_user_input": _yes_no(
        "使用者输入是否用于训练？", "Is what users put in used for training?"
    ),
    "learns_from_data": _yes_no("模型是否由数据训练得到？", "Is the model trained on data?"),
    "uses_personal_data": _yes_no(
        "训练或服务是否处理个人信息？", "Is personal information used for training or service?"
    ),
    "sensitive_personal_data": _yes_no(
        "是否处理敏感个人信息？", "Is sensitive personal information used?"
    ),
    "children_data": _yes_no("是否处理不满十四周岁者的信息？", "Is data of under-14s used?"),
    "shares_personal_data": _yes_no(
        "是否向他人提供或委托处理个人信息？", "Is personal data given to, or handled by, others?"
    ),
    "sends_abroad": _yes_no("个人信息是否出境？", "Does personal data leave the mainland?"),
    "important_data": _yes_no("是否处理重要数据？", "Is important data handled?"),
    "minors": _yes_no("服务是否面向或可能被未成年人使用？", "Do, or may, minors use it?"),
    "base_model": Fact(
        type="choice",
        ask={"zh": "基础模型来自哪里？", "en": "Where does the base model come from?"},
        values=("own", "third_party", "none"),
    ),
    "tunes_model": _yes_no("是否训练或微调模型？", "Does the provider train or tune it?"),
    "people_annotate": _yes_no("训练数据是否由人工标注？", "Do people annotate training data?"),
    "provides_api": _yes_no("是否以接口形式提供？", "Is it offered as an API?"),
    "opinion_attribute": _yes_no(
        "是否具有舆论属性或社会动员能力？", "Can it sway opinion or mobilise people?"
    ),
    "edits_faces_or_voices": _yes_no("是否编辑人脸或人声？", "Does it edit faces or voices?"),
    "label_free_delivery": _yes_no(
        "是否应要求提供不含显式标识的内容？", "Is output handed over without a visible label?"
    ),
    "paid": _yes_no("是否收费？", "Is there anything to pay?"),
    "mlps_level": Fact(
        type="number",
        ask={
            "zh": "网络安全等级保护定为几级（未定级写 0）？",
            "en": "Which level of graded protection (0: none yet)?",
        },
    ),
    "claims_privacy_budget": _yes_no(
        "是否声明差分隐私？", "Is differential privacy claimed for the model?"
    ),
}
"""Facts that every pack may ask for. A pack may bring facts of its own."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service as it is described in a file.

    Args:
        name: Its name.
        provider: Who offers it.
        facts: What is known of it; what is not named is not known.
        model_digest: SHA-256 of the model in use; "": that of the newest record.
        data_digest: SHA-256 of its training data; "": that of the newest record.
    """

    name: str
    provider: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    model_digest: str = ""
    data_digest: str = ""

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a description.

        Raises:
            ConfigError: It cannot be read, or a field is wrong ("service....").
        """
        path = Path(path)
        text = read_text(path, what="service description", code="service.unreadable")
        return cls.from_json(
            parse(text, name=path.name, what="service description", code="service.unreadable")
        )

    @classmethod
    def from_json(cls, record: object) -> Self:
        """The description that plain YAML or JSON holds.

        Raises:
            ConfigError: It is none ("service....").
        """
        if not isinstance(record, Mapping) or record.get("service") != FORMAT:
            raise _wrong("this is no service description", f"it begins with 'service: {FORMAT}'")
        if strange := [str(name) for name in record if name not in FIELDS]:
            raise _wrong(f"it has a field {strange[0][:40]!r}", "fields: " + ", ".join(FIELDS))
        given = {name: record[name] for name in FIELDS[1:] if name in record}
        _check_words(given)
        return cls(**given)

    def check(self, known: Mapping[str, Fact]) -> None:
        """See that every fact is one that can be known, and of its type.

        Args:
            known: `FACTS`, and those that the packs bring.

        Raises:
            ConfigError: One is not ("service.fact").
        """
        for name, value in self.facts.items():
            if name not in known:
                near = get_close_matches(str(name), list(known), n=1)
                raise ConfigError(
                    f"the service states {str(name)[:40]!r}, which nobody asks for",
                    allowed="facts: " + ", ".join(known),
                    do=f"did you mean {near[0]!r}?" if near else "",
                    code="service.fact",
                )
            if value is not None and not known[name].accepts(value):
                raise ConfigError(
                    f"the service's fact {name!r} has a wrong value",
                    allowed=f"{name} is {known[name].allowed}",
                    code="service.fact",
                )


def _check_words(given: Mapping[str, Any]) -> None:
    for name in ("name", "provider"):
        if not isinstance(given.get(name, "-"), str) or not given.get(name, "-").strip():
            raise _wrong(f"its {name} is empty or no text", f"{name} is text")
    if "name" not in given:
        raise _wrong("it has no name", "name is text")
    if not isinstance(given.get("facts", {}), Mapping):
        raise _wrong("its facts are no names with values", "facts: {public: true}, for one")
    for name in ("model_digest", "data_digest"):
        if given.get(name, "") and not _is_digest(given[name]):
            raise _wrong(f"its {name} is no digest", "64 hexadecimal digits, in quotes")


def _is_digest(value: object) -> bool:
    is_long = isinstance(value, str) and len(value) == SHA256_LENGTH
    return is_long and set(str(value)) <= set("0123456789abcdef")


def _wrong(found: str, allowed: str) -> ConfigError:
    return ConfigError(
        f"the service description: {found}",
        allowed=allowed,
        do="see docs/rule-packs.md",
        code="service.field",
    )
