"""What tracing tells of a study: the code of a point, its hash, the dimensions of its outputs.

A kernel that a user wrote is traced anew at each call, for a global or a helper that it reads may
have changed; what follows from the code is found again by the code, and its constants are numbers
in the code. The kernels of this project stay as they are while a process lives and look at no
number: their traces are functions of the study's structure alone, and constants are arguments.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, jaxpr_as_fun

from leakscape.declare.population import CELL
from leakscape.declare.space import Space
from leakscape.declare.study import canonical_json
from leakscape.evaluation import code_hash, shelf
from leakscape.evaluation.announce import announced
from leakscape.evaluation.dependence import dependence
from leakscape.evaluation.point import dtype_of, point_function

_TOLD = frozenset({"kernel", "fixed", "axes", "population", "where", "reduce"})
"""Tables of a study whose structure is told in other ways, without their numbers."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One point of a study as JAX sees it, with nothing in it that the kept outputs do not need.

    Traces are equal where they compute the same: their code is equal, not the kernel it came from.

    Args:
        kernel: how messages call the kernel.
        inputs: name, dimension and dtype of the swept values, in the order of the arguments.
        numbers: names of the constants that are arguments, after the swept values.
        results: names of what comes out, in the order of the code's results.
        depends: the dimensions of every result.
        digest: hash of the code and of the conversions in front of it.
        unseen: identities of what the hash cannot tell apart, such as functions of callbacks.
        double: whether it is traced in float64.
        made: returns the traced point.
        structure: what the code follows from, None where it may follow from more.
        shapes: name -> shape and dtype of every result, in the same order.
    """

    kernel: str = field(compare=False)
    inputs: tuple[tuple[str, str, str], ...]
    numbers: tuple[str, ...]
    results: tuple[str, ...]
    digest: str
    unseen: tuple[int, ...]
    double: bool
    made: Callable[[], ClosedJaxpr] = field(compare=False, repr=False)
    structure: str | None = field(compare=False, repr=False, default=None)
    depends: Mapping[str, frozenset[str]] = field(compare=False, repr=False)
    shapes: Mapping[str, jax.ShapeDtypeStruct] = field(compare=False, repr=False)

    @cached_property
    def code(self) -> ClosedJaxpr:
        """The traced point."""
        return self.made()

    def point(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Compute the point: what `point_function` gives, without running the kernel's Python."""
        names = (*(name for name, _, _ in self.inputs), *self.numbers)
        results = jaxpr_as_fun(self.code)(*(given[name] for name in names))
        return dict(zip(self.results, results, strict=True))

    @property
    def scalars(self) -> dict[str, jax.ShapeDtypeStruct]:
        """Shape and dtype of every swept value and number at one point."""
        kinds = {name: kind for name, _, kind in self.inputs}
        kinds |= dict.fromkeys(self.numbers, "float64" if self.double else "float32")
        return {name: jax.ShapeDtypeStruct((), np.dtype(kind)) for name, kind in kinds.items()}

    @property
    def along(self) -> dict[str, frozenset[str]]:
        """The dimensions that every swept value and number varies along: one, or none."""
        swept = {name: frozenset({dimension}) for name, dimension, _ in self.inputs}
        return swept | dict.fromkeys(self.numbers, frozenset())


@dataclass(frozen=True)
class Structure:
    """A study without its numbers.

    Args:
        text: everything that its code follows from.
        space: the space.
    """

    text: str
    space: Space = field(compare=False)


def structure_of(space: Space) -> str | None:
    """Return what a study's code follows from, its numbers left out.

    Args:
        space: the space.

    Returns:
        A text, None where the code may follow from more: from a kernel that a user wrote.
    """
    origin = space.kernel.origin
    # A kernel or factory of the protocol is an object, and its function says whose it is.
    held = getattr(origin, "evaluate", None) or getattr(origin, "build", None) or origin
    kernel = getattr(space.kernel.call, "structure", None)
    if not code_hash.settled(held) or not isinstance(kernel, str):
        return None
    population = space.population
    drawn = population.parameters if population is not None else {}
    identity = space.study.meaning().identity
    return canonical_json(
        {
            "study": {key: part for key, part in identity.items() if key not in _TOLD},
            "kernel": [space.kernel.name, kernel],
            "keep": list(space.keep),
            "read": [*space.asked, *space.given],
            "precision": space.study.precision,
            "along": _along(space),
            "drawn": [[n, d.name, d.unit, list(d.numbers)] for n, d in drawn.items()],
            "correlation": population.correlation.table() if population is not None else {},
            "inward": {name: list(space.inward[name]) for name in space.inward},
            "settled": sorted(space.settled),
            "ratios": {name: list(pair) for name, pair in space.ratios.items()},
            "derived": {name: parsed.text for name, parsed in space.derived.items()},
            "order": list(space.order),
            "outward": {name: asdict(scaled) for name, scaled in space.outward.items()},
            "units": dict(space.units),
        }
    )


