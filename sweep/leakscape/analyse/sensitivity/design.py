"""Designs: the points that one base point makes, and what is summed of their outcomes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax

Arrays = Mapping[str, jax.Array]


@dataclass(frozen=True, kw_only=True)
class Halves:
    """How a design is drawn in parts, so that points can be drawn anew until conditions hold.

    The first `number` words of a base point make one point x, the next as many what the other
    variants do not share with x. All arrays have the base points last.

    Args:
        number: how many words a half has.
        whole: the variant that is x.
        fixed: all words -> what is never drawn anew, any arrays.
        own: (first half, what is fixed) -> what x is made of, any arrays.
        drawn: (what x is made of, second half, what is fixed) -> what `Design.draw` gives.
    """

    number: int
    whole: int
    fixed: Callable[[jax.Array], Any]
    own: Callable[[jax.Array, Any], Any]
    drawn: Callable[[Any, jax.Array, Any], Any]

    def draw(self, words: jax.Array) -> Any:
        """Draw all at once: `Design.draw`."""
        fixed, number = self.fixed(words), self.number
        return self.drawn(self.own(words[:number], fixed), words[number : 2 * number], fixed)


@dataclass(frozen=True, kw_only=True)
class Design:
    """How base points become points, and points become sums; all of it inside a compiled chunk.

    Designs are equal where their forms are.

    Args:
        form: all that the code depends on.
        columns: how many words of a Sobol sequence a base point has.
        variants: how many points it makes.
        draw: words of shape (columns, n) -> what all variants are made of, any arrays.
        variant: (what was drawn, number of the variant) -> the parameters' values [the kernel's
            units], each of shape (n,).
        beside: of what was drawn what `update` needs, each of shape (..., n).
        update: outcomes of shape (kept, variants, n, own), where they do not count 0; whether a
            base point counts, shape (kept, n, own); and what stands beside -> sums, each of shape
            (kept, ..., own).
        gradients: whether what is evaluated are the outcome and its derivatives by each parameter,
            as variants, in place of the outcome at each variant, of which there is one.
        plain: whether outcomes are not centred.
        halves: how points are drawn anew until conditions hold; None where points that break one
            are left out instead.
    """

    form: Hashable
    columns: int = field(compare=False)
    variants: int = field(compare=False)
    draw: Callable[[jax.Array], Any] = field(compare=False, repr=False)
    variant: Callable[[Any, Any], dict[str, jax.Array]] = field(compare=False, repr=False)
    update: Callable[[jax.Array, jax.Array, Arrays], dict[str, jax.Array]] = field(
        compare=False, repr=False
    )
    beside: Callable[[Any], dict[str, jax.Array]] = field(
        default=lambda drawn: {}, compare=False, repr=False
    )
    gradients: bool = False
    plain: bool = False
    halves: Halves | None = field(default=None, compare=False)


Sums = dict[str, dict[str, Any]]
"""Outcome -> name of a sum -> its values; under the name "" what is counted of points."""
