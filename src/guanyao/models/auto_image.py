"""Chooses a generator for pictures among those that are installed, and says why."""

from guanyao.data.images import Images

MIN_IMAGES = 200
"""Pictures below which a flow in a latent space has too few points to learn from."""


def choose(images: Images) -> tuple[str, str]:
    """The name of a generator and the reason for it.

    Args:
        images: The pictures to be learned.
    """
    if len(images) < MIN_IMAGES:
        return "vae", (
            f"{len(images)} pictures are too few for latent_flow, which needs {MIN_IMAGES}"
        )
    return "latent_flow", "the best quality for its time on a CPU"
