"""Strict settings for every test, and memory given back between tests."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

# One process evaluates at a time, and XLA must not reserve an accelerator's whole memory.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
# What Python compiled is there for every process that a test starts, and for the next session.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# No test finds what another compiled, or writes into the cache folder of whoever runs them.
os.environ.setdefault("JAX_ENABLE_COMPILATION_CACHE", "false")

import jax
import jaxtyping
import psutil
import pytest
from hypothesis import HealthCheck, settings

sys.dont_write_bytecode = False

# Shapes and types of the kernels are checked at every call, in tests alone.
jaxtyping.install_import_hook("leakscape_kernels", "beartype.beartype")

# A shell that starts pytest in the background, or under nohup, makes it deaf to these.
for heard, handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
    number = getattr(signal, heard, None)  # Windows has no SIGHUP
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)

settings.register_profile(
    "leakscape", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50
)
settings.load_profile("leakscape")

TRIM, CLEAR = 700e6, 1.0e9
"""Of a process's memory [bytes]: above the one free pages are given back to the system, above the
other compiled kernels too. So three processes stay below 4 GB."""


LONGEST = (
    *("running/test_run_killed.py", "cli/test_cli_interrupt.py", "kernels/test_kernel_run_down.py"),
    *("running/test_run_disk.py", "running/test_run_damage.py", "running/test_run_silent.py"),
    *("running/test_run_poison.py", "running/test_run_chaos.py", "store/test_store_damage.py"),
    *("store/test_store_strangers.py", "kernels/test_kernel_roots.py", "test_notebooks.py"),
    *("kernels/test_kernel_pump_leak.py", "kernels/test_kernel_mechanism_types.py"),
    *("analyse/sensitivity/test_sobol.py", "declare/test_mutated_studies.py"),
)
"""Test files that begin first: whichever began last would be waited for alone."""


@pytest.fixture(autouse=True)
def no_silent_rank_promotion():
    """Raise where an array would be broadcast to a higher rank without being asked to."""
    with jax.numpy_rank_promotion("raise"):
        yield


@pytest.fixture(autouse=True)
def memory_is_given_back():
    """Give back what compiling took, which the C library would keep for itself."""
    yield
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None and used() > TRIM:
        trim(0)
    if used() > CLEAR:
        jax.clear_caches()
        gc.collect()
        if trim is not None:
            trim(0)


@pytest.fixture
def aged() -> Callable[..., None]:
    """Make a store look as if a version before digests and seals had made it, with changes."""

    def age(path: Path, **changes: Any) -> None:
        document = json.loads((path / "zarr.json").read_bytes())
        held = json.loads(document["attributes"]["sweep"])
        del held["documents"], document["attributes"]["digest"]
        document["attributes"]["sweep"] = json.dumps(held | changes)
        (path / "zarr.json").write_text(json.dumps(document, indent=2))
        (Path(f"{path}.sweep") / "root.json").unlink()
        journal = Path(f"{path}.sweep") / "journal.jsonl"
        new = {"seal", "sealed", "size", "documents", "root", "boot"}
        lines = [json.loads(line) for line in journal.read_text().splitlines()]
        kept = [{key: part for key, part in line.items() if key not in new} for line in lines]
        journal.write_text("".join(json.dumps(line) + "\n" for line in kept))

    return age


def used() -> int:
    """Return the memory that this process holds [bytes]."""
    return int(psutil.Process().memory_info().rss)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One process more than there are cores: many tests wait for signals and for time to pass."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark variants that only repeat what the first ones show, and put the longest files first."""
    seen: Counter[tuple[object, str]] = Counter()
    for item in items:
        repeats = item.get_closest_marker("repeats")
        if repeats is not None:
            which = (item.path, getattr(item, "originalname", item.name))
            seen[which] += 1
            if seen[which] > repeats.kwargs["quick"]:
                item.add_marker(pytest.mark.slow)
    here = Path(__file__).parent
    places = {(here / file).resolve(strict=True): n for n, file in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs an accelerator where JAX sees none."""
    if item.get_closest_marker("gpu") and jax.default_backend() == "cpu":
        pytest.skip("JAX sees no accelerator")
