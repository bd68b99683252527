"""The variables of a plan: what each is stored along, in which chunks, with which attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from leakscape import status
from leakscape.declare.output import Output
from leakscape.declare.space import Space
from leakscape.evaluation.coordinates import long_name, parameter_role, units_in_format
from leakscape.evaluation.grid import Variable
from leakscape.evaluation.point import read_name


def unit_of(of: Space, name: str) -> str:
    """Return the unit of an output or of a sampled value, as it was declared."""
    if name in of.kernel.outputs:
        return str(of.kernel.outputs[name].unit)
    population = of.population
    assert population is not None  # only a population adds names that are no outputs
    return str(population.parameters[name].unit)


def roles(output: Output) -> dict[str, Any]:
    """Return the attributes that tell what an output is, and what its whole numbers stand for."""
    told: dict[str, Any] = {"role": output.role} if output.role else {}
    if output.flags:
        told["flag_values"] = [*output.flags]
        told["flag_meanings"] = " ".join(output.flags.values())
    return told


def variable_of(
    of: Space,
    name: str,
    dims: frozenset[str],
    shape: jax.ShapeDtypeStruct,
    sizes: Mapping[str, tuple[int, int]],
    format: int,
) -> Variable:
    """Describe what is stored of an output, a sampled value or `status`.

    Args:
        of: the space.
        name: what it is of.
        dims: the swept dimensions that it varies along.
        shape: at one point, and the dtype.
        sizes: swept dimension -> its length, and that of its chunks.
        format: of the store.
    """
    swept = tuple(dim for dim in sizes if dim in dims)
    output = of.kernel.outputs.get(name)
    own = (output.dimension,) if output is not None and output.dimension is not None else ()
    if name == "status":
        role, attributes = "status", status.attributes(of.kernel.codes)
    elif output is not None:
        role = "output"
        attributes = units_in_format(output.unit, format)
        attributes["long_name"] = output.long_name or name
        attributes |= roles(output)
    elif name in map(read_name, of.given):
        role, attributes = "read", {}
    else:
        role = "sampled"
        attributes = units_in_format(unit_of(of, name), format)
        attributes["long_name"] = long_name(of, name)
        attributes |= parameter_role(of, name)
    return Variable(
        name=name,
        dims=(*swept, *own),
        shape=(*(sizes[dim][0] for dim in swept), *shape.shape),
        chunks=(*(sizes[dim][1] for dim in swept), *shape.shape),
        dtype=str(np.dtype(shape.dtype)),
        attributes=attributes,
        role=role,
    )
