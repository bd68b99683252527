"""What the compiled parts of a chunk depend on: equal shapes share them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from leakscape.analyse.sensitivity.design import Design
from leakscape.analyse.sensitivity.outcome import Outcome
from leakscape.declare.condition import Condition
from leakscape.declare.space import Space
from leakscape.evaluation.point import read_name
from leakscape.evaluation.tracing import Trace

KEY, LOST = "drawn anew by", "met no condition"
"""What draws points anew, and whether no point met the conditions."""


@dataclass(frozen=True)
class Shape:
    """What the executables of a chunk depend on.

    Args:
        trace: the point of the study, its population given by values.
        design: the design.
        where: the conditions, with their units.
        lengths: axis -> length of a block along it.
        low: base points that the small table covers.
        runs: runs of so many base points in a chunk.
        device: where it runs.
        soon: whether it is compiled quickly instead of for speed.
        space: the space of the trace.
        outcomes: what is analysed.
    """

    trace: Trace
    design: Design
    where: tuple[Condition, ...]
    lengths: tuple[tuple[str, int], ...]
    low: int
    runs: int
    device: str
    soon: bool
    space: Space = field(compare=False, repr=False)
    outcomes: tuple[Outcome, ...]

    @property
    def base_points(self) -> int:
        """How many base points a chunk has."""
        return self.low * self.runs

    @property
    def anew(self) -> bool:
        """Whether points are drawn anew until the conditions hold."""
        return bool(self.where) and self.design.halves is not None

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        """The labels that conditions read, as they go among values, each with its dimension."""
        read = {name for one in self.where if one.labels for name in one.names}
        return tuple((read_name(name), name) for name in sorted(read))

    @property
    def along(self) -> dict[str, frozenset[str]]:
        """The dimensions of what is given, and of what conditions read besides outcomes."""
        labels = {name: frozenset({dimension}) for name, dimension in self.labels}
        return dict(self.trace.along) | labels

    @property
    def kept(self) -> int:
        """How many places of the axes a block has."""
        return math.prod(length for _, length in self.lengths)

    @property
    def own(self) -> dict[str, int]:
        """Outcome -> its length along its own dimension; 1 for a scalar."""
        return {o.name: math.prod(self.trace.shapes[o.reads[0]].shape) for o in self.outcomes}
