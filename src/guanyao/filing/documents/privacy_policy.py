"""The privacy policy: what is handled, why, how long, and what persons may ask for."""

from collections.abc import Iterator

from guanyao.filing.document import Block, Bullets, Document, Heading, Text, missing
from guanyao.filing.documents import assessed, told
from guanyao.filing.documents.clause_line import asked_by
from guanyao.filing.documents.service_agreement import numeral
from guanyao.filing.dossier import Dossier

KIND = "document.privacy_policy"


def write(dossier: Dossier) -> Document:
    """The policy."""
    parts = [*_handled(dossier), *_passed_on(dossier), *_kept(dossier), *_rights(dossier)]
    return Document(
        name="隐私保护政策",
        title=f"{told.service_name(dossier)}隐私保护政策",
        subtitle=told.subtitle(dossier),
        blocks=(
            Text(
                f"本政策说明{told.provider(dossier)}在提供{told.service_name(dossier)}时如何处理"
                "个人信息，以及个人享有的权利。"
            ),
            *(
                block
                for n, (title, points) in enumerate(parts, 1)
                for block in _part(n, title, points)
            ),
            Heading(level=2, text="附：本政策所回应的要求"),
            Bullets(asked_by(dossier, KIND)),
        ),
    )


Part = tuple[str, tuple[str, ...]]


def _part(n: int, title: str, points: tuple[str, ...]) -> Iterator[Block]:
    yield Heading(level=2, text=f"{numeral(n)}、{title}")
    yield Bullets(points)


def _handled(dossier: Dossier) -> Iterator[Part]:
    no_input = "使用者不能输入或上传内容"
    yield (
        "处理的个人信息及目的",
        (
            f"身份核验：{told.answer_if(dossier, 'takes_input', 'user_identity', no_input)}。",
            f"日志：{dossier.answer('log_fields')}，用于保障服务安全。",
            "只处理实现上述目的所必需的个人信息，不收集非必要个人信息。",
        ),
    )
    yield "训练数据中的个人信息", tuple(_training(dossier))
    children = told.holds(dossier, "children_data")
    said = {
        True: "处理不满十四周岁未成年人个人信息的，取得其监护人的同意，并制定专门规则。",
        False: f"{told.NOT_INVOLVED}：不处理不满十四周岁未成年人的个人信息。",
    }
    yield (
        "未成年人",
        (said[children] if children is not None else told.fact(dossier, "children_data"),),
    )


def _training(dossier: Dossier) -> Iterator[str]:
    uses = told.holds(dossier, "uses_personal_data")
    if uses is not True:
        yield (
            told.fact(dossier, "uses_personal_data")
            if uses is None
            else f"{told.NOT_INVOLVED}：训练与服务均不处理个人信息。"
        )
        return
    yield f"合法性基础：{dossier.answer('personal_basis')}。"
    sensitive = told.holds(dossier, "sensitive_personal_data")
    if sensitive:
        yield "处理敏感个人信息的，取得个人的单独同意或者具备法律规定的其他条件。"
    yield from (assessed.masking(*pair) for pair in told.of_schema(dossier, "guanyao.masking/1"))
    yield "生成内容不与任何真实个人对应；提供者以攻击测试衡量并控制剩余的识别风险。"
    run = told.current_run(dossier)
    yield (
        assessed.differential_privacy(dossier, run)
        if run
        else missing("隐私保护技术说明（附上 run.json）")
    )


def _passed_on(dossier: Dossier) -> Iterator[Part]:
    shared = told.answer_if(
        dossier, "shares_personal_data", "shared_with", "不向他人提供个人信息，也不委托他人处理"
    )
    abroad = told.answer_if(dossier, "sends_abroad", "abroad", "个人信息不出境")
    trains = told.answer_if(dossier, "trains_on_user_input", "opt_out_path", "使用者输入不用于训练")
    yield "委托处理与提供", (f"{shared}。",)
    yield "出境", (f"{abroad}。",)
    yield "输入用于训练的关闭方式", (f"{trains}。",)


def _kept(dossier: Dossier) -> Iterator[Part]:
    yield (
        "保存期限与安全措施",
        (
            f"保存期限：{dossier.answer('retention')}。",
            f"部署位置：{dossier.answer('hosting')}；环境隔离：{dossier.answer('isolation')}。",
            "采取分级授权、加密、备份和审计等措施；发生泄露、篡改、丢失的，立即补救，"
            "依法通知个人并报告主管部门。",
        ),
    )


def _rights(dossier: Dossier) -> Iterator[Part]:
    yield (
        "个人的权利",
        (
            "个人可以请求查阅、复制、更正、补充、转移、删除其个人信息，撤回同意，注销账号，"
            "要求解释处理规则。",
            f"请求渠道：{dossier.answer('privacy_channel')}；投诉渠道：{dossier.answer('complaint_channel')}；"
            f"处理时限：{dossier.answer('complaint_limit')}。",
            *(assessed.erasure(*pair) for pair in told.of_schema(dossier, "guanyao.erasure/1")),
        ),
    )
    yield "政策更新", ("政策更新时在服务页面公告；涉及处理目的、方式、种类变化的，重新取得同意。",)
