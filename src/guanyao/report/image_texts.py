"""What the page says of pictures; `.images` after a key stands in for the sentence on tables."""

IMAGE_TEXTS: dict[str, tuple[str, str]] = {
    "page.lead.images": (
        "{n_virtual} virtual pictures, made by the generator “{model}” after it learned from "
        "{n_train} real ones, measured against {n_holdout} real pictures it never saw.",
        "生成器“{model}”从 {n_train} 张真实图像中学习，生成 {n_virtual} 张虚拟图像；"
        "以它从未见过的 {n_holdout} 张真实图像为尺度进行衡量。",
    ),
    "page.lead_short.images": (
        "Made by the generator “{model}” after it learned from {n_train} real pictures, measured "
        "against {n_holdout} real pictures it never saw.",
        "生成器“{model}”从 {n_train} 张真实图像中学习；"
        "以它从未见过的 {n_holdout} 张真实图像为尺度进行衡量。",
    ),
    "about.fidelity.what.images": (
        "Do the pictures look real, each by itself, and are there as many kinds of them?",
        "每张图像看起来真实吗？种类和真实图像一样丰富吗？",
    ),
    "about.privacy.what.images": (
        "Could an attacker learn which pictures were learned from?",
        "攻击者能否得知哪些图像被用于学习？",
    ),
    "use.statistics.images": (
        "studying how the pictures vary, within a class and between classes",
        "研究图像在类别内部与类别之间如何变化",
    ),
    "use.model_training.images": (
        "training classifiers that tell the classes apart",
        "训练区分各类别的分类模型",
    ),
    "use.single_persons.images": (
        "decisions about single persons: no picture shows anybody",
        "对个人作出决定：没有任何一张图像属于真人",
    ),
    "use.final_results.images": (
        "final results that were not checked once on real pictures",
        "未经真实图像复核的最终结论",
    ),
    # the reasons of the verdict
    "fidelity.cfid": (
        "The pictures as a whole lie {times} times as far from real ones as fresh real pictures "
        "do (cFID {value}; real {real}, shuffled pixels {independent}).",
        "整体而言，虚拟图像与真实图像的距离是另一批真实图像的 {times} 倍"
        "（cFID 为 {value}；真实图像 {real}，打乱像素 {independent}）。",
    ),
    "fidelity.fid": (
        "The pictures as a whole lie {times} times as far from real ones as fresh real pictures "
        "do (FID {value}; real {real}, shuffled pixels {independent}).",
        "整体而言，虚拟图像与真实图像的距离是另一批真实图像的 {times} 倍"
        "（FID 为 {value}；真实图像 {real}，打乱像素 {independent}）。",
    ),
    "fidelity.precision": (
        "{value} of the pictures could pass for real ones (fresh real pictures: {real}).",
        "比例为 {value} 的图像足以乱真（另一批真实图像：{real}）。",
    ),
    "fidelity.recall": (
        "{value} of the real pictures have their like among the kinds that are drawn (fresh real "
        "pictures: {real}).",
        "比例为 {value} 的真实图像，其样貌在虚拟图像的范围之内（另一批真实图像：{real}）。",
    ),
    "fidelity.coverage": (
        "{value} of the real pictures have a virtual one near them (fresh real pictures: {real}): "
        "what is missing was forgotten.",
        "比例为 {value} 的真实图像附近有虚拟图像（另一批真实图像：{real}）；其余的被遗漏了。",
    ),
    "fidelity.label_accuracy": (
        "{value} of the pictures show what their label says (real pictures: {real}).",
        "比例为 {value} 的图像与其标签相符（真实图像：{real}）。",
    ),
    "utility.tstr.images": (
        "A classifier that learned from virtual pictures gets {value} of real ones right; one that "
        "learned from as many real pictures, {real} ({percent} % of what can be learned).",
        "用虚拟图像训练的分类器判对真实图像的比例为 {value}；用同样多的真实图像训练为 {real}"
        "（达到可学内容的 {percent}%）。",
    ),
    "utility.no_target.images": (
        "The pictures have no labels, so no classifier could learn from them.",
        "图像没有标签，因此无法训练分类器。",
    ),
    "utility.not_learnable.images": (
        "The labels can hardly be told even by what real pictures teach ({real}), so this says "
        "nothing.",
        "即使用真实图像训练也几乎无法判断标签（{real}），因此不能说明问题。",
    ),
    "privacy.near_copies": (
        "{percent} % of the virtual pictures lie as near to a training picture as only "
        "{by_chance} % of fresh real ones do by chance: some were learned by heart.",
        "{percent}% 的虚拟图像与某张训练图像近得反常，而另一批真实图像偶然如此的只有 "
        "{by_chance}%：部分图像被死记硬背。",
    ),
    "privacy.exact_pictures": (
        "{count} of {total} virtual pictures equal a training picture in every pixel.",
        "{total} 张虚拟图像中有 {count} 张与某张训练图像的每个像素都相同。",
    ),
    # names of figures
    "score.cfid": ("cFID (distance)", "cFID（距离）"),
    "score.cfid.what": (
        "How far the pictures as a whole lie from real ones, in features learned in this run; 0 "
        "is best. It compares with its references only, not with FIDs elsewhere.",
        "图像整体与真实图像的距离，以本次运行中学得的特征衡量；0 最好。"
        "只能与两条参照线相比，不能与别处的 FID 相比。",
    ),
    "score.fid": ("FID (distance)", "FID（距离）"),
    "score.fid.what": (
        "How far the pictures as a whole lie from real ones, in features of the network you named; "
        "0 is best.",
        "图像整体与真实图像的距离，以您指定的网络的特征衡量；0 最好。",
    ),
    "score.ckid": ("cKID (distance)", "cKID（距离）"),
    "score.ckid.what": (
        "Another such distance, which does not depend on how many pictures there are; about 0 is "
        "best.",
        "另一种距离，不受图像数量影响；接近 0 最好。",
    ),
    "score.kid": ("KID (distance)", "KID（距离）"),
    "score.kid.what": (
        "Another such distance, which does not depend on how many pictures there are; about 0 is "
        "best.",
        "另一种距离，不受图像数量影响；接近 0 最好。",
    ),
    "score.precision": ("Precision", "精确率"),
    "score.precision.what": (
        "Share of the virtual pictures that could pass for real ones. Shuffled pixels may have "
        "much of it too: read it beside coverage.",
        "足以乱真的虚拟图像所占的比例。打乱像素也可能很高，须与覆盖率一起看。",
    ),
    "score.recall": ("Recall", "召回率"),
    "score.recall.what": (
        "Share of the real pictures that lie within the reach of what is drawn.",
        "落在虚拟图像范围之内的真实图像所占的比例。",
    ),
    "score.density": ("Density", "密度"),
    "score.density.what": (
        "How densely virtual pictures lie where real ones are; 1 is like real, more is possible.",
        "虚拟图像在真实图像所在之处的密集程度；1 与真实相当，也可能更大。",
    ),
    "score.coverage": ("Coverage", "覆盖率"),
    "score.coverage.what": (
        "Share of the real pictures that have a virtual one near them; falls when kinds are "
        "forgotten.",
        "附近有虚拟图像的真实图像所占的比例；有种类被遗漏时会下降。",
    ),
    "score.label_accuracy": ("Label accuracy", "标签准确率"),
    "score.label_accuracy.what": (
        "Share of the pictures that a classifier of real pictures gives the label they were drawn "
        "for.",
        "由真实图像训练的分类器，判断结果与虚拟图像标签一致的比例。",
    ),
    "score.tstr.what.images": (
        "A classifier learns from virtual pictures and is tested on real ones: its accuracy.",
        "分类器从虚拟图像中学习，再在真实图像上检验：其准确率。",
    ),
    "score.copy_rate": ("Copy rate", "照抄率"),
    "score.copy_rate.what": (
        "Virtual pictures much nearer to a training picture than to other real pictures; 0.01 is "
        "what chance gives.",
        "离某张训练图像比离其他真实图像近得多的虚拟图像比例；0.01 为偶然水平。",
    ),
    "attack.nearest_neighbour.what.images": (
        "The attacker has the virtual pictures and a real picture.",
        "攻击者掌握虚拟图像与一张真实图像。",
    ),
    "attack.calibrated_neighbour.what.images": (
        "The attacker has, besides, other real pictures of the same kind.",
        "攻击者另外还掌握同类的其他真实图像。",
    ),
    "mark.floor.images": ("shuffled pixels", "打乱像素"),
    "mark.ceiling.images": ("real pictures", "真实图像"),
    "mark.times": ("{times} × real", "真实图像的 {times} 倍"),
    "mark.share_of_real": ("{percent} % of real", "真实图像的 {percent}%"),
    "head.ceiling.images": ("Real pictures", "真实图像"),
    "head.rows_per_s.images": ("Pictures per s", "张/秒"),
    "time.inspect_s.images": ("read the pictures, s", "读取图像（秒）"),
    "time.sample_s.images": ("draw pictures, s", "生成（秒）"),
    "time.rows_per_s.images": ("pictures drawn per second", "每秒生成张数"),
    "record.rows.images": ("pictures learned from / kept back", "训练张数 / 留出张数"),
    "record.size": ("size (height × width × colours)", "尺寸（高 × 宽 × 通道）"),
    "record.classes": ("classes", "类别数"),
    "record.features": ("features that distances are taken in", "衡量距离所用的特征"),
    "features.classifier": (
        "of a classifier that learned in this run from a part of the training pictures",
        "本次运行中以部分训练图像训练的分类器的特征",
    ),
    "features.autoencoder": (
        "of an autoencoder that learned in this run from a part of the training pictures",
        "本次运行中以部分训练图像训练的自编码器的特征",
    ),
    "features.file": ("of the network that you named", "您所指定的网络的特征"),
    "detail.guessing": ("always guessing the most frequent class", "总猜最多的类别"),
    # the sections
    "part.verdict.how.images": (
        "Each judgement is made by its weakest figure, never by an average. Distances, precision, "
        "recall, coverage and labels are set against what fresh real pictures reach: {bars}. "
        "Utility is placed between shuffled pixels and real pictures. Privacy is judged by the "
        "upper end of the strongest attack; copies can only make it worse. The thresholds are "
        "Guanyao's own: no standard fixes them, and no verdict here replaces a legal assessment.",
        "每项判断取其最弱的指标，从不取平均。"
        "距离、精确率、召回率、覆盖率与标签准确率以另一批真实图像所达到的水平为准：{bars}。"
        "可用性放在“打乱像素”与“真实图像”之间来看；隐私以最强攻击的上限来判断，照抄只会使结论变差。"
        "阈值由 Guanyao 自定，尚无标准作出规定；本结论不能替代法律评估。",
    ),
    "verdict.bar_times": (
        "{figure} good up to {good} times, fair up to {fair} times",
        "{figure}不超过 {good} 倍为良好，不超过 {fair} 倍为一般",
    ),
    "verdict.bar_share": (
        "{figure} good from {good} %, fair from {fair} % of it",
        "{figure}达到其 {good}% 为良好，达到其 {fair}% 为一般",
    ),
    "part.pictures_drawn": ("The virtual pictures", "虚拟图像"),
    "part.pictures_drawn.how": (
        "Drawn at random, none was chosen. Look for pictures that repeat, for blur, and for those "
        "that belong to another class.",
        "随机抽取，未经挑选。请留意重复、模糊以及看似属于其他类别的图像。",
    ),
    "part.pictures_drawn.smaller": (
        "Shown at 1/{factor} of their size.",
        "以原尺寸的 1/{factor} 显示。",
    ),
    "part.pictures_drawn.none": (
        "No pictures were kept for this page.",
        "本页没有保留图像。",
    ),
    "part.real_pictures": ("Real pictures, for comparison", "真实图像（供对比）"),
    "part.real_pictures.how": (
        "Pictures that were learned from, drawn at random. The virtual ones should be as sharp and "
        "as different from one another.",
        "随机抽取的训练图像。虚拟图像应当同样清晰，彼此之间的差异也应当同样大。",
    ),
    "real.warning": (
        "This page holds real pictures, because --show-real asked for them. Handle it like the "
        "source: do not pass it on with the virtual pictures.",
        "应 --show-real 的要求，本页含有真实图像。须按源数据对待，不得随虚拟图像一并外传。",
    ),
    "part.nearest": ("Nearest training pictures", "最近的训练图像"),
    "part.nearest.how": (
        "Upper rows: virtual pictures; below each, the training picture nearest to it, the nearest "
        "pairs first. Alike is fine where many real pictures are alike; the same picture is not.",
        "上排为虚拟图像，其下为离它最近的训练图像，最近的一对在前。"
        "若真实图像本就彼此相似，则相似无妨；若是同一张图，则不可接受。",
    ),
    "part.classes": ("Classes", "类别"),
    "part.classes.how": (
        "How many pictures each class has. The last column is the share that a classifier of real "
        "pictures gives the label they were drawn for: a low one names a class that was learned "
        "badly.",
        "各类别的图像数量。最后一列是由真实图像训练的分类器认同其标签的比例：数值低说明该类别没有学好。",
    ),
    "caption.classes": ("Pictures by class", "各类别的图像"),
    "head.class": ("Class", "类别"),
    "head.n_train": ("Learned from", "训练"),
    "head.n_holdout": ("Kept back", "留出"),
    "head.n_virtual": ("Virtual", "虚拟"),
    "head.right": ("Label right", "标签正确"),
    "class.counts": ("{n_train} learned from", "训练 {n_train} 张"),
    "class.more": (
        "{shown} of {total} classes are shown.",
        "共 {total} 个类别，显示 {shown} 个。",
    ),
    "part.notes": ("How the pictures were read", "图像的读取方式"),
    "part.notes.how": (
        "What was done to the pictures before anything was learned, written in English by the "
        "reader.",
        "学习之前对图像所做的处理，由读取部件以英文写出。",
    ),
    "part.figures.how.images": (
        "The dot is these virtual pictures; the pale band is its 95 % interval. The brown mark is "
        "the floor: every pixel drawn from another real picture, so that nothing belongs together. "
        "The dark mark is the ceiling: fresh real pictures measured in the same way. A dot near "
        "the dark mark is as good as real pictures can be. The scale of distances goes by orders "
        "of magnitude. Precision alone says little: shuffled pixels may reach it too.",
        "圆点是这些虚拟图像，浅色带是其 95% 区间。"
        "棕色刻度为下限：每个像素取自不同的真实图像，互不相关；"
        "深色刻度为上限：以同样方法衡量的另一批真实图像。"
        "圆点越靠近深色刻度，就越接近真实图像所能达到的水平。"
        "距离类指标按数量级作图。单看精确率意义不大：打乱像素也可能达到。",
    ),
    "part.details": ("Figures beside their references", "指标与参照线"),
    "part.details.how": (
        "Every figure beside what shuffled pixels and what fresh real pictures reach. Distances, "
        "precision, recall, density and coverage are taken in one and the same space of features.",
        "每个指标都与“打乱像素”和“另一批真实图像”并列。"
        "距离、精确率、召回率、密度与覆盖率都在同一特征空间中衡量。",
    ),
    "part.privacy.how.images": (
        "Each row is an attack that was really carried out: given a real picture, was it among "
        "those learned from? 0.5 is guessing, 1 always right. The dot is what the attack reached, "
        "the band its 95 % interval, the hollow diamond the same attack where there is nothing to "
        "find (control). The verdict looks at the right end of the band: up to {good} is good, up "
        "to {fair} fair. “Vulnerable” pictures lie far from all others and are the first to be "
        "exposed. The last columns say which share of pictures is found while only 1 or 10 of "
        "1,000 others are wrongly accused.",
        "每一行都是一次真正实施的攻击：给出一张真实图像，它是否在训练数据中？0.5 为瞎猜，"
        "1 为总能猜中。"
        "圆点是攻击所得，色带是其 95% 区间，空心菱形是在无可发现之处的同一攻击（对照）。"
        "结论看色带右端：不超过 {good} 为良好，不超过 {fair} 为一般。"
        "“易暴露的”图像远离其他图像，最先暴露。"
        "最后两列表示：在每 1,000 张无关图像中只误报 1 张或 10 张时，能找出多大比例的训练图像。",
    ),
    "part.diagnostics.warning.images": (
        "A low copy rate is no proof of privacy: a generator that copies one picture in a hundred "
        "hardly shows it, while an attack may find that very picture. Copies can only make the "
        "verdict worse, never better.",
        "照抄率低不等于隐私安全：哪怕每一百张就照抄一张，该指标也几乎看不出来，"
        "而攻击却可能恰好找到那一张。照抄只会使结论变差，不会使其变好。",
    ),
    "part.diagnostics.how.images": (
        "“Real pictures” is what fresh real pictures give that nobody learned from: the value to "
        "be near.",
        "“真实图像”是无人学习过的全新真实图像的测量值，越接近越好。",
    ),
    "gloss.virtual.is.images": (
        "Pictures made by a generator; none of them shows a person or a thing that exists.",
        "由生成器生成的图像，其中没有一张拍摄的是真实存在的人或物。",
    ),
    "gloss.holdout.images": ("Holdout (kept-back pictures)", "留出数据"),
    "gloss.holdout.is.images": (
        "Real pictures the generator never saw; everything is measured against them.",
        "生成器从未见过的真实图像；一切衡量都以它为准。",
    ),
    "gloss.floor.is.images": (
        "The same measure for pictures of shuffled pixels (floor) and for other real pictures "
        "(ceiling).",
        "同一指标在“打乱像素的图像”（下限）与“另一批真实图像”（上限）上的值。",
    ),
    "gloss.interval.is.images": (
        "The range that the figure may well have, given how many pictures it was measured on.",
        "在现有图像数量下，该指标很可能落入的范围。",
    ),
    "part.record.how.images": (
        "With the same source, settings, seed and version anybody gets the same pictures, unless "
        "training ended by the clock; the digests (SHA-256) prove which files are meant.",
        "来源、设置、种子与版本相同，任何人都能得到同样的图像（除非训练按时间截止）；"
        "摘要（SHA-256）用以证明所指的文件。",
    ),
    "gloss.features": ("Features", "特征"),
    "gloss.features.is": (
        "What a network sees in a picture, as numbers; distances between them are nearer to what "
        "people see than distances between pixels.",
        "网络从图像中提取的数值；它们之间的距离比像素之间的距离更接近人的感受。",
    ),
    "gloss.auc.is.images": (
        "Chance that of two pictures, one of each kind, the right one is picked: 0.5 guessing, "
        "1 sure.",
        "从两类中各取一张图像时选对的概率：0.5 为瞎猜，1 为必然选对。",
    ),
    "gloss.mia.is.images": (
        "An attack that guesses whether a known picture was among those learned from.",
        "猜测某张已知图像是否在训练数据中的攻击。",
    ),
    "part.sheets": ("Pictures side by side", "图像对比"),
    "part.sheets.how": (
        "Drawn at random from each generator, in the order of the ranking.",
        "从各生成器中随机抽取，按排名排列。",
    ),
    "compare.lead.images": (
        "{count} generators on the same pictures, measured in the same way.",
        "{count} 个生成器，同样的图像，同样的衡量方法。",
    ),
    "compare.how.images": (
        "A generator that fails privacy comes after all that do not, however good its pictures "
        "look; then its weakest figure between floor and ceiling decides. Best in a column is "
        "bold. “Shuffled pixels” and “real pictures” are references, not candidates.",
        "隐私不合格的生成器一律排在其他之后，无论图像多么逼真；"
        "其次比较各自在下限与上限之间最弱的指标。"
        "每列最好者加粗。“打乱像素”与“真实图像”是参照，不参加排名。",
    ),
    "head.floor.images": ("Shuffled pixels", "打乱像素"),
    # alternative texts: English and Chinese stand in one attribute
    "alt.virtual": ("Virtual pictures", "虚拟图像"),
    "alt.class": ("Virtual pictures of the class {name}", "类别 {name} 的虚拟图像"),
    "alt.real": ("Real pictures", "真实图像"),
    "alt.nearest": (
        "Virtual pictures, each above its nearest training picture",
        "虚拟图像，每张下方为最近的训练图像",
    ),
    "alt.epoch": ("Pictures drawn after epoch {epoch}", "第 {epoch} 轮后生成的图像"),
    "alt.model": ("Pictures drawn by {name}", "{name} 生成的图像"),
}
"""Sentences that only pages with pictures use."""