def trace_of(space: Space) -> Trace:
    """Trace a study's point: at each call, but for kernels that cannot have changed.

    Args:
        space: the space.

    Returns:
        The trace.

    Raises:
        KernelError: the kernel raises, or returns something else than it declares.
    """
    text = structure_of(space)
    return _traced(space, ()) if text is None else _kept(Structure(text, space))


@lru_cache(maxsize=32)
def _kept(key: Structure) -> Trace:
    numbers = tuple(sorted(key.space.settled))
    told = shelf.fetch("trace", key.text)
    if told is not None:
        return _restored(key, numbers, json.loads(told))
    trace = _traced(key.space, numbers)
    if not trace.unseen:
        shelf.put("trace", key.text, json.dumps(_facts(trace)).encode())
    return replace(trace, structure=key.text)


def _facts(trace: Trace) -> dict[str, Any]:
    """Return what tracing told, but for the code."""
    return {
        "digest": trace.digest,
        "shapes": {name: [list(x.shape), str(x.dtype)] for name, x in trace.shapes.items()},
        "depends": {name: sorted(dims) for name, dims in trace.depends.items()},
    }


def _restored(key: Structure, numbers: tuple[str, ...], facts: Mapping[str, Any]) -> Trace:
    """Return a trace that another process told of; the code is traced if it is asked for."""
    space, shapes = key.space, facts["shapes"]
    return Trace(
        kernel=space.kernel.name,
        inputs=_inputs(space),
        numbers=numbers,
        results=tuple(shapes),
        depends={name: frozenset(dims) for name, dims in facts["depends"].items()},
        digest=facts["digest"],
        unseen=(),
        double=space.study.precision == "float64",
        made=lambda: _code(space, numbers)[0],
        structure=key.text,
        shapes={
            n: jax.ShapeDtypeStruct(shape, np.dtype(kind)) for n, (shape, kind) in shapes.items()
        },
    )


def _traced(space: Space, numbers: tuple[str, ...]) -> Trace:
    lean, shapes = _code(space, numbers)
    digest = code_hash.digest(lean)
    # Where the kernel's unit changes, the same code gets other numbers.
    inward = {name: list(space.inward[name]) for name in sorted(space.inward)}
    whole = hashlib.sha256((digest.sha256 + canonical_json(inward)).encode()).hexdigest()
    inputs = _inputs(space)
    given = [*(frozenset({dim}) for _, dim, _ in inputs), *(frozenset[str]() for _ in numbers)]
    # JAX flattens a dict by its sorted keys.
    results = tuple(sorted(shapes))
    return Trace(
        kernel=space.kernel.name,
        inputs=inputs,
        numbers=numbers,
        results=results,
        depends=dict(zip(results, dependence(lean, given), strict=True)),
        digest=whole,
        unseen=digest.unseen,
        double=space.study.precision == "float64",
        made=lambda: lean,
        shapes={name: shapes[name] for name in results},
    )


def _code(space: Space, numbers: tuple[str, ...]) -> tuple[ClosedJaxpr, Any]:
    """Trace a point: its code, with nothing in it that no result needs, and the results' shapes."""
    swept, function = _scalars(space), point_function(space)
    given = [*swept.values(), *(jax.ShapeDtypeStruct((), dtype_of(space)) for _ in numbers)]
    names = (*swept, *numbers)

    def point(*values: Any) -> Any:
        return function(dict(zip(names, values, strict=True)))

    with announced(), jax.enable_x64(space.study.precision == "float64"):
        found, shapes = jax.make_jaxpr(point, return_shape=True)(*given)
    return code_hash.needed(found), shapes


def dependence_of(trace: Trace) -> Mapping[str, frozenset[str]]:
    """Return the dimensions of every output, status among them."""
    return trace.depends


def _inputs(of: Space) -> tuple[tuple[str, str, str], ...]:
    along = _along(of)
    return tuple((name, along[name], str(leaf.dtype)) for name, leaf in _scalars(of).items())


def _scalars(of: Space) -> dict[str, jax.ShapeDtypeStruct]:
    """Return shape and dtype of every swept value at one point: words are uint32."""
    population = of.population
    drawn = set(population.parameters) if population is not None else set()
    return {
        name: jax.ShapeDtypeStruct((), np.dtype("uint32") if name in drawn else dtype_of(of))
        for name in sorted(_along(of))
    }


def _along(of: Space) -> dict[str, str]:
    """Return the dimension that every swept value varies along."""
    places = {name: dim.name for dim in of.dimensions for name in dim.axes}
    population = of.population
    if population is not None:
        columns = population.table.columns if population.table else population.parameters
        places |= dict.fromkeys(columns, CELL)
    return places
