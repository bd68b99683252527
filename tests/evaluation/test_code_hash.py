"""The kernel's hash is of what is computed: never of how it is printed, named or kept in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import nbformat
import numpy as np
import pytest
from jax import lax
from nbclient import NotebookClient

from leakscape.evaluation.code_hash import digest, needed

ROOT = Path(__file__).resolve().parents[2]

WORDS = """
import sys
import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_batching import custom_vmap
import numpy as np
from leakscape.evaluation.code_hash import digest

table = np.linspace(0.0, 1.0, 7)

@jax.custom_jvp
def doubled(x):
    return 2.0 * x

doubled.defjvp(lambda primals, tangents: (doubled(primals[0]), 2.0 * tangents[0]))

@custom_vmap
def tripled(x):
    return 3.0 * x

@tripled.def_vmap
def rule(size, batched, x):
    return 3.0 * x, batched[0]

@jax.jit
def named(x):
    return lax.fori_loop(0, 5, lambda i, y: jnp.where(y > 1, y + table[2], jnp.exp(y)), x)

def seen(x):
    return np.asarray(x) + 1

def point(a, b):
    shape = jax.ShapeDtypeStruct((), jnp.float32)
    called = jax.pure_callback(seen, shape, a, vmap_method="expand_dims")
    drawn = jax.random.normal(jax.random.key(3))
    chosen = lax.cond(a > b, lambda: doubled(a), lambda: tripled(b))
    return named(a) + called + chosen + drawn + jnp.interp(b, table, jnp.asarray(table) ** 2)

for setting in sys.argv[1:]:
    name, _, value = setting.partition("=")
    jax.config.update(name, eval(value))
