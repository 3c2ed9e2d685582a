"""What a generator and the network that judges it lower: pure functions of judgements.

A judgement is a real number per picture (a logit, or the critic's value): high is "real".
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

Judge = Callable[[Tensor, Tensor], Tensor]
"""Pictures and their labels in, a judgement of each out, shape (n,)."""


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Binary cross-entropy of telling real pictures from drawn ones; 2 log 2 where it cannot.

    Args:
        real: Logits of real pictures, shape (n,).
        fake: Logits of drawn ones, shape (n,).
    """
    return functional.softplus(-real.float()).mean() + functional.softplus(fake.float()).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """Binary cross-entropy of drawn pictures against "real": the non-saturating loss.

    Reference: Goodfellow et al. 2014, section 3, "maximize log D(G(z))".
    """
    return functional.softplus(-fake.float()).mean()


def critic_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Minus the critic's estimate of the Wasserstein-1 distance."""
    return fake.float().mean() - real.float().mean()


def gradient_penalty(critic: Judge, real: Tensor, fake: Tensor, labels: Tensor) -> Tensor:
    """Mean squared distance from 1 of the critic's slope between real and drawn pictures.

    Reference: Gulrajani et al. 2017, equation 3, before lambda.
    """
    mix = torch.rand(len(real), *[1] * (real.dim() - 1), device=real.device)
    between = mix * real + (1 - mix) * fake
    steepness: Tensor = torch.linalg.vector_norm(_slope(critic, between, labels).flatten(1), dim=1)
    penalty: Tensor = (steepness - 1).square().mean()
    return penalty


def real_penalty(discriminator: Judge, real: Tensor, labels: Tensor) -> Tensor:
    """Half the mean squared slope of the discriminator at real pictures, before gamma ("R1").

    Reference: Mescheder, Geiger & Nowozin 2018, "Which Training Methods for GANs do actually
    Converge?", arXiv:1801.04406, equation 9.
    """
    squared = _slope(discriminator, real, labels).square()
    return squared.flatten(1).sum(1).mean() / 2


def _slope(judge: Judge, pictures: Tensor, labels: Tensor) -> Tensor:
    """The gradient of each judgement with respect to its picture, which can be learned from."""
    pictures = pictures.detach().requires_grad_()
    judged = judge(pictures, labels).float().sum()
    slope: Tensor = torch.autograd.grad(judged, pictures, create_graph=True)[0]
    return slope.float()
