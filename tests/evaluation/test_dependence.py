"""Which output depends on what: right for loops and custom derivatives too, as batching is."""

from __future__ import annotations

import jax
import jax.extend
import jax.numpy as jnp
import pytest
from jax import lax

from leakscape.evaluation.dependence import dependence, gathers, nested
from leakscape_kernels.batching import where_needed

SCALARS = {name: jax.ShapeDtypeStruct((), jnp.float32) for name in "abc"}


@jax.custom_jvp
def doubled(x):
    return 2.0 * x


doubled.defjvp(lambda primals, tangents: (doubled(primals[0]), 2.0 * tangents[0]))


@jax.custom_vjp
def tripled(x):
    return 3.0 * x


tripled.defvjp(lambda x: (tripled(x), None), lambda _, g: (3.0 * g,))


def root(value):
    """Solve x * x = value by implicit differentiation."""
    return lax.custom_root(
        lambda x: x * x - value,
        value,
        lambda f, start: lax.fori_loop(0, 20, lambda _, x: 0.5 * (x + value / x), start),
        lambda g, y: y / g(1.0),
    )


CASES = {
    "constant": (lambda a, b, c: jnp.float32(1.0), ""),
    "one": (lambda a, b, c: a + 1.0, "a"),
    "two": (lambda a, b, c: a * c, "ac"),
    "multiplied by a constant zero": (lambda a, b, c: a + 0.0 * b, "ab"),
    "while loop": (lambda a, b, c: lax.while_loop(lambda x: x < 9.0, lambda x: x + b, 0.0), "b"),
    "while loop state": (
        lambda a, b, c: lax.while_loop(lambda s: s[0] < 3, lambda s: (s[0] + 1, s[1] * a), (0, c))[
            1
        ],
        "ac",
    ),
    "untouched by a loop": (
        lambda a, b, c: lax.while_loop(lambda s: s[0] < 3, lambda s: (s[0] + 1, s[1]), (0, c))[1],
        "c",
    ),
    "fori loop": (lambda a, b, c: lax.fori_loop(0, 3, lambda i, x: x + a, b), "ab"),
    "scan": (lambda a, b, c: lax.scan(lambda x, y: (x + y, x), a, jnp.ones(3))[0], "a"),
    "cond": (lambda a, b, c: lax.cond(a > 0, lambda: b, lambda: c), "abc"),
    "where": (lambda a, b, c: jnp.where(a > 0, b, 0.0), "ab"),
    "custom jvp": (lambda a, b, c: doubled(b), "b"),
    "custom vjp": (lambda a, b, c: tripled(c), "c"),
    "gradient": (lambda a, b, c: jax.grad(lambda x: doubled(x) * b)(a), "b"),
    "custom root": (lambda a, b, c: root(a + 1.0), "a"),
    "jit": (lambda a, b, c: jax.jit(lambda x, y: x)(a, b), "a"),
    "vector": (lambda a, b, c: jnp.stack([a, a + 1.0]), "a"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_output_has_the_dimensions_that_it_depends_on(case):
    compute, wanted = CASES[case]

    def point(swept):
        return {"y": compute(**swept), "all": swept["a"] + swept["b"] + swept["c"]}

    code, shapes = jax.make_jaxpr(point, return_shape=True)(SCALARS)
    found = dependence(code, [frozenset(name) for name in "abc"])
    depends = dict(zip(sorted(shapes), found, strict=True))
    assert depends["all"] == set("abc")
    # The gradient of 2 a b by a is 2 b, and JAX may keep a along.
    assert set(wanted) <= depends["y"] <= set(wanted) | ({"a"} if case == "gradient" else set())
    sizes = {"a": 2, "b": 3, "c": 4}
    values = {name: jnp.linspace(1.0, 2.0, size) for name, size in sizes.items()}
    places = {name: frozenset(name) for name in "abc"}
    found = nested(point, ("a", "b", "c"), places, depends, sizes)(values)
    expected = tuple(sizes[name] for name in "abc" if name in depends["y"])
    assert found["y"].shape == expected + shapes["y"].shape
    for i, j, k in ((0, 0, 0), (1, 2, 3), (0, 1, 2)):
        place = dict(zip("abc", (i, j, k), strict=True))
        single = point({name: values[name][place[name]] for name in "abc"})
        index = tuple(place[name] for name in "abc" if name in depends["y"])
        assert jnp.allclose(found["y"][index], single["y"])


def test_a_wrong_reading_raises_by_itself():
    def point(swept):
        return {"y": swept["a"]}

    function = nested(point, ("a",), {"a": frozenset("a")}, {"y": frozenset()}, {"a": 3})
    with pytest.raises(ValueError, match="out_axes"):
        function({"a": jnp.ones(3)})


def test_code_that_gathers_some_of_its_points_is_known_at_any_depth():
    def some(x):
        return where_needed(lambda x: x * x, x > 0.0, x, x)

    def deep(x):
        return lax.cond(x > 1.0, jax.jit(some), lambda x: x, x)

    def none(x):
        return lax.while_loop(lambda x: x < 9.0, doubled, x) + lax.cond(
            x > 1.0, doubled, tripled, x
        )

    told = [gathers(jax.make_jaxpr(function)(1.0)) for function in (some, deep, none)]
    assert told == [True, True, False]


def test_what_no_result_needs_is_not_traced_on():
    from leakscape.evaluation.code_hash import digest, needed

    def point(a, b):
        return jnp.exp(a) * 2.0

    def wasteful(a, b):
        _ = jnp.sin(b) * a
        return jnp.exp(a) * 2.0

    lean, fat = (jax.make_jaxpr(f)(1.0, 2.0) for f in (point, wasteful))
    assert digest(lean) != digest(fat)
    assert digest(needed(lean)) == digest(needed(fat))
    assert jax.extend.core.jaxpr_as_fun(needed(fat))(1.0, 2.0)[0] == wasteful(1.0, 2.0)
