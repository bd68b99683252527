"""The status codes of a kernel: it declares every one that it returns or speaks of."""

import importlib
import inspect
import re
from importlib.metadata import entry_points

import numpy as np
import pytest

from leakscape.declare.find import find
from leakscape.status import GENERAL, attributes, told_codes
from leakscape_kernels.codes import CODES
from leakscape_kernels.dynamics.donnan import donnan
from leakscape_kernels.dynamics.rest import pump_leak_rest
from leakscape_kernels.formulas.chord import chord_conductance
from leakscape_kernels.formulas.ghk import ghk_voltage

KERNELS = {point.name: point.value for point in entry_points(group="leakscape.kernels")}
_TOLD = re.compile(r"(?:[Ss]tatus|[;:,]|or|and) (\d+)(?= (?:where|for|outside|near|below|a\b))")


def words_of(name: str) -> str:
    """Return the text below a kernel's definition, which says when it has which status."""
    module, _, attribute = KERNELS[name].partition(":")
    source = inspect.getsource(importlib.import_module(module))
    found = re.search(rf'^{attribute} = .*?^\)?\n?r?"""(.*?)"""', source, re.M | re.S)
    return found.group(1) if found else ""


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_declares_the_codes_that_its_words_speak_of(name):
    told = {int(code) for code in _TOLD.findall(words_of(name))}
    declared = find(name, {}, None).codes
    assert told <= {1, *declared}
    assert declared.keys() >= {10, 11}
    assert all(code.remedy for code in declared.values())


def test_those_words_are_found():
    assert {int(code) for code in _TOLD.findall(words_of("equilibrium"))} >= {2, 3, 4, 11}
    assert {int(code) for code in _TOLD.findall(words_of("donnan"))} == {5, 15}


@pytest.mark.repeats(quick=2)
@pytest.mark.parametrize(
    ("kernel", "values", "code"),
    [
        (ghk_voltage(), {"Na_out": 0.0}, 3),
        (chord_conductance(), {"g_K": 0.0, "g_Na": 0.0}, 11),
        (donnan(), {"X_out": 0.0, "K_out": 1.0}, 5),
        (pump_leak_rest(), {"blocked_pump": 1.0}, 15),
    ],
    ids=lambda part: str(part) if isinstance(part, int) else "",
)
def test_a_code_that_comes_out_is_declared(kernel, values, code):
    assert int(np.asarray(kernel(**values)["status"])) == code
    assert kernel.codes[code] == CODES[code]


def test_a_dataset_tells_what_was_declared_and_what_an_older_one_told_stays():
    wrote = attributes(find("equilibrium", {}, None).codes)
    assert told_codes(wrote)[12].remedy.startswith("check the sizes of leaks")
    old = {"flag_values": [0, 1, 2, 10], "flag_meanings": "not_computed ok near_fold not_finite"}
    read = told_codes(old)
    assert (read[2].name, read[2].remedy) == ("near_fold", "")
    assert read[10] == GENERAL[10]
    assert read.keys() == GENERAL.keys() | {2}
    for spoiled in ({"flag_values": [[1], [2, 3]]}, {"flag_meanings": 5}, {"flag_values": "1b"}):
        assert told_codes(old | spoiled) == GENERAL
    assert told_codes(wrote | {"flag_remedies": "one\ntwo"})[11].remedy == GENERAL[11].remedy
