import numpy as np

from guanyao.models.latent_walks import codes_of, pictures_of
from tests.models import toy_images


def test_codes_and_pictures_have_a_row_for_each_picture() -> None:
    images = toy_images.digits(300)
    toy = toy_images.fitted(images, epochs=6)
    codes = codes_of(toy, images.pixels)
    assert codes.shape == (300, toy_images.WIDTH)
    assert codes.dtype == np.float32
    assert images.labels is not None
    made = pictures_of(toy, codes, images.labels)
    assert made.shape == images.pixels.shape
    assert made.dtype == np.uint8
    # what is rebuilt is nearer to its picture than to another
    gap = np.square(made.astype(float) - images.pixels).mean()
    assert gap < np.square(made.astype(float) - images.pixels[::-1]).mean()


def test_a_batch_does_not_change_what_is_in_it() -> None:
    images = toy_images.digits(300)
    toy = toy_images.fitted(images)
    one = codes_of(toy, images.pixels[270:271])
    np.testing.assert_allclose(codes_of(toy, images.pixels)[270:271], one, atol=1e-5)
