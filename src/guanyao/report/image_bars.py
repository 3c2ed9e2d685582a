"""From where on pictures are good or fair: thresholds, each with what it was set by.

They are multiples of what fresh real pictures reach in the same features. Places between floor and
ceiling would say little here: the floor of distances lies hundreds of times further off than any
generator does, and shuffled pixels may reach the precision of real pictures.

What they were set by was measured on MNIST (15,000 pictures learned from, 4,000 kept back, 5,000
fresh ones, features of a classifier), spoiled in known ways:

    spoiled by                        cfid, times real   recall   coverage (share of real)
    noise of a tenth of the range      6                 .93      .99
    blur of 3 x 3, half and half      22                 .75      .91
    200 pictures again and again      11                 .00      .21
    one class of ten left out         15                 .95      .90
    blur of 3 x 3                     84                 .24      .51
"""

from guanyao.report.grading import RatioBar

_DISTANCE = RatioBar(
    good=5,
    fair=25,
    reason="noise that is just seen is 6 times, a blur at half strength 22 times, a plain one 84",
)

IMAGE_BARS: dict[str, RatioBar] = {
    "cfid": _DISTANCE,
    "fid": _DISTANCE,
    "precision": RatioBar(
        good=0.9, fair=0.75, reason="one picture in ten that is none is seen on a sheet at once"
    ),
    "recall": RatioBar(
        good=0.85, fair=0.65, reason="a blur at half strength keeps three quarters, a plain one .24"
    ),
    "coverage": RatioBar(
        good=0.92, fair=0.7, reason="a class of ten that was forgotten costs a tenth; a blur half"
    ),
    "label_accuracy": RatioBar(
        good=0.95, fair=0.85, reason="one wrong label in twenty is within what labels in use have"
    ),
}
"""The bars of fidelity. Density and the kernel distance take no part: one has no upper end, the
other's real reference is 0 but for chance."""

IMAGE_COPY_BARS = (0.005, 0.02)
"""Largest excess of the copy rate (its lower end, above chance) that is good and fair: one in a
hundred counts as a copy by chance alone; two more in a hundred were learned by heart."""
