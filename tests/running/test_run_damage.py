"""Laws of damage under a run: it is told by name, computed anew, and nothing else is touched."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from leakscape import store as stores
from leakscape.declare.study import Study
from leakscape.errors import DamageError
from leakscape.evaluation import plan
from leakscape.running import Interrupted, sweep, work
from leakscape.store import journal
from leakscape.store.commit import Committer


def side(path: Path) -> Path:
    return Path(f"{path}.sweep") / "journal.jsonl"


def zeros(file: Path) -> None:
    """Leave a file as a power cut does: its length is there, its content is not."""
    file.write_bytes(bytes(file.stat().st_size))


def cut_off(path: Path) -> None:
    """Make a run look as if it had been killed at its very end."""
    lines = side(path).read_bytes().splitlines(keepends=True)
    assert b'"ended"' in lines[-1]
    side(path).write_bytes(b"".join(lines[:-1]))


@pytest.mark.repeats(quick=3)
@pytest.mark.parametrize("harm", ["gone", "empty", "cut"])
@pytest.mark.parametrize("place", ["V/c.3.0", "pair/c.3.0.0", "status/c.3.0.0"])
def test_what_a_listing_shows_is_told_by_all_and_computed_anew(
    toy, path, computed, contents, whole, place, harm
):
    sweep(toy(), path)
    file = path / place
    content = file.read_bytes()
    file.unlink()
    if harm != "gone":
        file.write_bytes(content[:-5] if harm == "cut" else b"")
    named = f"{place} of chunk 3 (x "
    state = stores.state(path)
    assert [damage.task for damage in state.damaged] == [3]
    assert (state.done, state.complete) == (12, False)
    with pytest.raises(DamageError, match=r"leakscape repair") as caught:
        stores.open(path)
    assert named in str(caught.value)
    computed.clear()
    report = sweep(toy(), path)
    assert computed == [3]
    assert report.complete
    assert [text.startswith(named) for text in report.repaired] == [True]
    assert contents(path) == whole
    assert stores.verify(path).sound


@pytest.mark.repeats(quick=2)
@pytest.mark.parametrize("why", ["another boot", "cut off"])
@pytest.mark.parametrize(("place", "task"), [("V/c.7.0", 7), ("E/c.0", 0), ("status/c.12.0.0", 12)])
def test_after_a_power_cut_every_checksum_is_looked_at(
    toy, path, computed, contents, whole, monkeypatch, place, task, why
):
    sweep(toy(), path)
    zeros(path / place)
    computed.clear()
    if why == "cut off":
        cut_off(path)
    else:
        monkeypatch.setattr(journal, "boot", lambda: "another")
        monkeypatch.setattr("leakscape.store.damage.boot", lambda: "another")
    report = sweep(toy(), path)
    assert computed == [task]
    assert f"{place} of chunk {task} (x " in report.repaired[0]
    assert "do not have the checksum" in report.repaired[0]
    assert contents(path) == whole
    told = side(path).read_bytes()
    assert sweep(toy(), path).repaired == ()  # looked at once, not at each run of this boot
    assert side(path).read_bytes() == told


def test_two_chunks_that_changed_places_are_computed_anew(toy, path, computed, contents, whole):
    sweep(toy(), path)
    one, other = path / "V" / "c.2.0", path / "V" / "c.5.0"
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)
    cut_off(path)
    computed.clear()
    assert sweep(toy(), path).complete
    assert sorted(computed) == [2, 5]
    assert contents(path) == whole


def test_repair_takes_away_what_is_damaged_and_its_status_and_touches_nothing_else(
    toy, path, contents, whole
):
    sweep(toy(), path)
    zeros(path / "V" / "c.7.0")
    stamps = {file: file.stat().st_mtime_ns for file in path.rglob("*") if file.is_file()}
    done = stores.repair(path)
    assert [damage.file for damage in done.dropped] == ["V/c.7.0"]
    assert whole.keys() - contents(path).keys() == {"V/c.7.0", "status/c.7.0.0"}
    kept = {file: file.stat().st_mtime_ns for file in path.rglob("*") if file.is_file()}
    assert {f for f in kept if kept[f] != stamps[f]} == {path / "zarr.json"}  # not complete
    assert stores.verify(path).sound
    assert stores.open(path).attrs["complete"] == 0
    assert int((stores.open(path).status == 0).sum()) == 4 * 3 * 10
    assert sweep(toy(), path).computed == 1
    assert contents(path) == whole


def test_a_root_without_its_sidecar_s_copy_is_refused_as_it_was(toy, path):
    sweep(toy(), path)
    (Path(f"{path}.sweep") / "root.json").unlink()
    document = json.loads((path / "zarr.json").read_bytes())
    (path / "zarr.json").write_text(json.dumps(document | {"zarr_format": 4}))
    for act in (stores.repair, stores.verify, lambda path: sweep(toy(), path)):
        with pytest.raises(DamageError, match=r"zarr.json: damaged, .*restore it from a copy"):
            act(path)


ARRAYS = ("V", "pair", "status")
AXES = {"x": {"linear": [0.1, 4.0], "size": 24, "unit": "1"}, "y": {"values": [1.0], "unit": "1"}}


class Machine(RuleBasedStateMachine):
    """Run, kill, corrupt, delete, resume, repair, verify: the store is what the model says.

    The model is which chunks are done, which files are damaged, and the bytes of the whole.
    """

    study: Study
    path: Path
    whole: dict[str, bytes]

    def __init__(self):
        super().__init__()
        for end in ("", ".sweep"):
            shutil.rmtree(f"{self.path}{end}", ignore_errors=True)
        self.made, self.done, self.hurt = False, set(), set()

    def run(self, most=None):
        """Run, and stop after so many chunks; no chunk that is done and sound is computed."""
        commit, resume = Committer.commit, work.resume
        committed, identity = [], []

        def counted(committer, task, chunks):
            line = commit(committer, task, chunks)
            committed.append(task)
            if most is not None and len(committed) >= most:
                work.stop(identity[0])
            return line

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Committer, "commit", counted)
            patch.setattr(work, "resume", lambda name: (identity.append(name), resume(name)))
            report = None
            with contextlib.suppress(Interrupted):
                report = sweep(self.study, self.path)
        assert not set(committed) & self.done
        assert len(committed) == len(set(committed))
        self.done |= set(committed)
        self.made, self.hurt = True, set()
        return report

    def cut_off(self, torn=False):
        """Take the last words of a run away, or tear them."""
        lines = side(self.path).read_bytes().splitlines(keepends=True)
        if b'"ended"' in lines[-1]:
            lines[-1] = lines[-1][:17] if torn else b""
            side(self.path).write_bytes(b"".join(lines))

    @rule()
    def finish(self):
        assert self.run().complete
        held = content(self.path)
        del held["zarr.json"]  # which holds times
        assert held == self.whole

    @rule(most=st.integers(1, 12), torn=st.booleans())
    def kill(self, most, torn):
        self.run(most)
        self.cut_off(torn)

    @rule(number=st.integers(0, 10**6), bit=st.integers(0, 10**6))
    def corrupt(self, number, bit):
        if file := self.some(number):
            held = bytearray(file.read_bytes())
            held[bit % len(held)] ^= 1 << (bit % 8)
            file.write_bytes(held)
            self.cut_off()  # as a power cut does

    @rule(number=st.integers(0, 10**6))
    def delete(self, number):
        if file := self.some(number):
            file.unlink()

    @precondition(lambda self: self.made)
    @rule()
    def repair(self):
        done = stores.repair(self.path)
        assert {damage.file for damage in (*done.dropped, *done.rewritten)} == self.hurt
        assert done.left == ()
        self.hurt = set()

    @precondition(lambda self: self.made)
    @invariant()
    def verified(self):
        assert {damage.file for damage in stores.verify(self.path).damage} == self.hurt

    def some(self, number):
        """Choose a sound file to harm: of a chunk that is done, or of no chunk."""
        names = sorted(content(self.path).keys() - self.hurt) if self.made else []
        names = [name for name in names if task_of(name) in self.done | {None}]
        if not names:
            return None
        name = names[number % len(names)]
        self.hurt.add(name)
        self.done.discard(task_of(name))
        return self.path / name


def task_of(name):
    array, _, file = name.partition("/")
    return int(file.split(".")[1]) if array in ARRAYS and file != "zarr.json" else None


def content(path: Path) -> dict[str, bytes]:
    return {str(f.relative_to(path)): f.read_bytes() for f in path.rglob("*") if f.is_file()}


@pytest.fixture
def machine(toy, path, tmp_path, monkeypatch):
    """Return the machine with a small study, and what a run without any accident makes of it."""
    monkeypatch.setattr(plan, "CHUNK_BYTES", 16)
    study = toy(axes=AXES, outputs=["V", "pair"])
    sweep(study, tmp_path / "sound.zarr")
    whole = content(tmp_path / "sound.zarr")
    del whole["zarr.json"]
    return type("Here", (Machine,), {"study": study, "path": path, "whole": whole})


SETTINGS = settings(
    max_examples=3,
    stateful_step_count=12,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_whatever_happens_the_store_is_what_the_model_says(machine):
    run_state_machine_as_test(machine, settings=SETTINGS)


@pytest.mark.slow
def test_whatever_happens_sixty_times_over(machine):
    run_state_machine_as_test(machine, settings=settings(SETTINGS, max_examples=60))
