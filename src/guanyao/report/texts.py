"""Every sentence of the page, in English and Chinese, under one key.

Figures stand in braces; `english` and `chinese` fill them in.
"""

import math
from collections.abc import Mapping

from guanyao.report.image_texts import IMAGE_TEXTS
from guanyao.report.training_texts import TRAINING_TEXTS

Text = tuple[str, str]

TEXTS: dict[str, Text] = {
    **IMAGE_TEXTS,
    **TRAINING_TEXTS,
    # the page's frame
    "page.title": ("Virtual data report", "虚拟数据报告"),
    "page.lead": (
        "{n_virtual} virtual rows, written by the generator “{model}” after it learned from "
        "{n_train} real rows, measured against {n_holdout} real rows it never saw.",
        "生成器“{model}”从 {n_train} 行真实数据中学习，写出 {n_virtual} 行虚拟数据；"
        "以它从未见过的 {n_holdout} 行真实数据为尺度进行衡量。",
    ),
    "page.lead_short": (
        "Written by the generator “{model}” after it learned from {n_train} real rows, measured "
        "against {n_holdout} real rows it never saw.",
        "生成器“{model}”从 {n_train} 行真实数据中学习；"
        "以它从未见过的 {n_holdout} 行真实数据为尺度进行衡量。",
    ),
    "page.skip": ("Skip to the verdict", "跳到结论"),
    "page.theme": ("Light / dark", "浅色 / 深色"),
    "page.how": ("How to read this", "如何阅读"),
    "page.footer": (
        "Made by Guanyao {version} · run {run}. This file needs no network and sends nothing.",
        "由 Guanyao（官窑）{version} 生成 · 运行编号 {run}。本文件无需联网，也不发送任何数据。",
    ),
    # the words of the verdict
    "level.good": ("good", "良好"),
    "level.fair": ("fair", "一般"),
    "level.poor": ("poor", "不足"),
    "level.unknown": ("not shown", "未证实"),
    "level.note": ("note", "说明"),
    "about.fidelity": ("Fidelity", "保真度"),
    "about.utility": ("Utility", "可用性"),
    "about.privacy": ("Privacy", "隐私"),
    "about.fidelity.what": (
        "Does it look like the real data, column by column and together?",
        "无论单列还是联合来看，它像真实数据吗？",
    ),
    "about.utility.what": (
        "Does work done on it carry over to real data?",
        "在它上面做的工作，能用到真实数据上吗？",
    ),
    "about.privacy.what": (
        "Could an attacker learn who was in the real data?",
        "攻击者能否得知真实数据里有谁？",
    ),
    "overall.ready": ("Ready to use", "可以使用"),
    "overall.care": ("Use with care", "谨慎使用"),
    "overall.unproven": ("Not proven safe", "安全性未证实"),
    "overall.stop": ("Do not release", "请勿发布"),
    "overall.weak": ("Of little use", "用处不大"),
    "overall.unknown": ("Not judged", "未作判断"),
    "overall.ready.say": (
        "Every figure that could be judged is good.",
        "所有可判断的指标均为良好。",
    ),
    "overall.care.say": (
        "Useful within the limits below. Weakest point: {weak}.",
        "在以下限制内可用。最弱之处：{weak}。",
    ),
    "overall.unproven.say": (
        "No attack could show that people are safe: treat it like the real data until one does.",
        "尚无攻击检验能证明个人信息安全：在证明之前，须按真实数据对待。",
    ),
    "overall.stop.say": (
        "An attacker can tell who was in the real data: treat this file like the real data.",
        "攻击者能辨认出真实数据中有谁：须把本文件当作真实数据对待。",
    ),
    "overall.weak.say": (
        "It gives away little about people, but also keeps little of what the real data say.",
        "它几乎不泄露个人信息，但也几乎没有保留真实数据所含的内容。",
    ),
    "overall.unknown.say": (
        "Nothing was measured that a judgement could rest on.",
        "没有可作为判断依据的测量结果。",
    ),
    "use.for": ("Use it for", "可用于"),
    "use.not_for": ("Do not use it for", "不可用于"),
    "use.nothing": (
        "nothing that leaves the place where the real data are kept",
        "任何离开真实数据保管地的用途（均不可用）",
    ),
    "use.software_tests": (
        "testing software, demonstrations and training courses",
        "软件测试、演示与培训",
    ),
    "use.partners": (
        "giving to named partners under an agreement",
        "在协议约束下提供给指定的合作方",
    ),
    "use.sharing": (
        "sharing outside the organisation",
        "向机构以外共享",
    ),
    "use.exploration": (
        "exploring the data and preparing analyses",
        "数据探索与分析方案的准备",
    ),
    "use.statistics": (
        "estimating distributions and relations between columns",
        "估计各列的分布以及列与列之间的关系",
    ),
    "use.model_training": (
        "training models that predict the target column",
        "训练预测目标列的模型",
    ),
    "use.single_persons": (
        "decisions about single persons: no row is a person",
        "对个人作出决定：任何一行都不是真人",
    ),
    "use.final_results": (
        "final results that were not checked once on real data",
        "未经真实数据复核的最终结论",
    ),
    "use.release": (
        "any release: treat it like the real data",
        "任何形式的发布：须按真实数据对待",
    ),
    # the reasons of the verdict
    "fidelity.column_shapes": (
        "Single columns: {value} of 1 (another sample of real rows reaches {real}).",
        "单列分布：{value}（满分 1；另一份真实样本为 {real}）。",
    ),
    "fidelity.pair_trends": (
        "Relations between two columns: {percent} % are kept "
        "(0 % is shuffled columns, {independent}; 100 % is real rows, {real}).",
        "两列之间的关系保留了 {percent}%"
        "（0% 为打乱各列：{independent}；100% 为真实数据：{real}）。",
    ),
    "fidelity.pair_trends.near": (
        "Relations between two columns: {value} of 1 (real rows reach {real} and shuffled columns "
        "{independent}: too near each other to tell how much is kept).",
        "两列之间的关系：{value}（满分 1；真实数据为 {real}，打乱各列为 {independent}，"
        "两者太近，说不出保留了多少）。",
    ),
    "fidelity.triple_trends": (
        "Relations among three columns: {percent} % are kept "
        "(0 % is shuffled columns, {independent}; 100 % is real rows, {real}).",
        "三列之间的关系保留了 {percent}%"
        "（0% 为打乱各列：{independent}；100% 为真实数据：{real}）。",
    ),
    "fidelity.triple_trends.near": (
        "Relations among three columns: {value} of 1 (real rows reach {real} and shuffled columns "
        "{independent}: too near each other to tell how much is kept).",
        "三列之间的关系：{value}（满分 1；真实数据为 {real}，打乱各列为 {independent}，"
        "两者太近，说不出保留了多少）。",
    ),
    "fidelity.c2st_auc": (
        "A classifier trained to tell virtual from real rows reaches an AUC of {value} "
        "(0.5 is guessing; shuffled columns give {independent}).",
        "训练一个分类器来区分虚拟行与真实行，AUC 为 {value}（0.5 等于瞎猜；"
        "打乱各列时为 {independent}）。",
    ),
    "fidelity.missingness": (
        "Values are missing as often, and together, as in real rows to {value} of 1 (another "
        "sample of real rows reaches {real}).",
        "缺失的多少与搭配和真实数据的一致程度为 {value}（满分 1；另一份真实样本为 {real}）。",
    ),
    "fidelity.unmeasured": (
        "No figure of fidelity was measured beside both references.",
        "没有任何保真度指标同时具备两条参照线。",
    ),
    "utility.tstr": (
        "A model trained on virtual rows predicts real rows with {value}; trained on real rows, "
        "{real} ({percent} % of what can be learned).",
        "用虚拟数据训练的模型预测真实数据得 {value}；"
        "用真实数据训练为 {real}（达到可学内容的 {percent}%）。",
    ),
    "utility.no_target": (
        "No target column was named, so no prediction was tried (name one with --target).",
        "未指定目标列，因此没有进行预测检验（可用 --target 指定）。",
    ),
    "utility.not_learnable": (
        "The target can hardly be predicted even from real rows ({real}), so this says nothing.",
        "即使用真实数据也几乎无法预测目标列（{real}），因此不能说明问题。",
    ),
    "privacy.attack": (
        "The strongest attack ({attack}, {group} records) tells who was in the data with "
        "{value}, at most {high} (guessing is {baseline}).",
        "最强的攻击（{attack}，{group}记录）辨认“谁在数据中”的得分为 {value}，"
        "上限 {high}（瞎猜为 {baseline}）。",
    ),
    "privacy.tail": (
        "At {fpr} % false alarms the attack {attack} ({group} records) finds {percent} % of the "
        "people: some records are exposed.",
        "在误报率 {fpr}% 时，攻击 {attack}（{group}记录）能找出 {percent}% 的人：部分记录被暴露。",
    ),
    "privacy.copies": (
        "{percent} % of the virtual rows are word-for-word copies of rows learned from; fresh "
        "real rows meet them by chance in {by_chance} %.",
        "{percent}% 的虚拟行与训练行一字不差；全新的真实行偶然相同的只有 {by_chance}%。",
    ),
    "privacy.underpowered": (
        "{count} of {total} attacks could not be judged (too few records, or not usable): they "
        "count as not passed.",
        "{total} 项攻击中有 {count} 项无法判断（记录太少或不可用）：按未通过计。",
    ),
    "privacy.no_attack": (
        "No attack gave a usable answer, so nothing is known about privacy.",
        "没有一项攻击得出可用的结果，因此对隐私情况一无所知。",
    ),
    "privacy.dp": (
        "The generator is differentially private: ε = {epsilon}, δ = {delta}.",
        "生成器满足差分隐私：ε = {epsilon}，δ = {delta}。",
    ),
    "privacy.worse": (
        "The whole interval of {attack} ({group} records) lies above guessing ({low} to {high}): "
        "a small but real trace of the people learned from.",
        "{attack}（{group}记录）的整个区间都高于瞎猜（{low} 至 {high}）："
        "留有微小但真实的训练者痕迹。",
    ),
    # names of figures
    "score.column_shapes": ("Column shapes", "单列分布"),
    "score.column_shapes.what": (
        "How well each column alone matches the real rows, averaged.",
        "每一列单独看与真实数据的吻合程度，取平均。",
    ),
    "score.pair_trends": ("Pair trends", "两列关系"),
    "score.pair_trends.what": (
        "How well every pair of columns goes together as in the real rows.",
        "每两列之间的搭配与真实数据的吻合程度。",
    ),
    "score.triple_trends": ("Triple trends", "三列关系"),
    "score.triple_trends.what": (
        "The same for three columns at a time: the hard test for a generator.",
        "同样的比较，一次取三列：对生成器更严的考验。",
    ),
    "score.missingness": ("Missing values", "缺失情况"),
    "score.missingness.what": (
        "Whether values are missing as often, and together, as in the real rows.",
        "缺失的多少以及各列缺失的搭配是否与真实数据一致。",
    ),
    "score.c2st_auc": ("Detection (C2ST AUC)", "可辨性（C2ST AUC）"),
    "score.c2st_auc.what": (
        "How well a strong classifier tells virtual from real rows. 0.5 is best: it cannot.",
        "强分类器区分虚拟行与真实行的能力。0.5 最好：无法区分。",
    ),
    "score.tstr": ("Train on virtual, test on real", "虚拟训练、真实检验"),
    "score.tstr.what": (
        "A model learns from virtual rows and is tested on real ones.",
        "模型从虚拟数据中学习，再在真实数据上检验。",
    ),
    "score.dcr_share": ("Distance to closest record, share", "最近记录距离占比（DCR）"),
    "score.dcr_share.what": (
        "Share of virtual rows nearer to a learned row than to a kept-back row; 0.5 is chance.",
        "虚拟行离训练行比离留出行更近的比例；0.5 为偶然水平。",
    ),
    "score.exact_copies": ("Exact copies", "完全相同的行"),
    "score.exact_copies.what": (
        "Virtual rows equal to a learned row that stands only once in the source.",
        "与某条训练行完全相同的虚拟行（该行在源数据中仅出现一次）。",
    ),
    "attack.nearest_neighbour": (
        "Nearest-neighbour membership inference",
        "最近邻成员推断",
    ),
    "attack.nearest_neighbour.what": (
        "The attacker has the virtual rows and a person's full record.",
        "攻击者掌握虚拟数据与某人的完整记录。",
    ),
    "attack.calibrated_neighbour": (
        "Calibrated nearest-neighbour membership inference",
        "校准的最近邻成员推断",
    ),
    "attack.calibrated_neighbour.what": (
        "The attacker has, besides, other real records of the same population.",
        "攻击者另外还掌握同一人群的其他真实记录。",
    ),
    "group.random": ("random", "随机抽取的"),
    "group.vulnerable": ("vulnerable", "易暴露的"),
    "group.canary": ("planted", "预埋的"),
    "group.all": ("all", "全部"),
    # figures beside the references
    "mark.floor": ("shuffled columns", "打乱各列"),
    "mark.ceiling": ("real rows", "真实数据"),
    "mark.virtual": ("virtual", "虚拟"),
    "mark.real": ("real", "真实"),
    "mark.interval": ("95 % interval", "95% 区间"),
    "mark.baseline": ("guessing", "瞎猜"),
    "mark.control": ("control", "对照"),
    "mark.missing": ("missing", "缺失"),
    "mark.other": ("all others", "其他"),
    "mark.difference": ("difference", "差异"),
    "mark.plus": (
        "together",
        "同向或相关",
    ),
    "mark.minus": (
        "opposite",
        "反向",
    ),
    "detail.tsts": (
        "trained and tested on virtual rows",
        "在虚拟数据上训练并检验",
    ),
    "detail.trtr": (
        "trained and tested on real rows",
        "在真实数据上训练并检验",
    ),
    "detail.n_rows": (
        "rows used",
        "使用的行数",
    ),
    "detail.rows_a_side": ("rows on each side", "每侧行数"),
    "detail.folds": ("parts of cross-validation", "交叉验证折数"),
    "detail.trees": ("trees", "树的数目"),
    "detail.interval": ("method of the interval", "区间的算法"),
    "detail.target": ("target", "目标列"),
    "detail.n_classes": ("classes", "类别数"),
    "detail.measure": (
        "measure",
        "度量",
    ),
    "mark.of_way": (
        "{percent} % of the way",
        "达到 {percent}%",
    ),
    "part.verdict": ("Verdict", "结论"),
    "part.verdict.how": (
        "Each judgement is made by its weakest figure, never by an average. Fidelity and utility "
        "are placed between a floor (the same columns, shuffled so that nothing goes together) "
        "and a ceiling (other real rows). Privacy is judged by the upper end of the strongest "
        "attack. The thresholds are Guanyao's own: no standard fixes them, and no verdict here "
        "replaces a legal assessment.",
        "每项判断取其最弱的指标，从不取平均。"
        "保真度与可用性放在“下限”（同样的列，打乱后互不相关）"
        "与“上限”（另一批真实行）之间来看；隐私以最强攻击的上限来判断。"
        "阈值由 Guanyao 自定，尚无标准作出规定；本结论不能替代法律评估。",
    ),
    "part.figures": ("Key figures", "关键指标"),
    "part.figures.how": (
        "The dot is this virtual data; the pale band is its 95 % interval. The left mark is the "
        "floor: real columns shuffled one by one, so every relation is lost. The right mark is "
        "the ceiling: other real rows measured in the same way. A dot near the right mark is as "
        "good as real data can be. Where the two marks stand together, the figure cannot tell "
        "good from bad, and only the distance to the marks counts.",
        "圆点是这份虚拟数据，浅色带是其 95% 区间。左侧刻度为下限：把真实数据的各列分别打乱，"
        "一切关系尽失；"
        "右侧刻度为上限：以同样方法衡量的另一批真实行。圆点越靠近右侧刻度，"
        "就越接近真实数据所能达到的水平。"
        "若两个刻度几乎重合，该指标便分不出好坏，只看圆点离刻度的远近。",
    ),
    "part.columns": ("Column by column", "逐列对比"),
    "part.columns.how": (
        "The grey shape is real rows that were kept back, the green line or bar is virtual rows: "
        "the closer they lie, the better. Numbers that many rows share (often zero) stand apart "
        "on the left, on a scale of their own. The two figures after the name are how much "
        "virtual rows, and other real rows, overlap with the kept-back rows; worst first. Ranges "
        "leave out at least the outermost hundredth on each side, and no bin or level stands for "
        "fewer than {min_rows} real rows.",
        "灰色为留出的真实行，绿色线条或横条为虚拟行：两者越贴近越好。"
        "许多行共有的数值（常为零）单独画在左侧，"
        "比例尺另计。列名后的两个数字分别是虚拟行、另一批真实行与留出行的重合度；最差的排在最前。"
        "取值范围略去两端至少各百分之一，任何区间或类别都不少于 {min_rows} 条真实行。",
    ),
    "part.columns.count": (
        "{shown} of {total} columns are drawn, those that fit worst.",
        "共 {total} 列，画出吻合最差的 {shown} 列。",
    ),
    "part.columns.anew": (
        "Not drawn, because written anew: {names}.",
        "以下各列由系统重新编写，故不画图：{names}。",
    ),
    "part.columns.search": ("Find a column", "查找列"),
    "part.columns.kind": ("Show", "显示"),
    "part.columns.all": ("all", "全部"),
    "part.columns.numbers": ("numbers and dates", "数值与日期"),
    "part.columns.categories": ("categories", "类别"),
    "part.columns.empty": ("No column has that name.", "没有匹配的列。"),
    "part.pairs": ("Pairs of columns", "列与列的关系"),
    "part.pairs.how": (
        "Each square is a pair of columns: the name on the diagonal belongs to the row on its "
        "left and the column below it. The darker the square, the stronger the two go together "
        "(green: rising together or associated; brown: one falls as the other rises). “Real” and "
        "“virtual” should look alike; the third picture shows what differs, and should be pale.",
        "每个方格代表一对列：对角线上的列名既属于它左边的行，也属于它下方的列。颜色越深，"
        "两列的关系越强"
        "（绿色：同升或相关；棕色：此升彼降）。“真实”与“虚拟”两图应当相像；第三幅显示差异，"
        "应当浅淡。",
    ),
    "part.pairs.worst": ("The pairs that differ most", "差异最大的列对"),
    "part.pairs.count": (
        "{shown} of {total} columns are drawn, those whose pairs differ most.",
        "共 {total} 列，画出关系差异最大的 {shown} 列。",
    ),
    "part.detection": ("Detection and utility", "可辨性与可用性"),
    "part.detection.telling": (
        "What gives the virtual rows away",
        "虚拟行在哪里露出破绽",
    ),
    "part.detection.how": (
        "Detection: a strong classifier is trained to tell virtual rows from real ones it has "
        "not seen; an AUC of 0.5 means that it can only guess, 1 that it always knows. The bars "
        "show which columns help it most: look there first when the data must become better. "
        "Utility: the same model is trained once on virtual and once on real rows, and both are "
        "tested on the same kept-back real rows.",
        "可辨性：训练强分类器区分虚拟行与它未见过的真实行；AUC 为 0.5 表示只能瞎猜，"
        "为 1 表示总能认出。"
        "条形显示哪些列最有助于辨认：若要改进数据，先看这些列。"
        "可用性：同一种模型分别用虚拟行与真实行训练，再用同一批留出的真实行检验。",
    ),
    "part.privacy": ("Privacy attacks", "隐私攻击"),
    "part.privacy.how": (
        "Each row is an attack that was really carried out: given a person's record, was it among "
        "the rows learned from? 0.5 is guessing, 1 always right. The dot is what the attack "
        "reached, the band its 95 % interval, the hollow diamond the same attack where there is "
        "nothing to find (control). The verdict looks at the right end of the band: up to {good} "
        "is good, up to {fair} fair. “Vulnerable” records lie far from all others and are the "
        "first to be exposed. The last columns say which share of people is found while only 1 "
        "or 10 of 1,000 others are wrongly accused.",
        "每一行都是一次真正实施的攻击：给出某人的记录，它是否在训练数据中？0.5 为瞎猜，"
        "1 为总能猜中。"
        "圆点是攻击所得，色带是其 95% 区间，空心菱形是在无可发现之处的同一攻击（对照）。"
        "结论看色带右端：不超过 {good} 为良好，不超过 {fair} 为一般。"
        "“易暴露的”记录远离其他记录，最先暴露。"
        "最后两列表示：在每 1,000 个无关者中只误报 1 个或 10 个时，能找出多大比例的人。",
    ),
    "part.diagnostics": ("Diagnostics", "诊断"),
    "part.diagnostics.warning": (
        "These figures are shown because many know them. Distances never decide the verdict: "
        "a release that copies one row in a hundred word for word still passes them, while a "
        "simple attack finds every one of those people. Exact copies can only make the verdict "
        "worse, never better.",
        "列出这些指标是因为它们广为人知。距离从不决定结论：哪怕每一百行就有一行原样照抄，"
        "仍能通过距离检验，而一次简单的攻击就能找出其中每一个人。"
        "完全相同的行只会使结论变差，不会使其变好。",
    ),
    "part.diagnostics.how": (
        "“Real rows” is what fresh real rows give that nobody learned from: the value to be near. "
        "“Copy of train” is what handing out the learned rows themselves would give.",
        "“真实数据”是无人学习过的全新真实行的测量值，越接近越好；"
        "“照抄训练数据”是直接交出训练行时的测量值。",
    ),
    "part.protection": ("What was protected", "保护措施"),
    "part.protection.how": (
        "These things were done before anything was learned, so that no single person can stand "
        "behind a level, an extreme value or an identifier of the virtual rows.",
        "这些措施在学习之前就已完成，使虚拟行中的类别、极端值或标识符背后都不会是某一个具体的人。",
    ),
    "part.protection.least": (
        "Nothing that stands for fewer than {count} entities reaches the virtual rows or the "
        "model file.",
        "凡代表不足 {count} 个主体的内容，都不会进入虚拟数据或模型文件。",
    ),
    "protect.rare_levels": ("rare levels merged", "合并的罕见类别"),
    "protect.extremes": ("extreme values clipped", "截断的极端值"),
    "protect.identifiers": ("identifiers written anew", "重新编写的标识符"),
    "protect.text": ("free text written anew", "重新编写的自由文本"),
    "protect.near_unique": ("near-unique values coarsened", "粗化的近乎唯一的值"),
    "part.rules": ("Rules between columns", "列间规则"),
    "part.rules.how": (
        "The schema's rules: Guanyao's own generators write no row that breaks one.",
        "数据模式中的规则：Guanyao 自己的生成器不会写出违反规则的行。",
    ),
    "part.missing": ("Missing values", "缺失值"),
    "part.missing.how": (
        "That a value is missing often says something itself, so it is learned, not filled in. "
        "The shares should be alike.",
        "值的缺失往往本身就包含信息，因此缺失被学习而不是被填补。两个比例应当接近。",
    ),
    "part.timing": ("Time and memory", "用时与内存"),
    "part.timing.how": (
        "Seconds on the machine that ran this; CPU seconds add up all cores.",
        "在运行本任务的机器上所用的秒数；CPU 秒为各核之和。",
    ),
    "time.inspect_s": ("inspect the table, s", "检查表格（秒）"),
    "time.fit_s": ("learn, s", "学习（秒）"),
    "time.fit_cpu_s": ("learn, CPU s", "学习（CPU 秒）"),
    "time.sample_s": ("write rows, s", "生成（秒）"),
    "time.rows_per_s": ("rows written per second", "每秒生成行数"),
    "time.evaluate_s": ("measure, s", "评测（秒）"),
    "time.peak_mb": ("peak memory, MB", "内存峰值（MB）"),
    "part.record": ("Settings and digests", "设置与摘要"),
    "part.record.how": (
        "With the same source, settings, seed and version anybody gets the same rows; the "
        "digests (SHA-256) prove which files are meant.",
        "来源、设置、种子与版本相同，任何人都能得到同样的数据；摘要（SHA-256）用以证明所指的文件。",
    ),
    "record.run": ("run", "运行编号"),
    "record.created": ("created", "生成时间"),
    "record.version": ("Guanyao version", "Guanyao 版本"),
    "record.seed": ("seed", "随机种子"),
    "record.source": ("source digest", "来源摘要"),
    "record.model": ("generator", "生成器"),
    "record.digest": ("model digest", "模型摘要"),
    "record.settings": ("settings", "设置"),
    "record.privacy": ("formal privacy", "形式化隐私保证"),
    "record.privacy_none": (
        "none promised (measured by attacks only)",
        "未作承诺（仅以攻击实测）",
    ),
    "record.rows": ("rows learned from / kept back", "训练行数 / 留出行数"),
    "record.columns": ("columns", "列数"),
    "part.warnings": ("Warnings", "警告"),
    "part.warnings.how": (
        "Warnings are written in English by the parts that raised them.",
        "警告由产生它们的部件以英文写出。",
    ),
    "part.glossary": ("Glossary", "术语"),
    "gloss.virtual": ("Virtual data", "虚拟数据"),
    "gloss.virtual.is": (
        "Rows written by a generator; none of them is a person.",
        "由生成器写出的行，其中没有一行是真人。",
    ),
    "gloss.holdout": ("Holdout (kept-back rows)", "留出数据"),
    "gloss.holdout.is": (
        "Real rows the generator never saw; everything is measured against them.",
        "生成器从未见过的真实行；一切衡量都以它为准。",
    ),
    "gloss.floor": ("Floor and ceiling", "下限与上限"),
    "gloss.floor.is": (
        "The same measure for shuffled real columns (floor) and for other real rows (ceiling).",
        "同一指标在“各列打乱的真实数据”（下限）与“另一批真实行”（上限）上的值。",
    ),
    "gloss.auc": ("AUC", "AUC"),
    "gloss.auc.is": (
        "Chance that of two rows, one of each kind, the right one is picked: 0.5 guessing, 1 sure.",
        "从两类中各取一行时选对的概率：0.5 为瞎猜，1 为必然选对。",
    ),
    "gloss.interval": ("95 % interval", "95% 区间"),
    "gloss.interval.is": (
        "The range that the figure may well have, given how many rows it was measured on.",
        "在现有行数下，该指标很可能落入的范围。",
    ),
    "gloss.mia": ("Membership inference", "成员推断"),
    "gloss.mia.is": (
        "An attack that guesses whether a known record was among the rows learned from.",
        "猜测某条已知记录是否在训练数据中的攻击。",
    ),
    "gloss.dp": ("Differential privacy", "差分隐私"),
    "gloss.dp.is": (
        "A mathematical bound (ε, δ) on what the output can reveal about any one person.",
        "对输出可能透露任何一个人的信息量的数学上界（ε, δ）。",
    ),
    # heads of tables
    "head.column": ("Column", "列"),
    "head.pair": ("Pair of columns", "列对"),
    "head.real": ("Real", "真实"),
    "head.virtual": ("Virtual", "虚拟"),
    "head.difference": ("Difference", "差异"),
    "head.figure": ("Figure", "指标"),
    "head.value": ("Value", "值"),
    "head.interval": ("95 % interval", "95% 区间"),
    "head.floor": ("Shuffled", "打乱"),
    "head.ceiling": ("Real rows", "真实数据"),
    "head.copy": ("Copy of train", "照抄训练数据"),
    "head.attack": ("Attack", "攻击"),
    "head.records": ("Records", "记录"),
    "head.control": ("Control", "对照"),
    "head.tpr_001": ("Found at 0.1 %", "误报 0.1% 时找出"),
    "head.tpr_01": ("Found at 1 %", "误报 1% 时找出"),
    "head.measure": ("Measure", "措施"),
    "head.count": ("Count", "数量"),
    "head.generator": ("Generator", "生成器"),
    "head.worst_attack": ("Worst attack, upper end", "最强攻击上限"),
    "head.fit_s": ("Learn, s", "学习（秒）"),
    "head.rows_per_s": ("Rows per s", "行/秒"),
    "head.verdict": ("Verdict", "结论"),
    # captions of tables
    "caption.attacks": ("All attacks that were carried out", "已实施的全部攻击"),
    "caption.measured": (
        "Measured beside both references",
        "与两条参照线并列",
    ),
    "caption.diagnostics": ("Diagnostics, not part of the verdict", "诊断指标，不参与结论"),
    "caption.protection": ("Measures by column", "各列的措施"),
    "caption.missing": ("Share of missing values", "缺失值占比"),
    "caption.timing": ("Time and memory of this run", "本次运行的用时与内存"),
    "caption.record": ("What was run", "运行记录"),
    "caption.details": ("More figures", "更多指标"),
    "caption.comparison": (
        "Generators, best first; references in the last rows",
        "各生成器，最好的在前；最后两行为参照",
    ),
    # the comparison page
    "compare.title": ("Generators compared", "生成器对比"),
    "compare.lead": (
        "{count} generators on the same rows, measured in the same way.",
        "{count} 个生成器，同样的数据，同样的衡量方法。",
    ),
    "compare.best": ("First place: {model}.", "第一名：{model}。"),
    "part.ranking": ("Ranking", "排名"),
    "part.pictures": ("Figure by figure", "逐项对比"),
    "compare.failed": ("Could not be run: {model}.", "未能运行：{model}。"),
    "compare.how": (
        "A generator that fails privacy comes after all that do not, however good its rows look; "
        "then its weakest figure between floor and ceiling decides. Best in a column is bold. "
        "“Shuffled” and “real rows” are references, not candidates.",
        "隐私不合格的生成器一律排在其他之后，无论数据多么逼真；"
        "其次比较各自在下限与上限之间最弱的指标。"
        "每列最好者加粗。“打乱”与“真实数据”是参照，不参加排名。",
    ),
}


