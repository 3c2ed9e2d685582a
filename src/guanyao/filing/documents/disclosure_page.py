"""The page that tells the public about the service: for whom, when, for what, and its limits.

It is for everybody to read: nobody's contact but the published ways to complain stands in it.
"""

from collections.abc import Iterator

from guanyao.filing.document import Bullets, Document, Fields, Heading, Text
from guanyao.filing.documents import told
from guanyao.filing.documents.clause_line import asked_by
from guanyao.filing.documents.figures import SCORES, with_interval
from guanyao.filing.documents.public_notice import SUMMARY
from guanyao.filing.dossier import Dossier

KIND = "document.disclosure_page"
SELF_DECLARED = (
    "备案由提供者自行申报，提供者对所报材料的真实性负责；"
    "备案编号不表示主管部门对服务的内容、质量或安全性作出认可或保证。"
)


def write(dossier: Dossier) -> Document:
    """The page."""
    return Document(
        name="公开说明页面",
        title=f"{told.service_name(dossier)}公开说明",
        subtitle=told.provider(dossier),
        blocks=(
            Text("本页在服务首页等显著位置公开，供使用者和公众在使用前了解本服务。"),
            Heading(level=1, text="一、适用人群、场合与用途"),
            Fields(tuple(_what_for(dossier))),
            Heading(level=1, text="二、使用限制"),
            Bullets(tuple(_limits(dossier))),
            Heading(level=1, text="三、模型与测量值"),
            Fields(tuple(_model(dossier))),
            Bullets(tuple(_quality(dossier))),
            Heading(level=1, text="四、生成内容标识"),
            Text(f"{dossier.answer('label_method')}。请勿去除、篡改或遮挡标识。"),
            Heading(level=1, text="五、使用者的权利与投诉"),
            Fields(tuple(_channels(dossier))),
            Heading(level=1, text="六、备案信息"),
            *(Text(line) for line in _number(dossier)),
            Heading(level=2, text="附：本页所回应的要求"),
            Bullets(asked_by(dossier, KIND)),
        ),
    )


def _what_for(dossier: Dossier) -> Iterator[tuple[str, str]]:
    yield "服务名称", told.service_name(dossier)
    yield "提供者", told.provider(dossier)
    yield "生成内容", told.fact(dossier, "modality")
    for question in ("audience", "occasions", "purpose", "channels"):
        yield dossier.questions.get(question, question), dossier.answer(question)
    grown = "服务不面向未成年人"
    yield "未成年人", told.answer_if(dossier, "minors", "minors_measures", grown)


def _limits(dossier: Dossier) -> Iterator[str]:
    yield "生成内容由模型按统计规律产生，不对应任何真实的个人、事件或记录，不得作为事实或证据使用。"
    yield f"适用场合以外的使用均不受支持。适用场合：{dossier.answer('occasions')}。"
    yield f"行业专门措施：{dossier.answer('industry_measures')}。"
    yield (
        "不得据以对个人作出诊断、治疗、信贷、招录等决定；得出的结论用于实际决策前，"
        "须以真实数据验证。"
    )
    yield "不得尝试由生成内容推断、还原或识别真实个人。"
    yield "请合理安排使用时间，理性看待生成内容。"


def _model(dossier: Dossier) -> Iterator[tuple[str, str]]:
    yield "模型名称", f"{dossier.answer('model_name')}，{dossier.answer('model_version')}"
    base = dossier.service.facts.get("base_model")
    yield "基础模型", told.fact(dossier, "base_model")
    if base == "third_party":
        for question in ("base_model_name", "base_model_provider", "base_model_number"):
            yield dossier.questions.get(question, question), dossier.answer(question)
    yield "是否处理个人信息", f"{told.fact(dossier, 'uses_personal_data')}；详见隐私保护政策"
    if told.holds(dossier, "trains_on_user_input"):
        yield "使用者输入用于训练", f"是，可以关闭：{dossier.answer('opt_out_path')}"
    if told.holds(dossier, "provides_api"):
        yield "接口", "以接口提供的，接口说明文档公开与本页相同的内容"


def _quality(dossier: Dossier) -> Iterator[str]:
    """The measures that the public is told, of the model in use."""
    run = told.current_run(dossier) or {}
    found = [
        f"{SCORES[s['name']]}：{with_interval(s.get('value'), s.get('low'), s.get('high'))}。"
        for s in run.get("scores", ())
        if s.get("name") in SUMMARY
    ]
    yield from found or ["尚无可公开的测量值。"]
    yield "测量值是对整体的估计，不保证单条记录准确；数值随模型更新而更新。"


def _channels(dossier: Dossier) -> Iterator[tuple[str, str]]:
    for question in ("complaint_channel", "complaint_limit", "privacy_channel", "ip_channel"):
        yield dossier.questions.get(question, question), dossier.answer(question)


def _number(dossier: Dossier) -> Iterator[str]:
    number = "" if dossier.filing.is_struck else dossier.filing.number
    yield f"备案编号：{number}。" if number else "备案编号：尚未取得，取得后在本页公示。"
    yield SELF_DECLARED
