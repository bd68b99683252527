"""Outputs whose numbers stand for words: found, asked for and told by their words."""

import jax.numpy as jnp
import numpy as np
import pytest

import leakscape as ls
from leakscape.errors import DeclarationError

WORDS = {-1: "supercritical", 0: "none", 1: "subcritical"}


def cell(*, a):
    """A label by the sign of a, and a list of two of which the second exists above 1."""
    kind = jnp.sign(a).astype(jnp.int8)
    listed = jnp.stack([jnp.int8(1), jnp.where(a > 1, 0, -1).astype(jnp.int8)])
    status = jnp.where(a > 5, 11, 1).astype(jnp.uint8)
    return {"kind": kind, "each": listed, "double": 2 * a, "status": status}


cell.parameters = {"a": {"unit": "1"}}
cell.outputs = {
    "kind": {"unit": "1", "flags": WORDS},
    "each": {
        "unit": "1",
        "dimension": "slot",
        "flags": {-1: "none", 0: "unstable", 1: "stable"},
    },
    "double": {"unit": "1"},
}
VALUES = [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 9.0]


def study(**more):
    return ls.Study(
        name="words",
        question="Which word?",
        kernel=cell,
        axes={"a": {"values": VALUES}},
        outputs=("kind", "each", "double"),
        **more,
    )


def test_findings_count_words_of_points_that_have_a_value():
    found = ls.findings(ls.evaluate(study()))
    table = found.words[found.words.output == "kind"].set_index("word").share
    # The last point failed: its -1 is no word.
    assert table.to_dict() == pytest.approx(
        {"supercritical": 2 / 7, "none": 1 / 7, "subcritical": 4 / 7}
    )
    assert "subcritical 57" in repr(found)
    assert found.ranges.set_index("name").share["kind"] == pytest.approx(7 / 8)


def test_slots_without_an_entry_are_none_of_a_list():
    found = ls.findings(ls.evaluate(study()))
    table = found.words[found.words.output == "each"].set_index("word").share
    assert table.to_dict() == pytest.approx({"stable": 7 / 10, "unstable": 3 / 10})


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("kind == subcritical", [1, 2, 3, 4]),
        ('kind != "subcritical"', [-2, -1, 0]),
        ("kind == 0", [0]),
        ("kind == supercritical", [-2, -1]),
    ],
)
def test_a_condition_may_name_the_word(text, kept):
    found = ls.evaluate(study(where=[text]))
    passed = np.asarray(VALUES)[found.status.values == 1]
    assert passed.tolist() == kept


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind == subcritcal", "kind has no word 'subcritcal'; did you mean subcritical"),
        ("kind < subcritical", "kind stands for words, got .*; compare it by == or !="),
    ],
)
def test_a_word_that_is_none_is_refused_in_a_sentence(text, message):
    with pytest.raises(DeclarationError, match=message):
        ls.evaluate(study(where=[text]))
