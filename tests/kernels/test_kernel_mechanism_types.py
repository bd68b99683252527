"""What is said of a type of mechanism is what the type does: keys, units, defaults, examples."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from leakscape_kernels import MECHANISM_SUMMARIES
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import COMMON_KEYS
from leakscape_kernels.mechanisms.types import TYPES
from leakscape_kernels.membrane.equilibrium import equilibrium, membrane_current
from leakscape_kernels.membrane.membrane import Membrane, membrane

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
TOLD = {name: kind.description for name, kind in TYPES.items()}
ROWS = [(name, row) for name, told in TOLD.items() for row in told["rows"]]
EVERY_KEY = {told["key"] for one in TOLD.values() for told in one["keys"]} | {"n_gates", "gg"}
IONS = {
    "K": {"valence": 1, "inside": "140 mmol/L", "outside": "5 mmol/L"},
    "Na": {"valence": 1, "inside": "15 mmol/L", "outside": "145 mmol/L"},
    "Cl": {"valence": -1, "inside": "10 mmol/L", "outside": "110 mmol/L"},
}

ONE_OF = {"ion": "K", "gates": {"n": {"V_half": "-25 mV", "k": "5 mV"}}}
"""Values of the keys that take no quantity."""


def parsed(row):
    ((name, table),) = tomllib.loads(row).items()
    return name, table


def accepted(name, table):
    """Whether a membrane takes a row as it is."""
    try:
        return Membrane(ions=IONS, mechanisms={name: table})
    except ValueError:
        return None


def instead(need):
    """The keys that may stand in place of one, from "or E or V_half"."""
    return need.split(" ")[1::2] if need.startswith("or ") else []


def of_row(kind, row):
    """The keys that are told to go with the law of a row."""
    _, table = parsed(row)
    found = {}
    for key in TOLD[kind]["keys"]:
        law = next((k for k in TOLD[kind]["keys"] if k["choices"]), None)
        mine = table.get(law["key"], law["default"]) if law else None
        if not key["with"] or mine in key["with"]:
            assert key["key"] not in found
            found[key["key"]] = key
    return found


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_the_keys_told_are_the_keys_that_the_type_takes(kind, row):
    name, table = parsed(row)
    told = of_row(kind, row)
    rivals = {key: instead(t["need"]) for key, t in told.items()}
    laws = {key: t["default"] or t["choices"][0] for key, t in told.items() if t["choices"]}
    taken = set()
    for key in EVERY_KEY:
        without = {k: v for k, v in table.items() if k not in rivals.get(key, ())}
        value = table.get(key, laws.get(key, ONE_OF.get(key, "1")))
        mates = {other: "1" for other in told if rivals.get(key) and rivals[other] == rivals[key]}
        if accepted(name, mates | without | {key: value}):
            taken.add(key)
    assert taken == set(told)


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_units_and_defaults_are_those_of_the_parameters(kind, row):
    name, table = parsed(row)
    for key, told in of_row(kind, row).items():
        if told["choices"] or key in ONE_OF:
            continue
        gone = instead(told["need"])
        rest = {k: v for k, v in table.items() if k not in (key, *gone)}
        made = accepted(name, rest | {key: "1"}).parameters[told["parameter"]]
        assert (made.unit, made.meaning, made.default) == (told["unit"], told["meaning"], "1")
        bare = accepted(name, rest)
        if told["need"] == "required":
            assert bare.parameters[told["parameter"]].default is None
        elif told["need"] == "left out":
            assert told["parameter"] not in bare.parameters
        elif gone:
            # Without an ion E is a parameter that a study has to give.
            assert bare is None or bare.parameters[told["parameter"]].default is None
            alike = {k for k, t in of_row(kind, row).items() if t["need"] == told["need"]}
            rest = {k: v for k, v in rest.items() if k not in alike}
            assert accepted(name, rest | {gone[0]: ONE_OF.get(gone[0], "1")})
        else:
            kept = bare.parameters[told["parameter"]]
            assert (kept.default, kept.source) == (told["default"], told["source"])


@pytest.mark.parametrize("kind", TYPES)
def test_every_law_that_may_be_chosen_has_an_example(kind):
    for key in (told for told in TOLD[kind]["keys"] if told["choices"]):
        used = {parsed(row)[1].get(key["key"], key["default"]) for row in TOLD[kind]["rows"]}
        assert set(key["choices"]) <= used


def defaults(kernel):
    """What a table gives, as numbers: its examples are in the parameters' own units."""
    return {name: kernel._default(name) for name, row in kernel.parameters.items() if name != "V"}


