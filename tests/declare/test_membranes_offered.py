"""Which kernel shows a ready-made membrane: the one that its package names."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from leakscape.declare import membranes
from leakscape.errors import DeclarationError

GROUP = "leakscape.membranes"


def mine():
    return {"one": {"about": "mine"}}


def nameless():
    return {"two": {}}


mine.kernel = "a kernel of mine"


@pytest.fixture
def installed(monkeypatch):
    offers = {"mine": mine, "nameless": nameless}
    points = [EntryPoint(name, f"x:{name}", GROUP) for name in offers]
    monkeypatch.setattr(EntryPoint, "load", lambda point: offers[point.name])
    monkeypatch.setattr(membranes, "entry_points", lambda group: points)
    monkeypatch.setattr(membranes, "find", lambda name, options, folder: (name, options, folder))
    membranes._offered.cache_clear()
    yield
    membranes._offered.cache_clear()


def test_a_membrane_is_shown_by_the_kernel_that_its_package_names(installed):
    assert membranes.membranes() == {"one": {"about": "mine"}, "two": {}}
    assert membranes.kernel_of("one") == ("a kernel of mine", {"membrane": "one"}, None)
    with pytest.raises(DeclarationError, match=r"^membrane two: its package must name the kernel"):
        membranes.kernel_of("two")
