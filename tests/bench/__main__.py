"""``python tasks.py bench [start-up|check|start|watch]``: what things cost, beside something that anybody can measure.

Each ratio is taken in one run, the two sides by turns, so that the machine and its mood cancel out.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from tests.bench.floor import measure_floor
from tests.bench.saving import watch
from tests.examining import bundled_pack, report_on

ROADMAP = Path(sys.executable).with_name("roadmap")


def main() -> None:
    """Run the benchmarks that are named, or all."""
    benches = {"start-up": start_up, "check": check, "start": start, "watch": watch}
    for name in sys.argv[1:] or benches:
        print(f"\n{name}")
        benches[name]()


def start_up() -> None:
    """The dashboard and the page of commands against Python doing nothing."""
    with _workspace() as workspace:
        sides = {
            "python -c pass": _command([sys.executable, "-c", "pass"], workspace),
            "roadmap": _command([ROADMAP], workspace),
            "roadmap --help": _command([ROADMAP, "--help"], workspace),
            "roadmap list": _command([ROADMAP, "list"], workspace),
        }
        _compare(sides, rounds=20)


def check() -> None:
    """A whole examination of the reference, cold, against its requests sent raw to a server that already runs."""
    pack, phase = bundled_pack()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "library-api"
        _reference(project)
        report_on(project, "http.health")  # caches: initdb, byte code
        times, peaks, requests = [], [], 0
        for seed in range(3):
            begun = time.perf_counter()
            with _Peak() as peak:
                report, _ = report_on(project, seed=seed)
            times.append(time.perf_counter() - begun)
            peaks.append(peak.bytes)
            requests = report.finished.requests if report.finished else 0
        floor = measure_floor(pack, phase, project)
    whole = min(times)
    print(
        f"  whole examination         {whole * 1000:7.0f} ms   {requests} requests, {len(report.verdicts)} requirements"
    )
    for name, spent in floor.parts:
        print(f"    {name:24}{spent * 1000:7.0f} ms")
    print(f"  the same requests raw     {floor.seconds * 1000:7.0f} ms   (the floor; {floor.requests} requests)")
    print(f"  ratio                     {whole / floor.seconds:7.1f}")
    print(f"  memory of the whole tree  {max(peaks) / 2**20:7.0f} MiB at its peak, parent included")


def start() -> None:
    """`roadmap start` against copying the finished folder."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made"
        made.mkdir()
        subprocess.run([ROADMAP, "start", "phase-1"], cwd=made, check=True, capture_output=True)
        number = iter(range(1000))

        def scaffold() -> None:
            target = Path(folder) / f"start-{next(number)}"
            target.mkdir()
            subprocess.run([ROADMAP, "start", "phase-1"], cwd=target, check=True, capture_output=True)

        def copy() -> None:
            program = "import shutil, sys; shutil.copytree(*sys.argv[1:])"
            target = Path(folder) / f"copy-{next(number)}"
            subprocess.run([sys.executable, "-c", program, made / "library-api", target], check=True)

        sides = {"shutil.copytree": copy, "roadmap start": scaffold}
        sides["import copier alone"] = _command([sys.executable, "-c", "import copier"], Path(folder))
        _compare(sides, rounds=5)


def _compare(sides: dict[str, Callable[[], None]], *, rounds: int) -> None:
    """Run all sides by turns; print the median and the least, and the ratio of the medians to the first side's."""
    for side in sides.values():
        side()
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            begun = time.perf_counter()
            side()
            times[name].append((time.perf_counter() - begun) * 1000)
    base = next(iter(times.values()))
    for name, spent in times.items():
        ratio = statistics.median(spent) / statistics.median(base)
        least = min(spent) / min(base)
        print(
            f"  {name:24}{statistics.median(spent):8.1f} ms (least {min(spent):6.1f})   ratio {ratio:5.1f} (least {least:.1f})"
        )


def _command(words: Sequence[str | Path], cwd: Path) -> Callable[[], None]:
    def run() -> None:
        subprocess.run(words, cwd=cwd, check=True, capture_output=True)

    return run


class _workspace:  # noqa: N801  # reads as a function: with _workspace() as folder
    """A folder in which phase 1 has been started."""

    def __enter__(self) -> Path:
        self._folder = Path(tempfile.mkdtemp())
        subprocess.run([ROADMAP, "start", "phase-1"], cwd=self._folder, check=True, capture_output=True)
        return self._folder

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder)


def _reference(folder: Path) -> None:
    from roadmap_cli.specimens import lay_out_reference

    lay_out_reference("library-api", str(folder))


class _Peak:
    """The most memory (proportional, so that shared pages count once) that this process and all below it held."""

    def __enter__(self) -> _Peak:
        self.bytes = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(0.1):
            self.bytes = max(self.bytes, self._now())

    def _now(self) -> int:
        whole = 0
        me = psutil.Process(os.getpid())
        for process in [me, *me.children(recursive=True)]:
            try:
                memory = process.memory_full_info()
                whole += getattr(memory, "pss", memory.rss)
            except psutil.Error:
                continue
        return whole


main()