def english(key: str, **figures: object) -> str:
    """The English sentence of that key with its figures.

    >>> english("fidelity.column_shapes", value=0.9912, real=0.996)
    'Single columns: 0.991 of 1 (another sample of real rows reaches 0.996).'
    """
    return TEXTS[key][0].format_map(_shown(figures))


def chinese(key: str, **figures: object) -> str:
    """The Chinese sentence of that key with its figures."""
    return TEXTS[key][1].format_map(_shown(figures))


def variant(key: str, kind: str) -> str:
    """The key of the sentence for this kind of data, where there is one of its own.

    >>> variant("mark.floor", "images"), variant("mark.floor", "table")
    ('mark.floor.images', 'mark.floor')
    """
    own = f"{key}.{kind}"
    return own if own in TEXTS else key


def name_of(family: str, name: object, kind: str = "table") -> Text:
    """The name of a figure, attack or group in both languages; its own name where none is known."""
    plain = str(name).replace("_", " ")
    return TEXTS.get(variant(f"{family}.{name}", kind), (plain, plain))


def _shown(figures: Mapping[str, object]) -> dict[str, str]:
    return {key: number(value) for key, value in figures.items()}


def number(value: object, digits: int = 3) -> str:
    """A figure for people: thousands in groups, fractions with `digits` digits, – for none.

    >>> number(39073), number(0.98765), number(None), number(0.0004), number(1e-17)
    ('39,073', '0.988', '–', '0.0004', '0.000')
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or (float(value).is_integer() and abs(value) >= 1000):
        return f"{int(value):,}"
    if 1e-6 <= abs(value) < 0.5 * 10**-digits:  # smaller still is a rounding error of zero
        return f"{value:.1g}"
    if abs(value) >= 100:
        return f"{value:,.{0 if abs(value) >= 1000 else 1}f}"
    return f"{value:.{digits}f}"
