"""What a picture of a histogram or of quantiles shows, where these were made by a reduction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from leakscape.errors import DeclarationError
from leakscape.sweep import Sweep
from leakscape.sweep.reduced import Told

COUNTS, DENSITY, SPREAD, RANGES = "counts", "density", "quantiles", "ranges"
MOST_HUES = 5
"""Histograms, or bands, that can be told apart over one another."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is known before a choice.

    Args:
        sweep: the sweep.
        one: the statistic.
        asked: role -> name, of what was asked for.
        roles: the same, completed by what the study's picture says.
        free: the kept dimensions that nothing holds, longer than 1.
        dimension: returns the dimension that a name means for a role.
        several: whether other sweeps are drawn over this one.
    """

    sweep: Sweep
    one: Told
    asked: Mapping[str, str]
    roles: Mapping[str, str]
    free: Sequence[str]
    dimension: Callable[[str, str], str]
    several: bool

    def is_own(self, role: str, roles: Mapping[str, str]) -> bool:
        """Tell whether a role is that of the statistic's own dimension."""
        return role in roles and self.dimension(roles[role], role) == self.one.own

    def longest(self) -> str:
        """Return the longest free dimension, of texts only where there is no other."""
        size = self.sweep.dataset.sizes
        order = sorted(self.free, key=lambda dim: (self._text(dim), -size[dim]))
        return next(iter(order), "")

    def few_labels(self, taken: str) -> str:
        """Return a free dimension of few texts, whose bands seldom overlap, unlike the next x."""
        few = (d for d in self.free if self._text(d) and self.sweep.dataset.sizes[d] <= MOST_HUES)
        return next((dim for dim in few if dim != taken), "")

    def _text(self, name: str) -> bool:
        return self.sweep.is_text(name)


def histogram(given: Choice) -> tuple[str, dict[str, str]]:
    """Choose between a histogram, with few hues, and a map whose columns are histograms.

    Args:
        given: what is known.

    Returns:
        The kind, and role -> name.

    Raises:
        DeclarationError: roles that contradict one another.
    """
    one, asked, roles = given.one, given.asked, given.roles
    if "y" in asked and not given.is_own("y", asked):
        raise DeclarationError(
            f"y: the bins of {one.output} are drawn along y, got {asked['y']}; use x={asked['y']}"
        )
    if given.is_own("hue", asked):
        raise DeclarationError(f"hue: {asked['hue']} has an order; use x={asked['hue']}")
    along = "x" in asked and not given.is_own("x", asked)
    if along and "hue" in asked:
        raise DeclarationError(
            f"hue: along {asked['x']} a histogram is drawn by colour; select {asked['hue']}, "
            "or drop x"
        )
    if along and given.several:
        raise DeclarationError(
            f"x: several histograms are overlaid; select {asked['x']}, or plot them apart"
        )
    if along:
        return DENSITY, {"x": asked["x"], "y": one.own}
    if "hue" in asked:
        return COUNTS, {"hue": asked["hue"]}
    if given.several or "x" in asked:
        return COUNTS, {}
    usual = roles["x"] if "x" in roles and not given.is_own("x", roles) else given.longest()
    if not usual:
        return COUNTS, {}
    size = given.sweep.dataset.sizes[given.dimension(usual, "x")]
    if size > MOST_HUES or "y" in asked:
        return DENSITY, {"x": usual, "y": one.own}
    return COUNTS, {"hue": usual}


def quantiles(given: Choice) -> tuple[str, dict[str, str]]:
    """Choose the axis of bands, or rows where there is none with numbers.

    Args:
        given: what is known, without a y.

    Returns:
        The kind, and role -> name.
    """
    x = given.roles.get("x") or given.longest()
    if not x:
        return RANGES, {}
    dim = given.dimension(x, "x")
    hue = given.asked.get("hue", "")
    hue = hue or given.few_labels(dim)
    if hue and given.dimension(hue, "hue") == dim:
        hue = ""
    kind = RANGES if given.sweep.is_text(x) else SPREAD
    return kind, {"x": x} | ({"hue": hue} if hue else {})
