"""What a kernel says of its status codes and of the roles of its outputs, and how it is refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from leakscape.declare.find import build
from leakscape.declare.kernel import describe
from leakscape.declare.roles import ROLES
from leakscape.errors import DeclarationError
from leakscape.status import Code


def kernel(**more):
    def one(x):
        return {"y": x}

    one.parameters, one.outputs = {"x": "mV"}, {"y": {"unit": "1"}}
    for key, value in more.items():
        setattr(one, key, value)
    return one


def described(**more):
    return describe(kernel(**more), "own")


@pytest.mark.parametrize(
    "entry",
    [
        "too_hot",
        {"name": "too_hot"},
        Code("too_hot"),
        SimpleNamespace(name="too_hot", remedy=""),
    ],
    ids=["text", "table", "code", "shape"],
)
def test_a_code_is_a_name_a_table_or_an_object_of_that_shape(entry):
    assert described(codes={40: entry}).codes == {40: Code("too_hot")}
    assert described(codes={np.uint8(40): entry}).codes == {40: Code("too_hot")}


def test_a_kernel_without_codes_has_none_and_one_of_a_factory_has_the_factorys():
    assert described().codes == {}

    def factory():
        return kernel()

    factory.options, factory.codes = {}, {5: {"name": "warm", "remedy": "let it cool"}}
    assert build(factory, {}, "own").codes == {5: Code("warm", "let it cool")}


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        ([40], "codes: expected a table, got [40]; write"),
        ({"40": "a"}, "codes: expected a whole number, got '40'; write"),
        ({True: "a"}, "codes: expected a whole number, got True; write"),
        ({1: "fine"}, "codes, 1: a kernel's codes are 2 to 9 for remarks, and 10 to 255"),
        ({16: "gone"}, "codes, 16: a kernel's codes are 2 to 9 for remarks"),
        ({256: "far"}, "codes, 256: a kernel's codes are"),
        ({-1: "less"}, "codes, -1: a kernel's codes are"),
        ({40: "too hot"}, "codes, 40: a name is one word of letters, digits and _, got 'too hot'"),
        ({40: {"remedy": "cool it"}}, "codes, 40: no name; write one, such as"),
        ({40: {"name": "a", "remedies": "b"}}, "codes, 40: unknown field, got 'remedies'; did"),
        ({40: {"name": "a", "remedy": 3}}, "codes, 40: remedy: expected text, got 3; write it in"),
        ({40: {"name": "a", "remedy": "b\nc"}}, "codes, 40: a remedy is half a sentence on one"),
        ({11: "melted"}, "codes, 11: 11 means 'outside_domain' for every kernel, got 'melted';"),
        ({40: "hot", 41: "hot"}, "codes: two codes are called 'hot'; rename one"),
        ({40: "ok"}, "codes: two codes are called 'ok'; rename one"),
    ],
)
def test_a_table_of_codes_that_cannot_be_meant_is_refused_in_a_sentence(codes, text):
    with pytest.raises(DeclarationError) as caught:
        described(codes=codes)
    assert str(caught.value).startswith(f"kernel own, {text}")


def test_what_every_kernel_means_by_a_code_may_get_a_remedy_of_its_own():
    told = {"name": "outside_domain", "remedy": "open the lid"}
    assert described(codes={11: told}).codes[11].remedy == "open the lid"


def test_roles_and_flags_are_read_as_they_are_written():
    flags = {1: "stable", 0: "unstable", -1: "none"}
    outputs = {"y": {"unit": "1", "role": " stability  count ", "flags": flags}}
    parameters = {"x": {"unit": "mV", "role": "potential"}}
    found = described(outputs=outputs, parameters=parameters)
    assert found.outputs["y"].role == "stability count"
    assert [*found.outputs["y"].flags.items()] == [(-1, "none"), (0, "unstable"), (1, "stable")]
    assert found.parameters["x"].role == "potential"
    assert described().outputs["y"].role == ""
    assert all(ROLES.values())


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ({"role": "potental"}, "unknown role, got 'potental'; did you mean potential?"),
        ({"role": ("potential",)}, "role: expected text, got ('potential',); write it in"),
        ({"flags": [0]}, "flags: expected a table, got [0]; write"),
        ({"flags": {"0": "a"}}, "flags: expected a whole number, got '0'; write"),
        ({"flags": {0: "not stable"}}, "flags: 0 must mean one word of letters, digits and _"),
        ({"flags": {0: "a", 1: "a"}}, "flags: two numbers mean the same; leave one of them"),
        ({"role": "stability"}, "flags: a stability needs a number that means 'stable', got {}"),
        (
            {"role": "slope", "flags": {0: "down"}},
            "flags: a slope needs a number that means 'rising', got {0: 'down'}; write "
            '{0: "falling", 1: "rising"}',
        ),
    ],
)
def test_a_role_that_cannot_be_meant_is_refused_in_a_sentence(output, text):
    with pytest.raises(DeclarationError) as caught:
        described(outputs={"y": {"unit": "1"} | output})
    assert str(caught.value).startswith(f"kernel own, output y: {text}")


def test_a_parameters_role_is_one_of_the_words_too():
    with pytest.raises(
        DeclarationError, match=r"^kernel own, parameter x: unknown role, got 'pot'"
    ):
        described(parameters={"x": {"unit": "mV", "role": "pot"}})
