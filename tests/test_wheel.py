"""The wheel holds what Git holds, and works from a clean environment."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
TREES = ("curriculum", "templates", "checks")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(TOP)], check=True
    )
    return next(folder.glob("*.whl"))


def tracked() -> Iterator[str]:
    """What Git tracks of the package and the pack, by its name in the wheel."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        first = name.split("/")[0]
        if first in TREES:
            yield f"roadmap_cli/_pack/{name}"
        elif first == "roadmap_cli":
            yield name


def test_the_wheel_holds_what_git_holds(wheel: Path) -> None:
    """Nothing that is ignored is shipped, no dotfile is dropped."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert set(tracked()) == names


def test_the_pack_is_no_package(wheel: Path) -> None:
    """`import checks` would collide with anybody's."""
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {"roadmap_cli"} == {top for top in tops if not top.endswith(".dist-info")}


def test_the_wheel_works_from_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    """Installed without the checkout in sight, a phase is started and the dashboard shows it."""
    venv.create(tmp_path / "venv", with_pip=False, system_site_packages=False)
    bin_folder = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(bin_folder / "python"),
        "install",
        "--quiet",
        "--no-deps",
        str(wheel),
    ]
    subprocess.run(install, check=True)
    _lend_dependencies(bin_folder / "python")
    workspace = tmp_path / "a learner's föld er"
    workspace.mkdir()

    subprocess.run([bin_folder / "roadmap", "start", "phase-1"], cwd=workspace, check=True, capture_output=True)
    shown = subprocess.run([bin_folder / "roadmap"], cwd=workspace, check=True, capture_output=True, text=True).stdout

    assert (workspace / "library-api" / "CONTRACT.md").is_file()
    assert "Library management" in shown


def _lend_dependencies(python: Path) -> None:
    """Let the clean environment see our libraries, but not this checkout: installing them again would take minutes."""
    ask = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    theirs = Path(subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip())
    import httpx

    (theirs / "lent.pth").write_text(str(Path(httpx.__file__).parent.parent) + "\n", encoding="utf-8")
