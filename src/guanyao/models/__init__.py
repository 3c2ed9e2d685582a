"""One file per published method. To add one: a file, and a line in `MODELS`."""

GROUP = "guanyao.models"

MODELS: dict[str, str] = {
    "independent": "guanyao.models.independent:Independent",
    "copula": "guanyao.models.copula:Copula",
    "trees": "guanyao.models.trees:Trees",
}
