"""A learner's tests on trial, on a small pack: who passes, who is found out, and what survives the worst of suites."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from roadmap_cli.events import Event
from roadmap_cli.packs import Pack
from roadmap_cli.verdicts import Outcome, Report
from tests import one_server

pytestmark = [pytest.mark.usefixtures("postgres"), pytest.mark.slow]

CHECKS = """
import pytest
from roadmap_cli.checking import Breach, Opponents, Wanted, listed, requirement

BREACHES = (
    Breach(mistake="here-elsewhere", group="all", rule="/here says where it is."),
    Breach(mistake="gone-is-here", group="all", rule="What is not there is 404."),
)
OPPONENTS = Opponents(
    first="any", others=("other",), breaches=BREACHES, constant=((200, "{}"), (404, "{}"), (500, "{}"))
)

@pytest.fixture(scope="session")
def trials(on_trial):
    with on_trial(OPPONENTS) as trials:
        trials.begin(Wanted(breaches=True, constant=True))
        yield trials

@requirement("first.here")
def test_green(trials):
    trials.own.expect_green("All your tests pass on your own application.")
    for run in (trials.first, trials.again, *trials.others):
        run.expect_green("All your tests pass on another server.")
    assert len({run.report.order for run in (trials.first, trials.again, *trials.others)}) > 1, "The order is drawn."
    assert trials.own.report.order == trials.first.report.order, "The same seed is the same order."

@requirement("first.gone")
def test_red(trials):
    assert not trials.always_passed, "These assert nothing: " + listed(sorted(trials.always_passed))
    missed = [breach.rule for breach, run in trials.breached("all") if not (run and run.is_red)]
    assert not missed, "Not noticed: " + listed(missed)
"""
# A suite without any library, so that hundreds of runs cost little.
SUITE = """\
import json, os, random, subprocess, sys, urllib.error, urllib.request
from xml.sax.saxutils import quoteattr

