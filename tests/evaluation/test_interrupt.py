"""Laws of Ctrl-C in Python: heard while XLA compiles, heard between chunks, never lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import jax.stages
import pytest

import leakscape as ls
from leakscape import interrupt
from leakscape.evaluation import compile as compiling
from leakscape.evaluation import plan, reduced

AXES = {"x": {"values": [1.0, 10.0, 100.0], "unit": "mM"}}


def study(**changes):
    return ls.Study(name="s", kernel=kernel_of(1.0), axes=AXES, **changes)


def kernel_of(factor):
    def kernel(*, x):
        return {"V": factor * x}

    kernel.parameters, kernel.outputs = {"x": "mM"}, {"V": "mM"}
    return kernel


def press(*_):
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_is_heard_while_xla_compiles_and_the_next_call_works(monkeypatch):
    let_go, original = threading.Event(), jax.stages.Lowered.compile

    def long(self, *arguments, **options):
        os.kill(os.getpid(), signal.SIGINT)
        assert let_go.wait(300)
        return original(self, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(jax.stages.Lowered, "compile", long)
        with pytest.raises(KeyboardInterrupt):
            ls.evaluate(study())
    let_go.set()
    assert ls.evaluate(study()).V.values.tolist() == [1.0, 10.0, 100.0]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_is_heard_between_chunks(monkeypatch):
    monkeypatch.setattr(plan, "CHUNK_BYTES", 4)
    computed, original = [], compiling.Evaluator.compute

    def counted(self, task):
        computed.append(task)
        with suppress(KeyboardInterrupt):  # as a callback of the garbage collector loses it
            press()
        return original(self, task)

    monkeypatch.setattr(compiling.Evaluator, "compute", counted)
    with pytest.raises(KeyboardInterrupt):
        ls.evaluate(study())
    assert computed == [0]


def test_ctrl_c_ends_a_reduction_and_its_threads(monkeypatch):
    monkeypatch.setattr(reduced, "TILE_POINTS", 1)
    computed, original = [], compiling.Evaluator.compute

    def counted(self, task):
        computed.append(task)
        if len(computed) == 1:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.2)
        return original(self, task)

    monkeypatch.setattr(compiling.Evaluator, "compute", counted)
    axes = {"x": {"linear": [1, 1000], "size": 1000, "unit": "mM"}}
    asked = {"over": ["x"], "V": ["mean"]}
    with pytest.raises(KeyboardInterrupt):
        ls.reduce(ls.Study(name="r", kernel=kernel_of(1.0), axes=axes, reduce=asked))
    assert len(computed) < 1000
    assert not [one for one in threading.enumerate() if one.name == "leakscape-order"]


def test_one_that_got_lost_is_raised_at_the_end_at_the_latest():
    def lose():
        with interrupt.noticed(), suppress(KeyboardInterrupt):
            press()

    with pytest.raises(KeyboardInterrupt):
        lose()


def test_the_first_lets_work_in_flight_end_and_the_second_does_not():
    heard = []

    def work():
        with interrupt.noticed(), interrupt.drained(lambda: heard.append("first")):
            press()
            interrupt.checkpoint()
            heard.append("work")
            press()
            heard.append("more work")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert heard == ["first", "work"]


def test_a_handler_of_the_users_own_is_left_alone():
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        with interrupt.noticed():
            press()
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [1]


def test_what_fails_beside_the_main_thread_fails_in_it():
    def fail():
        raise ZeroDivisionError("of course")

    with pytest.raises(ZeroDivisionError, match="of course"):
        interrupt.beside(fail)


@pytest.mark.parametrize(("caught", "status"), [(True, 0), (False, 130)])
def test_a_program_whose_compile_goes_on_unused_ends_in_good_order(caught, status):
    program = f"""
import os, signal, threading
import jax, jax.numpy as jnp
from leakscape import interrupt
def work():
    os.kill(os.getpid(), signal.SIGINT)
    x = jnp.ones(3)
    def long(x):
        for turn in range(100):
            x = jnp.sin(x + turn) * jnp.cos(x)
        return x
    jax.jit(long).lower(x).compile()
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    interrupt.beside(work)
except KeyboardInterrupt:
    print("heard", flush=True)
    if not {caught}:
        raise
"""
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == "heard\n"
    assert ended.returncode == status
    assert "terminate called" not in ended.stderr
