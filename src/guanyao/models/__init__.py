"""One file per published method. To add one: a file, and a line in its table."""

GROUP = "guanyao.models"
IMAGE_GROUP = "guanyao.image_models"

MODELS: dict[str, str] = {
    "independent": "guanyao.models.independent:Independent",
    "copula": "guanyao.models.copula:Copula",
    "trees": "guanyao.models.trees:Trees",
    "ctgan": "guanyao.models.ctgan:CTGAN",
    "tvae": "guanyao.models.tvae:TVAE",
    "latent_flow": "guanyao.models.table_flow:TableFlow",
}
"""Generators of tables."""

IMAGE_MODELS: dict[str, str] = {
    "gan": "guanyao.models.gan:GAN",
    "dcgan": "guanyao.models.dcgan:DCGAN",
    "wgan_gp": "guanyao.models.wgan_gp:WGANGP",
    "vae": "guanyao.models.vae:VAE",
    "autoencoder": "guanyao.models.autoencoder:Autoencoder",
    "vae_gan": "guanyao.models.vae_gan:VAEGAN",
    "latent_flow": "guanyao.models.latent_flow:LatentFlow",
}
"""Generators of images."""

EXPORTED_MODELS: dict[str, str] = {
    "onnx_images": "guanyao.models.onnx_images:OnnxImages",
}
"""Generators that only `guanyao export` makes; they are loaded, never fitted."""