@pytest.mark.repeats(quick=2)
@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_every_table_shown_loads_and_has_a_current(evaluate, kind, row):
    table = tomllib.loads(TYPES[kind].table(row))["kernel"]
    assert table["name"] == "equilibrium"
    kernel = membrane_current(membrane=table["membrane"])
    assert kernel.parameters.keys() - {"V"} == membrane(table["membrane"]).parameters.keys()
    found = evaluate(kernel, ("I_total", "status"), V=-60.0, **defaults(kernel))
    assert found["status"] == 1
    assert np.isfinite(found["I_total"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", TYPES)
def test_the_first_table_shown_of_every_type_rests(evaluate, kind):
    table = tomllib.loads(TYPES[kind].table(TOLD[kind]["rows"][0]))["kernel"]
    kernel = equilibrium(membrane=table["membrane"])
    found = evaluate(kernel, ("V_rest",), **defaults(kernel))
    current = membrane_current(membrane=table["membrane"])
    left = evaluate(current, ("I_total",), V=found["V_rest"], **defaults(kernel))
    assert left["I_total"] == pytest.approx(0, abs=1e-4)


PARTNERS = {
    "power": {"inf": lambda V: V},
    "V_half": {"k": "1 mV"},
    "k": {"V_half": "0 mV"},
    "K_half": {"follows": "Ca"},
    "hill": {"follows": "Ca", "K_half": "1 mmol/L"},
    "follows": {"K_half": "1 mmol/L"},
    "tau": {"V_half": "0 mV", "k": "1 mV"},
    "instant": {"V_half": "0 mV", "k": "1 mV"},
    "rate_factor": {"V_half": "0 mV", "k": "1 mV", "tau": "1 ms"},
    "q10": {"V_half": "0 mV", "k": "1 mV", "tau": "1 ms"},
}
"""What has to stand beside a key of a gate."""
CALCIUM = {"Ca": {"valence": 2, "inside": "1e-4 mmol/L", "outside": "2 mmol/L"}}


def gate_of(table):
    """The parameters that a gate's table makes."""
    row = {"type": "gated", "g": "1 mS/cm2", "E": "0 mV", "gates": {"x": table}}
    cell = Membrane(ions=CALCIUM, mechanisms={"X": row})
    return {name: row for name, row in cell.parameters.items() if name.endswith("_x_X")}


def test_every_key_told_of_a_gate_may_be_written_as_shown_and_no_other():
    told = {key["key"]: key for key in TOLD["gated"]["inner"]["Keys of a gate"]}
    for key, one in told.items():
        given = tomllib.loads(one["example"])
        assert given.keys() == {key}
        if key == "inf":  # the engine gives the function in place of its name
            with pytest.raises(ValueError, match="inf must be a function"):
                gate_of(given)
            given = {key: lambda V: V}
        rows = gate_of(PARTNERS.get(key, {}) | given)
        units = {unit.strip() for unit in one["unit"].split(",")} - {""}
        if key not in ("power", "inf"):
            bare = gate_of(PARTNERS[key]).keys() if key in ("tau", "rate_factor", "q10") else ()
            mine = {row.unit for name, row in rows.items() if name not in bare}
            assert units <= mine
    for other in ("gates", "g", "ion", "beta"):
        with pytest.raises(ValueError, match=f"no key named {other}; "):
            gate_of({"V_half": "0 mV", "k": "1 mV", other: "1"})


@pytest.mark.parametrize("key", COMMON_KEYS)
def test_what_every_mechanism_takes_is_shown_as_it_may_be_written(key):
    _, example = COMMON_KEYS[key]
    row = {"type": "kir", "ion": "K", "g": "1 mS/cm2", "V_shift": "0 mV", "k": "10 mV"}
    assert tomllib.loads(example).keys() == {key}
    assert accepted("Kir", row | tomllib.loads(example))


def test_every_type_says_what_it_is_where_it_holds_and_where_that_was_read():
    for name, told in TOLD.items():
        assert told["words"].startswith(told["about"])
        assert "\nLimits:\n" in told["words"], name
        assert "$" not in told["words"], name
        if name != "constant_current":
            assert "doi:10." in told["words"].partition("\nReferences:\n")[2], name


def test_every_type_is_registered_and_has_its_line():
    points = PROJECT["project"]["entry-points"]["leakscape.mechanisms"]
    assert points.keys() == TYPES.keys() == MECHANISM_SUMMARIES.keys()
    for name, kind in TYPES.items():
        module, _, attribute = points[name].partition(":")
        assert module == kind.build.__module__
        assert isinstance(kind, MechanismType)
        assert attribute == name.upper()
        assert MECHANISM_SUMMARIES[name] == TOLD[name]["about"]
