"""What is asked of an analysis besides the study, checked before anything is computed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.shown import shown

METHODS = ("sobol", "shapley", "morris", "dgsm", "grid", "regional")
OF_SHARES = ("sobol", "shapley")
"""Those whose half-widths are shares of a variance, so that one bound suits every outcome."""
GROUPED = ("sobol", "shapley")
"""Those that take a group of parameters for one."""
INDEPENDENT = ("sobol", "morris", "dgsm")
"""Those that need parameters which vary independently over their whole ranges."""
MOST_SCRAMBLES = 1024


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How a study is to be analysed; see `leakscape.sensitivity`."""

    method: str = "sobol"
    outputs: tuple[str, ...] = ()
    second_order: bool = False
    until: float | None = None
    most: int = 100_000_000
    seed: int | None = None
    scrambles: int = 16
    on_invalid: str = "raise"


def checked(asked: Asked) -> Asked:
    """Return it if it can be done.

    Raises:
        DeclarationError: something in it is out of range or unknown.
    """
    if asked.method not in METHODS:
        raise DeclarationError(
            f"sensitivity: unknown method, got {shown(asked.method)}; "
            f"{names.nearest(str(asked.method), METHODS)}"
        )
    if asked.on_invalid not in ("raise", "drop"):
        raise DeclarationError(
            f"sensitivity, on_invalid: got {shown(asked.on_invalid)}; use raise or drop"
        )
    until: Any = asked.until
    if until is not None and (
        isinstance(until, bool) or not isinstance(until, Real) or not 0.0 < float(until) < math.inf
    ):
        raise DeclarationError(
            f"sensitivity, until: must be above 0, got {shown(until)}; write a half-width such as "
            "0.005"
        )
    if until is not None and asked.method == "grid":
        raise DeclarationError(
            "sensitivity, until: grid takes the points that are there, so that there is nothing to "
            "double; leave it out"
        )
    if until is not None and asked.method not in OF_SHARES:
        raise DeclarationError(
            f"sensitivity, until: is of shares of a variance, which {asked.method} does not give; "
            "leave it out, and set the population's size"
        )
    if asked.second_order and asked.method not in ("sobol", "grid"):
        raise DeclarationError(
            f"sensitivity, second_order: {asked.method} has no indices of pairs; use sobol or grid"
        )
    limits: tuple[tuple[str, Any, int, int], ...] = (
        ("most", asked.most, 1, 10**15),
        ("seed", 0 if asked.seed is None else asked.seed, 0, 2**32 - 1),
        ("scrambles", asked.scrambles, 2, MOST_SCRAMBLES),
    )
    for key, value, low, high in limits:
        if (
            isinstance(value, bool)
            or not isinstance(value, Integral)
            or not low <= int(value) <= high
        ):
            raise DeclarationError(
                f"sensitivity, {key}: must be a whole number from {low} to {high}, "
                f"got {shown(value)}"
            )
    if until is None and asked.most != Asked.most:
        raise DeclarationError(
            "sensitivity, most: is where the doubling of until ends, and without until nothing is "
            "doubled; give until too, or leave it out"
        )
    return replace(
        asked,
        until=None if until is None else float(until),
        most=int(asked.most),
        seed=None if asked.seed is None else int(asked.seed),
        scrambles=int(asked.scrambles),
    )
