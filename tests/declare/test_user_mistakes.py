"""What a user's kernel does wrong is one sentence with the file, the line and what to write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from leakscape.declare.study import Study
from leakscape.errors import KernelError, SweepError
from leakscape.evaluation.in_memory import evaluate
from leakscape.evaluation.plan import make_plan

AXES = {"a": {"linear": [1, 3], "size": 3, "unit": "1"}}
DECLARED = """
kernel.parameters = {"a": {"unit": "1", "default": 1}}
kernel.outputs = {"V": "mV"}
"""
TRACED = "needs a number, but a kernel is traced; "


def study(folder: Path, source: str | bytes) -> Study:
    content = source.encode() if isinstance(source, str) else source
    (folder / "cell.py").write_bytes(content)
    return Study(name="x", kernel="cell.py:kernel", axes=AXES, folder=folder)


def sentence(folder: Path, source: str | bytes) -> str:
    """Return what is told of a file, once it was seen to be one sentence with exit status 65."""
    with pytest.raises(KernelError) as caught:
        evaluate(study(folder, source))
    text = str(caught.value)
    assert "\n" not in text
    assert text.isprintable()
    assert text.count("; ") == 1
    assert caught.value.exit_status == 65
    assert "Tracer" not in text
    return text


BODIES = {
    # a number is asked of a traced value
    "if": ("if a > 1:\n  return {'V': a}", f"2: `if a > 1` {TRACED}write jnp.where(a > 1, x, y)"),
    "if in a line": (
        "return {'V': a * 2 if a > 1 else a}",
        f"2: `if a > 1` {TRACED}write jnp.where(a > 1, x, y)",
    ),
    "and": (
        "return {'V': 1 if a > 1 and a < 2 else 0}",
        f"2: `a > 1 and a < 2` {TRACED}write (a > 1) & (a < 2)",
    ),
    "or": ("x = a < 1 or a > 2", f"2: `a < 1 or a > 2` {TRACED}write (a < 1) | (a > 2)"),
    "not": ("return {'V': not a > 1}", f"2: `not a > 1` {TRACED}write ~(a > 1)"),
    "a chain": ("x = 0 < a < 1", f"2: `0 < a < 1` {TRACED}write (0 < a) & (a < 1)"),
    "while": (
        "while a > 1:\n  a = a - 1",
        f"2: `while a > 1` {TRACED}write jax.lax.while_loop",
    ),
    "assert": (
        "assert a > 0",
        f"2: `assert a > 0` {TRACED}leave it out, or give the parameter bounds",
    ),
    "max": ("x = max(a, 1.0)", f"2: `max(a, 1.0)` {TRACED}write jnp.maximum(a, 1.0)"),
    "math": (
        "import math\n x = 1\n return {'V': math.exp(a)}",
        f"4: `math.exp(a)` {TRACED}write jnp.exp(a)",
    ),
    "math by another name": (
        "from math import pow as power\n return {'V': power(a, 2)}",
        f"3: `power(a, 2)` {TRACED}write jnp.power(a, 2)",
    ),
    "numpy": (
        "import numpy as np\n return {'V': np.exp(a)}",
        f"3: `np.exp(a)` {TRACED}write jnp.exp(a)",
    ),
    "scipy": (
        "import scipy.special as sp\n return {'V': sp.erf(a)}",
        f"3: `sp.erf(a)` {TRACED}write jax.scipy.special.erf(a)",
    ),
    "float": (
        "return {'V': float(a)}",
        f"2: `float(a)` {TRACED}leave float() out, or write jnp.where for a decision",
    ),
    "int": (
        "return {'V': int(a)}",
        f"2: `int(a)` {TRACED}write jnp.floor, or jax.lax.fori_loop for a loop",
    ),
    "item": ("return {'V': a.item()}", f"2: `a.item()` {TRACED}leave .item() out"),
    "an index": (
        "return {'V': [1, 2][a.astype(int)]}",
        f"2: `[1, 2][a.astype(int)]` {TRACED}write jnp.asarray([1, 2])[a.astype(int)]",
    ),
    "in a function of its own": (
        "f = lambda x: 1 if x > 0 else 2\n return {'V': f(a)}",
        f"2: `if x > 0` {TRACED}write jnp.where(x > 0, x, y)",
    ),
    "a printed value": (
        "print(f'{a:.2f}')",
        "2: writes a value that is traced; use jax.debug.print, or leave it out",
    ),
    # anything else is raised
    "raise": ("raise ValueError('too small')", "2: raises ValueError (too small); correct it"),
    "raise with lines and escapes": (
        "raise RuntimeError('two\\nlines \\x1b[31mred')",
        "2: raises RuntimeError (two lines [31mred); correct it",
    ),
    "a key": ("return {'V': {}['x']}", "2: raises KeyError ('x'); correct it"),
    "a name": ("return {'V': b}", "2: raises NameError (name 'b' is not defined); correct it"),
    "recursion": (
        "return kernel(a)",
        "2: calls itself without end; write a loop, jax.lax.fori_loop where its end is a parameter",
    ),
    "an import": (
        "import no_such_thing",
        "2: imports 'no_such_thing', which is not there; install it, or put its file beside this "
        "one",
    ),
    "sys.exit": ("import sys; sys.exit(0)", "2: ends the program by sys.exit; leave that out"),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_mistake_in_a_kernel_names_its_line_and_the_remedy(case, tmp_path):
    body, wanted = BODIES[case]
    text = sentence(tmp_path, f"def kernel(a):\n {body}\n{DECLARED}")
    assert text == f"kernel cell.py:kernel: cell.py, line {wanted}"


FILES = {
    "syntax": ("x = 1\ny = = 2\n", "cell.py, line 2: not Python, got invalid syntax; correct it"),
    "a raise": ("x = 1\nraise ValueError('no')", "cell.py, line 2: raises ValueError (no); corre"),
    "sys.exit": ("import sys\nsys.exit(0)\n", "cell.py, line 2: ends the program by sys.exit"),
    "an import": ("import nothing_there", "cell.py, line 1: imports 'nothing_there', which is not"),
    "nesting": ("x = " + "(" * 999 + ")" * 999, "cell.py, line 1: not Python, got too many nested"),
    "a null": ("x = 1\0", "not Python, got source code"),
    "a helper": ("import beside_it", "beside_it.py, line 2: raises ZeroDivisionError (division by"),
    "a helper's syntax": ("import broken", "broken.py, line 1: not Python, got"),
    "a factory": (
        "def kernel(size):\n    return 1 / size\nkernel.options = {'size': 'how large'}\n",
        "raises TypeError",
    ),
    "a factory that decides": (
        "def kernel():\n    raise ValueError('size: no')\nkernel.options = {'size': 'how large'}\n",
        "cell.py, line 2: raises ValueError (size: no); correct it",
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_run_names_its_line(case, tmp_path):
    (tmp_path / "beside_it.py").write_text("x = 1\ny = x / 0\n")
    (tmp_path / "broken.py").write_text("x = = 1\n")
    source, wanted = FILES[case]
    if case == "a factory":  # Python's own words for a call without what it needs
        with pytest.raises(SweepError, match=r"kernel cell.py:kernel: kernel\(\) missing 1 requ"):
            evaluate(study(tmp_path, source))
        return
    assert f"kernel cell.py:kernel: {wanted}" in sentence(tmp_path, source)


RETURNS = {
    "text": ("{'V': 'text'}", "V is no number, got str; return numbers of jax.numpy"),
    "too large": ("{'V': 10 ** 400}", "V is no number, got int; return numbers of jax.numpy"),
    "ragged": ("{'V': [[1, 2], [3]]}", "V is no number, got list; return"),
    "an object": ("{'V': object()}", "V is no number, got object; return"),
    "a status of text": ("{'V': a, 'status': 'fine'}", "status is no number, got str; return"),
    "half a status": (
        "{'V': a, 'status': 1.5 + 0 * a}",
        "status must be one whole number, got float32[]",
    ),
    "a status of yes and no": (
        "{'V': a, 'status': a > 1}",
        "status must be one whole number, got bool[]; return a code",
    ),
    "statuses": (
        "{'V': a, 'status': [1, 2]}",
        "status must be one whole number, got int32[2]; return a code",
    ),
}


@pytest.mark.parametrize("case", RETURNS)
def test_what_is_returned_is_a_number(case, tmp_path):
    value, wanted = RETURNS[case]
    text = sentence(tmp_path, f"def kernel(a):\n return {value}\n{DECLARED}")
    assert wanted in text


def test_what_fails_for_many_points_or_while_running_is_told_too(tmp_path):
    source = """
