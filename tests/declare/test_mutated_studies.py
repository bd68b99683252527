"""Ready-made studies changed at random are taken, or refused in one bounded sentence."""

from __future__ import annotations

import copy
import random
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscape.declare.catalogue import catalogue, from_tables
from leakscape.declare.resolve import resolve
from leakscape.declare.study import KEYS
from leakscape.errors import SweepError

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCKS = [part.partition("```")[0] for part in README.read_text("utf-8").split("```toml\n")[1:]]
TEXTS = [path.read_text("utf-8") for path in catalogue().values()]
SOUND = [tomllib.loads(text) for text in (*TEXTS, *BLOCKS)]
VALUES = (
    *(True, 0, 1, -1, 2**31, 10**18, 10**30, 10**400, 10**5000, 0.5, -0.0, 1e308, 5e-324, 1e999),
    *(float("nan"), "", "x", "1", "5 mV", "5 degC", "5 m**9**9**9", "1/0", "_0_", "exp(1000)"),
    *("(-1) ** 0.5", "10 ** 400", "\0", "\x1b[31m", "\ud800", "x" * 9000, "é", "../x", "status"),
    *([], {}, [[]], [{}], [1, 2], [2, 1], ["x"], [1e308, -1e308], {"x": 1}, {"x": {"y": {}}}),
    *({"linear": [0, 1], "size": 10**18}, {"values": [1, 2], "unit": "1"}, {"uniform": [0, 1]}),
    *({"label": ["a"], "K_out": {"values": [1], "unit": "mM"}}, {"type": "kir"}, "GHK", None),
    tomllib.loads("at = 2024-01-01")["at"],
)
WORDS = (*KEYS, "K_out", "g_K", "P_Na_over_P_K", "temperature", "unit", "size", "values", "block")


def changed(data, chance: random.Random):
    """Put a nasty value somewhere into tables, or drop, rename, double, nest or move something."""
    if isinstance(data, dict) and data and chance.random() < 0.9:
        key, what = chance.choice([*data]), chance.random()
        rest = {name: entry for name, entry in data.items() if name != key}
        if what < 0.06:
            return rest
        if what < 0.14:
            return rest | {chance.choice([*WORDS, *data, "", "a.b", "x" * 300]): data[key]}
        if what < 0.18:
            return data | {chance.choice(WORDS): copy.deepcopy(data[key])}
        if what < 0.22:
            return data | {key: {key: data[key]}}
        return data | {key: changed(data[key], chance)}
    if isinstance(data, list) and data and chance.random() < 0.7:
        place = chance.randrange(len(data))
        middle = [changed(data[place], chance)] * chance.choice([0, 1, 1, 1, 2])
        return data[:place] + middle + data[place + 1 :]
    if isinstance(data, str) and data and chance.random() < 0.4:
        place = chance.randrange(len(data))
        return data[:place] + chance.choice([*"0123456789e-+*/^. %[]()", ""]) + data[place + 1 :]
    return chance.choice(VALUES)


def tried(seed: int) -> str:
    """Change a study and meet it with its kernel; return what it was refused with."""
    chance = random.Random(seed)
    tables = chance.choice(SOUND)
    for _ in range(chance.choice([1, 1, 2, 4])):
        tables = changed(tables, chance)
    try:
        study = from_tables(tables, "study", README.parent)
        study.canonical()
        resolve(study)
    except SweepError as error:
        text = str(error)
        assert text
        assert len(text) <= 2100
        assert text.replace("\N{NO-BREAK SPACE}", " ").isprintable()
        return text
    return ""


@settings(max_examples=200, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_a_changed_study_is_taken_or_refused_in_a_sentence(seed):
    tried(seed)


def test_the_changes_neither_spare_nor_break_everything():
    refused = [bool(tried(seed)) for seed in range(60)]
    assert 20 < sum(refused) < 60


@pytest.mark.slow
def test_three_thousand_changed_studies_are_taken_or_refused_in_a_sentence():
    for seed in range(60, 3060):
        tried(seed)
