"""Designs: the points that one base point makes, and what is summed of their outcomes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax

Arrays = Mapping[str, jax.Array]


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


Sums = dict[str, dict[str, Any]]
"""Outcome -> name of a sum -> its values; under the name "" what is counted of points."""