print("sha256", digest(jax.make_jaxpr(point)(1.0, 2.0)).sha256)
"""


def in_a_pipe(*settings: str, **environment: str) -> str:
    given = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    told = subprocess.run(
        [sys.executable, "-c", WORDS, *settings], env=given, capture_output=True, check=True
    )
    return told.stdout.decode().split()[-1]


def in_a_terminal() -> str:
    import pty

    ours, theirs = pty.openpty()
    code = f"import sys; assert sys.stdout.isatty(); sys.argv[1:] = []\n{WORDS}"
    given = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm-256color"}
    try:
        subprocess.run([sys.executable, "-c", code], env=given, stdout=theirs, check=True)
        return os.read(ours, 4096).decode().split()[-1]
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.fixture(scope="module")
def plain() -> str:
    return in_a_pipe()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of Unix")
def test_the_hash_is_the_same_in_a_terminal_as_in_a_pipe(plain):
    assert in_a_terminal() == plain


@pytest.mark.slow
def test_the_hash_is_the_same_in_a_notebook(plain, tmp_path, monkeypatch):
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    cell = nbformat.v4.new_code_cell(f"import sys; sys.argv[1:] = []\n{WORDS}")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(notebook, kernel_name="python3").execute()
    told = [out.text for out in notebook.cells[0].outputs if out.get("name") == "stdout"]
    assert "".join(told).split()[-1] == plain


@pytest.mark.slow
def test_the_hash_is_the_same_with_any_setting_of_the_printer(plain):
    printing = [name for name in jax.config.values if "pprint" in name]
    assert printing
    for value in (True, False):
        assert in_a_pipe(*(f"{name}={value}" for name in printing)) == plain
    assert in_a_pipe(COLUMNS="20", FORCE_COLOR="1", JAX_TRACEBACK_FILTERING="off") == plain


def test_the_hash_is_the_same_in_another_process_whatever_its_seed(plain):
    assert in_a_pipe(PYTHONHASHSEED="1") == in_a_pipe(PYTHONHASHSEED="2") == plain


def of(function, *arguments):
    return digest(jax.make_jaxpr(function)(*arguments)).sha256


def test_the_hash_is_the_same_whatever_ran_before():
    def point(a):
        return lax.cond(a > 0, lambda: jnp.sin(a), lambda: a)

    first = of(point, 1.0)
    of(lambda a: jnp.cos(a) + 1.0, 1.0)
    assert of(point, 1.0) == first


def test_the_hash_of_simple_code_is_this_one_on_every_jax():
    def point(a, b):
        return jnp.where(a > b, a * 2.0 + b, jnp.exp(b) / a)

    assert of(point, 1.0, 2.0) == GOLDEN["where"]
    assert of(lambda a: lax.fori_loop(0, 4, lambda i, x: x * a, 1.0), 2.0) == GOLDEN["loop"]
    assert of(lambda a: a + jnp.asarray(np.arange(3.0, dtype="f4")), 2.0) == GOLDEN["array"]


GOLDEN = {
    "where": "99745e4f79bc176da85fef623e144cd010c11b9c1e9df6414d87404249e50af5",
    "loop": "d2ccc60cc455ede317c8de548911b49162c322e7d0b4540e31a60b61e018e33d",
    "array": "1e5540454b9e29d7e4becc627f429996c244620387ad7f73872196fc416a628d",
}
"""Made with jax 0.10.2, the same with 0.12.0: any other hash makes old stores be compared anew."""

SAME = {
    "a jitted function": (lambda a: jnp.sin(a) * 2.0, lambda a: jax.jit(jnp.sin)(a) * 2.0),
    "names of functions": (
        lambda a: lax.scan(lambda c, x: (c * a, x), a, jnp.ones(3))[0],
        lambda a: lax.scan(lambda state, row: (state * a, row), a, jnp.ones(3))[0],
    ),
    "a constant in an array or alone": (
        lambda a: a * jnp.asarray(np.float32(1.5)),
        lambda a: a * np.float32(1.5),
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_what_makes_no_difference_to_a_number_makes_none_to_the_hash(case):
    one, other = SAME[case]
    assert of(one, 2.0) == of(other, 2.0)


def looped(factor, steps=3):
    return lambda a: lax.fori_loop(0, steps, lambda i, x: x * factor + a, a)


OTHER = {
    "a literal": (lambda a: a * 2.0, lambda a: a * 2.0000002),
    "the sign of a zero": (lambda a: a + 0.0, lambda a: a + -0.0),
    "a primitive": (lambda a: jnp.sin(a), lambda a: jnp.cos(a)),
    "the order of arguments": (lambda a: a - jnp.exp(a), lambda a: jnp.exp(a) - a),
    "which result is which": (lambda a: (a, a + 1.0), lambda a: (a + 1.0, a)),
    "a constant array": (
        lambda a: a * jnp.asarray([1.0, 2.0]),
        lambda a: a * jnp.asarray([1.0, 2.5]),
    ),
    "the shape of a constant": (
        lambda a: (a * jnp.ones(4)).sum(),
        lambda a: (a * jnp.ones(5)).sum(),
    ),
    "a type": (lambda a: a.astype("int8"), lambda a: a.astype("int16")),
    "code inside a loop": (looped(2.0), looped(2.5)),
    "the length of a loop": (looped(2.0, 3), looped(2.0, 4)),
    "a branch": (
        lambda a: lax.cond(a > 0, lambda: a, lambda: 2.0 * a),
        lambda a: lax.cond(a > 0, lambda: 2.0 * a, lambda: a),
    ),
    "a parameter": (
        lambda a: lax.cumsum(a * jnp.ones(3)),
        lambda a: lax.cumsum(a * jnp.ones(3), reverse=True),
    ),
    "the seed of a draw": (
        lambda a: a + jax.random.normal(jax.random.key(1)),
        lambda a: a + jax.random.normal(jax.random.key(2)),
    ),
    "what a solver solves": (
        lambda a: lax.custom_root(
            lambda x: x - a, a, lambda f, x: x - 2.0 * f(x), lambda g, y: y / g(1.0)
        ),
        lambda a: lax.custom_root(
            lambda x: x - a, a, lambda f, x: x - 3.0 * f(x), lambda g, y: y / g(1.0)
        ),
    ),
}


@pytest.mark.parametrize("case", OTHER)
def test_what_makes_a_difference_to_a_number_makes_one_to_the_hash(case):
    one, other = OTHER[case]
    assert of(one, 2.0) != of(other, 2.0)
    assert of(one, 2.0) == of(one, 2.0)


def test_the_same_code_of_another_precision_has_another_hash():
    with jax.enable_x64(True):
        double = of(lambda a: a * 2.0, 1.0)
    assert of(lambda a: a * 2.0, 1.0) != double


def test_what_no_result_needs_is_not_hashed():
    lean = jax.make_jaxpr(lambda a: jnp.exp(a))(1.0)
    fat = jax.make_jaxpr(lambda a: (jnp.exp(a), jnp.sin(a))[0])(1.0)
    assert digest(lean) != digest(fat)
    assert digest(needed(fat)) == digest(lean)


def test_only_callbacks_are_told_apart_by_their_objects():
    plain = digest(jax.make_jaxpr(looped(2.0))(1.0))
    assert plain.unseen == ()
    shape = jax.ShapeDtypeStruct((), jnp.float32)
    called = jax.make_jaxpr(lambda a: jax.pure_callback(lambda x: x, shape, a))(1.0)
    assert len(digest(called).unseen) == 1
