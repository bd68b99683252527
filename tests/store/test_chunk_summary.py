"""Laws of what is found in chunks: the same as NumPy finds in the whole."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from leakscape.store.chunk_summary import Found, count, measure, merge

floats = hnp.arrays(np.float32, st.integers(1, 30), elements=st.floats(width=32))


@given(floats)
def test_range_and_count_are_those_of_the_finite_values(values):
    finite = values[np.isfinite(values)]
    low, high, number = measure(values)
    assert number == finite.size
    assert (low, high) == ((finite.min(), finite.max()) if finite.size else (None, None))


@given(hnp.arrays(np.uint8, st.integers(1, 50)))
def test_codes_are_counted_whatever_they_are(codes):
    seen, numbers = np.unique(codes, return_counts=True)
    assert count(codes) == {str(c): n for c, n in zip(seen, numbers, strict=True)}


@given(st.lists(floats, min_size=1, max_size=4))
def test_merging_chunks_gives_what_the_whole_gives(chunks):
    found, codes = merge({"found": {"V": measure(c)}, "status": {"1": c.size}} for c in chunks)
    low, high, number = measure(np.concatenate(chunks))
    assert codes == {1: sum(c.size for c in chunks)}
    if number:
        assert found["V"] == Found(low, high, number)
    else:
        assert found["V"].finite == 0
        assert math.isnan(found["V"].minimum)


def test_nothing_merged_is_nothing_found():
    assert merge([]) == ({}, {})


def test_integers_are_all_finite():
    assert measure(np.array([-1, 0, 1], dtype=np.int8)) == pytest.approx((-1, 1, 3))
