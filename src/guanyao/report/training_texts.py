"""What the page says of training, and what the page that explains a model says."""

TRAINING_TEXTS: dict[str, tuple[str, str]] = {
    "part.training": ("Training", "训练过程"),
    "part.training.how": (
        "Each curve goes from the start of a stage to its end, by training time. Losses of a "
        "variational model should fall and level off; those of an adversarial pair should stay "
        "near each other, neither near zero for long. Where the validation loss (dashed) rises "
        "while the loss falls, the model learns by heart. Diversity is how much samples "
        "differ, 1 as much as what was learned; near 0 the model draws the same again and again.",
        "每条曲线从一个阶段的开始到结束，横轴为训练用时。"
        "变分模型的损失应当下降并趋于平稳；对抗双方的损失应当相互接近，任何一方都不应长期接近零。"
        "若验证损失（虚线）上升而训练损失下降，说明模型正在死记硬背。"
        "多样性表示样本之间的差异，1 表示与学习的数据相当；接近 0 表示模型总在画同样的东西。",
    ),
    "caption.training": ("Stages of training", "训练阶段"),
    "head.stage": ("Stage", "阶段"),
    "head.epochs": ("Epochs", "轮次"),
    "head.steps": ("Updates", "更新次数"),
    "head.seconds": ("Time", "用时"),
    "head.rows_a_second": ("Rows per s", "行/秒"),
    "head.rows_a_second.images": ("Pictures per s", "张/秒"),
    "head.precision": ("Numbers", "数值精度"),
    "head.last_losses": ("Losses at its end", "结束时的损失"),
    "caption.curves": ("Stage: {stage}", "阶段：{stage}"),
    "curve.validation": ("validation loss", "验证损失"),
    "curve.diversity": ("diversity of samples", "样本多样性"),
    "curve.rate": ("learning rate", "学习率"),
    "curve.dashed": ("dashed: validation loss, {value}", "虚线：验证损失，{value}"),
    "curve.log": ("logarithmic", "对数刻度"),
    "training.trouble": (
        "What went wrong in training, and how it was answered:",
        "训练中出现的问题与应对：",
    ),
    # what the models call their stages
    "stage.autoencoder": ("autoencoder", "自编码器"),
    "stage.elbo": ("evidence lower bound", "证据下界"),
    "stage.reconstruction": ("reconstruction", "重建"),
    "stage.flow": ("flow in latent space", "潜空间流匹配"),
    "stage.adversarial": ("adversarial", "对抗训练"),
    "stage.sharpening": ("sharpening of the decoder", "解码器锐化"),
    "stage.tvae": ("evidence lower bound", "证据下界"),
    # and their losses
    "loss.generator": ("generator loss", "生成器损失"),
    "loss.discriminator": ("discriminator loss", "判别器损失"),
    "loss.critic": ("critic loss", "评判器损失"),
    "loss.encoder": ("encoder loss", "编码器损失"),
    "loss.decoder": ("decoder loss", "解码器损失"),
    "loss.autoencoder": ("autoencoder loss", "自编码器损失"),
    "loss.reconstruction": ("reconstruction loss", "重建损失"),
    "loss.misfit": ("misfit of reconstructions", "重建误差"),
    "loss.feature_error": ("misfit of features", "特征误差"),
    "loss.divergence": ("divergence of latents (KL)", "潜变量的 KL 散度"),
    "loss.length": ("length of latents", "潜变量长度"),
    "loss.elbo": ("loss (negative ELBO)", "损失（负 ELBO）"),
    "loss.tvae": ("loss (negative ELBO)", "损失（负 ELBO）"),
    "loss.flow": ("flow matching loss", "流匹配损失"),
    "loss.distance": ("distance as the critic sees it", "评判器所见的距离"),
    "loss.penalty": ("gradient penalty", "梯度惩罚"),
    "loss.judged": ("loss by the discriminator", "判别器给出的损失"),
    "part.epochs": ("Epoch by epoch", "逐轮变化"),
    "part.epochs.how": (
        "The same random numbers, drawn anew as training goes on: move the slider, or use the "
        "arrow keys. Pictures that change to the last are not done; pictures that all become the "
        "same have collapsed.",
        "用同样的随机数，随训练进程重新生成：拖动滑块或使用方向键。"
        "直到最后仍在变化，说明尚未训练充分；全都变得一样，说明发生了模式坍塌。",
    ),
    "epochs.label": ("Epoch", "轮次"),
    "epochs.after": ("After epoch {epoch}", "第 {epoch} 轮之后"),
    "epochs.play": ("Play", "播放"),
    # the page that explains a model
    "explain.title": ("What the generator learned", "生成器学到了什么"),
    "explain.lead": (
        "How the generator “{model}” makes what it makes: what it goes by, and what moves what.",
        "生成器“{model}”的生成方式：它依据什么，什么会影响什么。",
    ),
    "explain.title.tune": ("The search for settings", "设置搜索"),
    "explain.lead.tune": (
        "Settings of the generator “{model}” that were tried, and which of them serve best.",
        "为生成器“{model}”试过的设置，以及其中最好的。",
    ),
    "explain.nothing": (
        "This generator has nothing of the kind to show.",
        "该生成器没有可供展示的内容。",
    ),
    "explain.section": ("Section {count}", "第 {count} 节"),
    "explain.traversals": ("Along the latent dimensions", "沿潜变量移动"),
    "explain.interpolation": ("From one picture to another", "由一张图渐变到另一张"),
    "explain.labels": ("The same noise, every label", "同一噪声、不同标签"),
    "explain.reconstructions": ("Pictures and their reconstructions", "图像与其重建"),
    "explain.nearest": ("Nearest training pictures", "最近的训练图像"),
    "explain.dependencies": ("What depends on what", "依赖关系"),
    "explain.conditions": ("What each condition moves", "每个条件影响什么"),
    "explain.importances": ("What counts most", "哪些最重要"),
    "explain.settings": ("Settings", "设置"),
    "explain.real": (
        "This section holds real pictures or rows: handle this page like the source.",
        "本节含有真实图像或数据：须按源数据对待本页。",
    ),
    "explain.alt": ("Picture of the section {title}", "{title} 的图像"),
    "explain.graph": (
        "{n_nodes} columns, {n_edges} relations; the thicker a line, the stronger",
        "{n_nodes} 列，{n_edges} 条关系；线越粗，关系越强",
    ),
    "explain.graph_more": (
        "The {shown} strongest of {total} relations are drawn.",
        "共 {total} 条关系，画出最强的 {shown} 条。",
    ),
}
"""Sentences on training and on what a model learned."""
