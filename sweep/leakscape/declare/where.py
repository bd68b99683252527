"""The conditions of a study meet its kernel: what they may read, and whether any point can pass."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from leakscape.declare import condition
from leakscape.declare.condition import Condition
from leakscape.declare.space import Space
from leakscape.errors import DeclarationError
from leakscape.shown import shown


def conditions(space: Space, settled: Mapping[str, float]) -> tuple[Condition, ...]:
    """Read the conditions of a study.

    Args:
        space: the space, whose conditions are not read yet.
        settled: what follows from constants alone [units].

    Returns:
        The conditions, in the study's order.

    Raises:
        DeclarationError: one is not well formed, reads what a point has not, or is broken by the
            study's constants, so that every point would be left out.
    """
    outputs = space.kernel.outputs
    known = {name: output.unit for name, output in outputs.items()}
    values = {*space.kernel.parameters, *space.inward, *space.constants}
    words = {name: output.flags for name, output in outputs.items() if output.flags}
    known |= {name: unit for name, unit in space.units.items() if name in values}
    read = []
    for place, text in enumerate(space.study.where):
        where = f"where.keep[{place}]"
        try:
            parsed = condition.parse(text, known, space.labels, words)
        except DeclarationError as error:
            raise DeclarationError(f"{where}: {error}") from error
        for name in sorted(parsed.names & outputs.keys()):
            if outputs[name].dimension is not None:
                scalars = [key for key, output in outputs.items() if output.dimension is None]
                raise DeclarationError(
                    f"{where}: {name} has several values at a point, along "
                    f"{outputs[name].dimension}; use an output with one, such as "
                    f"{', '.join(scalars[:3]) or 'none of this kernel'}"
                )
        if parsed.names <= settled.keys():
            with np.errstate(all="ignore"):
                broken = bool(parsed.breaks(settled, np))
            if broken:
                told = ", ".join(
                    f"{name} is {settled[name]:g} {unit}" for name, unit in parsed.reads
                )
                raise DeclarationError(
                    f"{where}: leaves every point out, as {told} throughout, got {shown(text)}; "
                    "change one of them"
                )
        read.append(parsed)
    return tuple(read)