def get(path):
    try:
        with urllib.request.urlopen(url + path, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None

def here():
    assert get("/here")[1]["path"] == "/here"
def gone():
    assert get("/gone")[0] == 404
def health():
    assert get("/health")[1]["path"] == "/health"
def third():
    assert get("/third")[0] == 404 and get("/here")[0] == 200
# TESTS

url, own = os.environ.get("TARGET_URL"), None
if not url:
    import socket, time
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    own = subprocess.Popen([sys.executable, "server.py"], env={**os.environ, "HOST": "127.0.0.1", "PORT": port})
    url = "http://127.0.0.1:" + port
    while True:
        try:
            get("/health")
            break
        except OSError:
            time.sleep(0.01)
tests = [here, gone, health, third]
# BEFORE
random.Random(os.environ.get("TEST_SEED")).shuffle(tests)
cases, failed = [], 0
for test in tests:
    try:
        test()
        cases.append(f'<testcase name={quoteattr(test.__name__)}/>')
    except Exception as error:
        print(test.__name__, repr(error))
        failed += 1
        cases.append(f'<testcase name={quoteattr(test.__name__)}><failure/></testcase>')
        if os.environ.get("TEST_STOP"):
            break
with open(sys.argv[1], "w") as file:
    file.write("<testsuite>" + "".join(cases) + "</testsuite>")
# AFTER
if own:
    own.kill()
sys.exit(failed > 0)
"""
TOML = 'phase = "small"\n[server]\nserve = "python server.py"\n[commands]\ntest = "python suite.py {report}"\n'
MISTAKES = {
    "here-elsewhere": ('{"path": self.path,', '{"path": "/elsewhere",', "first.here"),
    "gone-is-here": ("200 if found else 404", "200", "first.gone"),
}


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """With two references, the second of which answers more than it must, and two mistakes."""
    root = tmp_path_factory.mktemp("pack")
    made = one_server.write_pack(root, checks=CHECKS, services="[postgres]")
    extra = one_server.SERVER.replace('"seen"', '"more": [1, 2], "seen"')
    for name, server in (("any", one_server.SERVER), ("other", extra)):
        folder = one_server.write_project(root / "checks" / "small" / "reference" / name, server=server)
        (folder / "roadmap.toml").write_text(TOML, encoding="utf-8")
    for name, (find, replace, fails) in MISTAKES.items():
        folder = root / "checks" / "small" / "mistakes" / name
        folder.mkdir(parents=True)
        edit = f"edits:\n  - file: server.py\n    find: '{find}'\n    replace: '{replace}'\n"
        (folder / "expected.yaml").write_text(f"summary: A mistake of the pack.\nfails: [{fails}]\n{edit}")
    return made


def examined(pack: Pack, project: Path, suite: str) -> tuple[Report, list[Event]]:
    """The report on a project whose server is right and whose tests are these."""
    one_server.write_project(project)
    (project / "roadmap.toml").write_text(TOML, encoding="utf-8")
    (project / "suite.py").write_text(suite, encoding="utf-8")
    report, events = one_server.run(pack, project)
    assert report.broke is None
    assert not report.of(Outcome.BROKEN), report.of(Outcome.BROKEN)[0].reason
    return report, events


def told(report: Report, requirement: str) -> str:
    """What is said of a requirement that was not passed; empty if it was."""
    verdict = next(each for each in report.verdicts if each.requirement == requirement)
    if verdict.outcome is Outcome.PASSED:
        return ""
    assert verdict.failure is not None
    return f"{verdict.failure.message} {verdict.failure.actual}"


def test_good_tests_pass(pack: Pack, tmp_path: Path) -> None:
    """Green where the contract is kept, in any order; red where it is broken."""
    report, _ = examined(pack, tmp_path / "project", SUITE)

    assert {Outcome.PASSED} == {verdict.outcome for verdict in report.verdicts}


def test_tests_that_please_one_server_are_found_out(pack: Pack, tmp_path: Path) -> None:
    """What asks for more than the contract fails on a server that is right and different."""
    picky = SUITE.replace('get("/here")[1]["path"] == "/here"', 'set(get("/here")[1]) == {"path", "seen"}')
    report, _ = examined(pack, tmp_path / "project", picky)

    assert "All your tests pass on another server. " in told(report, "first.here")
    assert "1 of " in told(report, "first.here")
    assert "failed: here" in told(report, "first.here")


def test_tests_that_assert_nothing_are_named(pack: Pack, tmp_path: Path) -> None:
    """And so is the rule that nobody watches over any more."""
    lazy = SUITE.replace('assert get("/here")[1]["path"] == "/here"', 'get("/here")')
    lazy = lazy.replace('assert get("/health")[1]["path"] == "/health"', 'get("/health")')
    report, _ = examined(pack, tmp_path / "project", lazy)

    assert "" == told(report, "first.here")
    assert "These assert nothing: health, here" in told(report, "first.gone")


def test_tests_that_count_their_runs_are_found_out(pack: Pack, tmp_path: Path) -> None:
    """The servers that keep the contract come among the others: nobody knows which run is which."""
    counting = SUITE.replace("# BEFORE", COUNTING)
    report, _ = examined(pack, tmp_path / "project", counting)

    assert told(report, "first.here") or told(report, "first.gone")


COUNTING = """
with open("runs", "a") as file:
    file.write(".")
if os.path.getsize("runs") > 2:
    def late():
        assert False
    tests.append(late)
"""


def test_tests_without_a_report_are_said(pack: Pack, tmp_path: Path) -> None:
    """With what the command printed."""
    report, _ = examined(pack, tmp_path / "project", "import sys\nsys.exit('no tests here')")
    failed = next(iter(report.of(Outcome.FAILED)))

    assert failed.failure is not None
    assert "The report of the command test is not there" in failed.failure.message
    assert "no tests here" == failed.failure.log[-1]


HOSTILE = {
    "ends its target": ("# BEFORE", "def fatal():\n    get('/exit')\ntests.append(fatal)"),
    "writes rubbish": ("# AFTER", "open(sys.argv[1], 'wb').write(os.urandom(100_000))"),
    "writes a lot": ("# AFTER", "open(sys.argv[1], 'w').write('<testsuite>' + \"<testcase name='a'/>\" * 2_000_000)"),
    "names many": (
        "# AFTER",
        "open(sys.argv[1], 'w').write('<testsuite>' + ''.join(f'<testcase name=\"{n}\"/>' for n in range(10_000)) + '</testsuite>')",
    ),
    "floods": ("# AFTER", "sys.stdout.write('x' * 50_000_000)"),
    "forks": (
        "# AFTER",
        "for _ in range(20): subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(999)'], start_new_session=True)",
    ),
    "dies": ("# AFTER", "os.kill(os.getpid(), 11)"),
    "is a folder": ("# AFTER", "os.remove(sys.argv[1]); os.mkdir(sys.argv[1])"),
}


@pytest.mark.slow
@pytest.mark.parametrize("deed", list(HOSTILE))
def test_whatever_a_suite_does_nothing_breaks(pack: Pack, tmp_path: Path, deed: str) -> None:
    """Every requirement is judged in words, and nothing is left behind."""
    before = _strangers()
    report, _ = examined(pack, tmp_path / "project", SUITE.replace(*HOSTILE[deed]))

    assert {Outcome.PASSED, Outcome.FAILED} >= {verdict.outcome for verdict in report.verdicts}
    assert before >= _strangers()


def _strangers() -> set[str]:
    """Processes that a suite of ours has started."""
    found = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = Path(f"/proc/{name}/cmdline").read_bytes()
        except OSError:
            continue
        if b"time.sleep(999)" in command:
            found.add(name)
    return found
