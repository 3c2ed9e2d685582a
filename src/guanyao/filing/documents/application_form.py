"""The application form: provider, service, model, data in short, commitment."""

from collections.abc import Iterator

from guanyao.filing.document import (
    Bullets,
    Document,
    Fields,
    Heading,
    Signatures,
    Text,
    missing,
)
from guanyao.filing.documents import told
from guanyao.filing.dossier import Dossier
from guanyao.filing.materials import Materials
from guanyao.filing.service import FACTS

REGISTRATION = "registration"
COMMITMENT = (
    "本表及所附材料真实、准确、完整，证据材料与其摘要一致；",
    "已就所列全部条款逐条得出结论，不符合项均有整改计划与期限；",
    "服务、模型、训练数据或用途发生重大变化时，按规定重新评估并办理变更；",
    "不以备案（登记）名义作宣传推介，知悉备案（登记）不构成对服务内容的认可。",
)


def write(dossier: Dossier) -> Document:
    """The form, in the variant of the filing's route."""
    is_registration = Materials.shipped().route_of(dossier.profile) == REGISTRATION
    what = "登记" if is_registration else "备案"
    return Document(
        name=f"生成式人工智能服务{what}申请表",
        title=f"生成式人工智能服务{what}申请表",
        subtitle=told.subtitle(dossier),
        blocks=(
            Heading(level=1, text="一、申报主体"),
            Fields(tuple(_provider(dossier))),
            Heading(level=1, text="二、服务"),
            Fields(tuple(_service(dossier))),
            Heading(level=1, text="三、模型" if not is_registration else "三、所调用的模型"),
            Fields(tuple(_called(dossier) if is_registration else _model(dossier))),
            Heading(level=1, text="四、运行环境"),
            Fields(tuple(_environment(dossier))),
            Heading(level=1, text="五、承诺"),
            Text(f"{told.provider(dossier)}承诺："),
            Bullets(COMMITMENT, numbered=True),
            Signatures(("法定代表人（签字）", "申报单位（盖章）")),
        ),
    )


def _provider(dossier: Dossier) -> Iterator[tuple[str, str]]:
    yield "单位全称", told.provider(dossier)
    for question in ("uscc", "provider_kind", "province", "address", "legal_representative"):
        yield dossier.questions.get(question, question), dossier.answer(question)
    for question in ("contact_name", "contact_phone", "contact_email", "security_head"):
        yield dossier.questions.get(question, question), dossier.answer(question)
    is_public = "不向境内公众提供"
    yield "ICP 备案号或许可证号", told.answer_if(dossier, "public", "icp_number", is_public)
    yield "网络安全等级保护", _grade(dossier)
    yield "算法备案号", dossier.answers.get("algorithm_number") or "无"


def _grade(dossier: Dossier) -> str:
    level = dossier.service.facts.get("mlps_level")
    if level is None:
        return told.fact(dossier, "mlps_level")
    if not level:
        return "尚未定级"
    number = dossier.answers.get("mlps_number", "").strip()
    return f"第 {level} 级，备案号 {number or dossier.answer('mlps_number')}"


def _service(dossier: Dossier) -> Iterator[tuple[str, str]]:
    yield "服务名称", told.service_name(dossier)
    for question in ("service_form", "channels", "purpose", "audience", "occasions"):
        yield dossier.questions.get(question, question), dossier.answer(question)
    yield "生成内容", told.fact(dossier, "modality")
    for name in ("public", "minors", "takes_input", "opinion_attribute", "provides_api"):
        yield FACTS[name].ask["zh"].rstrip("？"), told.fact(dossier, name)
    yield "（拟）上线日期", dossier.answer("launch_date")
    yield "生成内容标识方式", dossier.answer("label_method")


def _model(dossier: Dossier) -> Iterator[tuple[str, str]]:
    yield "模型名称", dossier.answer("model_name")
    yield "模型版本", dossier.answer("model_version")
    yield "模型类型", told.model_kind(dossier)
    yield "模型文件摘要（SHA-256）", told.digest(dossier.subject.model, "模型文件摘要")
    settings = told.model_settings(dossier)
    yield (
        "主要参数",
        told.settings_text(settings) or "该方法无可调参数"
        if told.card(dossier) or settings
        else missing("模型参数（附上模型卡或运行记录）"),
    )
    if n := (told.card(dossier) or {}).get("n_parameters"):
        yield "可训练参数数量", str(n)
    yield "基础模型", told.fact(dossier, "base_model")
    yield from _base_model(dossier)


def _base_model(dossier: Dossier) -> Iterator[tuple[str, str]]:
    base = dossier.service.facts.get("base_model")
    for question in ("base_model_name", "base_model_number", "base_model_licence"):
        title = dossier.questions.get(question, question)
        if base == "third_party":
            yield title, dossier.answer(question)
        elif base is not None:
            yield title, f"{told.NOT_INVOLVED}：未使用第三方基础模型"


def _called(dossier: Dossier) -> Iterator[tuple[str, str]]:
    for question in (
        *("base_model_name", "base_model_provider", "base_model_number", "base_model_call"),
        *("base_model_contract", "base_model_licence"),
    ):
        yield dossier.questions.get(question, question), dossier.answer(question)
    yield FACTS["tunes_model"].ask["zh"].rstrip("？"), told.fact(dossier, "tunes_model")


def _environment(dossier: Dossier) -> Iterator[tuple[str, str]]:
    if told.holds(dossier, "learns_from_data") is False:
        yield "训练硬件", f"{told.NOT_INVOLVED}：模型不由本单位训练"
    else:
        yield "训练硬件", told.hardware(dossier)
        yield "训练软件", told.versions(dossier)
    yield "训练与推理部署位置", dossier.answer("hosting")
    yield "云服务或机房合同", dossier.answer("cloud_contract")
