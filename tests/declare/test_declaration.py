"""What a kernel declares fits what it is: told before it is traced, in one sentence."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
import pytest

from leakscape.declare.find import find, registered
from leakscape.declare.kernel import describe
from leakscape.declare.output import Output
from leakscape.declare.parameter import Parameter
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError, KernelError, SweepError
from leakscape.evaluation.in_memory import evaluate
from leakscape.evaluation.plan import make_plan

AXES = {"x": {"values": [1, 2, 3], "unit": "mV"}}


def declared(function, parameters=None, outputs=None):
    function.parameters = {"x": "mV"} if parameters is None else parameters
    function.outputs = {"y": "mV"} if outputs is None else outputs
    return function


def refused(kernel, wanted, kind=SweepError):
    """Hold a kernel to be refused by `plan`, in one sentence that names it."""
    with pytest.raises(kind) as caught:
        make_plan(Study(name="own", kernel=kernel, axes=AXES))
    text = str(caught.value)
    assert text.startswith("kernel k")
    assert "\n" not in text
    assert wanted in text


def never(*_, **__):
    raise AssertionError("the kernel ran")


def takes_nothing():
    return never()


def takes_another(x, w):
    return never()


def takes_by_place(x, /):
    return never()


SIGNATURES = {
    "less": (takes_nothing, "k: .parameters names 'x', which its def does not take; add it there"),
    "more": (takes_another, "k: takes 'w', which .parameters does not name; use one of x"),
    "by place": (takes_by_place, "k: takes 'x' by position alone; a kernel is called by name, so"),
}


@pytest.mark.parametrize("case", SIGNATURES)
def test_a_signature_fits_its_parameters(case):
    function, wanted = SIGNATURES[case]
    function.__name__ = "k"
    refused(declared(function), wanted, DeclarationError)


@pytest.mark.parametrize(
    "function",
    [lambda x: {"y": x}, lambda *, x, z=1: {"y": x}, lambda **values: {"y": values["x"]}],
    ids=["by name", "with a default of Python's", "any name"],
)
def test_a_signature_that_fits_is_taken(function):
    assert evaluate(Study(name="own", kernel=declared(function), axes=AXES)).y.values[2] == 3


PARAMETERS = {
    "nan in bounds": ({"bounds": (math.nan, 1)}, "bounds: the lowest must not be above"),
    "bounds upside down": (
        {"bounds": (1, 0)},
        "bounds: the lowest must not be above the highest, got (1, 0); write",
    ),
    "one bound": ({"bounds": (1,)}, "bounds: expected two numbers, got (1,); write (0, 1)"),
    "bounds of text": ({"bounds": ("a", "b")}, "bounds: expected two numbers, got ('a', 'b')"),
    "bounds of nothing": ({"bounds": None}, "bounds: expected two numbers, got None"),
    "a default outside": (
        {"bounds": (0, 1), "default": 2},
        "default must lie in its bounds [0, 1] mV, got 2 mV; change one of them",
    ),
    "a default that is nan": ({"default": math.nan}, "number: not finite, got nan"),
    "a default of another kind": ({"default": [1]}, "number: expected a number, got [1]"),
    "no whole-cell unit": ({"unit": "mV", "whole_cell": 5}, "whole_cell: expected units, got 5"),
    "an unknown field": ({"defualt": 1}, "unknown field, got 'defualt'; did you mean default?"),
    "a meaning that is no text": ({"meaning": 3}, "meaning: expected text, got 3"),
    "a unit that is none": ({"unit": "florp"}, "unit: not a known unit, got 'florp'"),
    "a unit that is no text": ({"unit": 5}, "unit: expected text, got 5"),
}


@pytest.mark.parametrize("case", PARAMETERS)
def test_a_parameter_is_declared_soundly(case):
    fields, wanted = PARAMETERS[case]

    def k(x):
        return never()

    refused(declared(k, {"x": {"unit": "mV"} | fields}), f"parameter x: {wanted}")


def test_a_unit_is_asked_for():
    def k(x):
        return never()

    for entry in ({"default": 1}, {}, 5):
        refused(declared(k, {"x": entry}), "parameter x: no unit; write one")
        refused(declared(k, outputs={"y": entry} if entry == {} else {"y": 5}), "no unit; write")


OUTPUTS = {
    "an unknown field": ({"units": "mV"}, "unknown field, got 'units'; did you mean unit?"),
    "a coordinate of text": (
        {"dimension": "d", "coordinate": ("a", "b", "c")},
        "coordinate: expected finite numbers, got ('a', 'b', 'c'); write (1.0, 2.0)",
    ),
    "a coordinate that is a text": (
        {"dimension": "d", "coordinate": "abc"},
        "coordinate: expected finite numbers, got abc",
    ),
    "a coordinate with nan": (
        {"dimension": "d", "coordinate": (1, math.nan, 2)},
        "coordinate: expected finite numbers",
    ),
    "a coordinate that is one number": (
        {"dimension": "d", "coordinate": 3},
        "coordinate: expected finite numbers, got 3",
    ),
    "a coordinate of no dimension": ({"coordinate": (1, 2, 3)}, "a coordinate without a dimension"),
    "a dimension named like an output": ({"dimension": "y"}, "dimension 'y' is an output's name"),
    "a dimension that is no text": ({"dimension": 3}, "dimension: expected text, got 3"),
    "a long name that is no text": ({"long_name": 3}, "long_name: expected text, got 3"),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_an_output_is_declared_soundly(case):
    fields, wanted = OUTPUTS[case]

    def k(x):
        return never()

    refused(declared(k, outputs={"y": {"unit": "mV"} | fields}), f"output y: {wanted}")


def test_two_outputs_of_a_dimension_have_one_coordinate():
    def k(x):
        return never()

    own = {"unit": "mV", "dimension": "d"}
    outputs = {"y": own | {"coordinate": (1, 2)}, "z": own | {"coordinate": (1, 3)}}
    refused(declared(k, outputs=outputs), "output z: its coordinate along d differs from that of y")


LENGTHS = {
    "none": (
        lambda x: {"y": jnp.zeros(0) + x},
        {"y": {}},
        "y must have at least one value along d, got 0; return some",
    ),
    "two": (
        lambda x: {"y": jnp.zeros(3) + x, "z": jnp.zeros(4) + x},
        {"y": {}, "z": {}},
        "z must be as long along d as y, 3, got 4; give it a dimension of its own",
    ),
    "another than the coordinate's": (
        lambda x: {"y": jnp.zeros(3) + x},
        {"y": {"coordinate": (1.0, 2.0)}},
        "y must be as long along d as its coordinate, 2, got 3; change one of them",
    ),
}


@pytest.mark.parametrize("case", LENGTHS)
def test_an_own_dimension_has_one_length(case):
    kernel, outputs, wanted = LENGTHS[case]
    kernel.__name__ = "k"
    given = {name: {"unit": "mV", "dimension": "d"} | more for name, more in outputs.items()}
    refused(declared(kernel, outputs=given), f"kernel k: {wanted}", KernelError)


def test_numbers_of_numpy_are_numbers():
    def k(x):
        return {"y": jnp.zeros(2) + x}

    parameter = Parameter(unit="mV", default=np.float64(1), bounds=np.array([0.0, 5.0]))
    output = Output(unit="mV", dimension="d", coordinate=np.array([1.0, 2.0]))
    found = describe(declared(k, {"x": parameter}, {"y": output}), "k")
    assert found.parameters["x"].bounds == (0.0, 5.0)
    assert found.parameters["x"].default == 1.0
    assert found.outputs["y"].coordinate == (1.0, 2.0)


@pytest.mark.parametrize("name", sorted(registered()))
def test_every_kernel_of_this_project_is_declared_soundly(name):
    assert find(name, {}, None).outputs


NAMES = ("../y", "y/z", "zarr.json", "status", "Status", "cell", "y" * 300, "\N{SNOWMAN}", "", "_y")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_an_output_has_a_name_that_a_store_can_hold(name):
    def k(x):
        return never()

    wanted = "name" if name.lower() not in ("status", "cell") else "the store keeps this name for"
    refused(declared(k, outputs={name: "mV"}), wanted, DeclarationError)


@pytest.mark.parametrize("outputs", [{"y": "mV", "Y": "mV"}, {"x": "mV"}], ids=str)
def test_a_name_is_given_once(outputs):
    def k(x):
        return never()

    refused(declared(k, outputs=outputs), "name", DeclarationError)