import jax, jax.numpy as jnp
def refuse(x):
    raise ValueError("inside")
def kernel(a):
    shape = jax.ShapeDtypeStruct((), a.dtype)
    return {"V": jax.pure_callback(refuse, shape, a, vmap_method=METHOD)}
"""
    text = sentence(tmp_path, source.replace("METHOD", "None") + DECLARED)
    assert "raises NotImplementedError" in text
    assert text.endswith("for many points at once; use what jax.vmap can take")
    text = sentence(tmp_path, source.replace("METHOD", "'sequential'") + DECLARED)
    assert text.endswith("fails while chunk 0 is computed, got ValueError: inside; correct it")


def test_an_interrupt_of_the_user_is_no_mistake(tmp_path):
    source = f"def kernel(a):\n raise KeyboardInterrupt\n{DECLARED}"
    with pytest.raises(KeyboardInterrupt):
        make_plan(study(tmp_path, source))


@pytest.mark.slow
def test_the_command_line_shows_where_it_came_from_if_asked(tmp_path):
    study(tmp_path, f"import math\ndef kernel(a):\n return {{'V': math.exp(a)}}\n{DECLARED}")
    axes = 'axes.a = { linear = [1, 3], size = 3, unit = "1" }'
    (tmp_path / "x.toml").write_text(f'name = "x"\nkernel = "cell.py:kernel"\n{axes}\n')
    given = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "LEAKSCAPE_TRACEBACK": ""}
    command = [
        sys.executable,
        "-c",
        "import sys, leakscape.cli; sys.exit(leakscape.cli.main())",
        "run",
        "x.toml",
    ]
    told = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, text=True)
    wanted = f"kernel cell.py:kernel: cell.py, line 3: `math.exp(a)` {TRACED}write jnp.exp(a)\n"
    assert (told.returncode, told.stderr) == (65, wanted)
    given["LEAKSCAPE_TRACEBACK"] = "1"
    told = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, text=True)
    assert told.returncode == 65
    assert "ConcretizationTypeError" in told.stderr
    assert told.stderr.endswith(wanted)
