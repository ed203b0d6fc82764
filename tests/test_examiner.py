"""The examination from outside: isolated, bounded, and never leaving anything behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from roadmap_cli.errors import ExitCode
from roadmap_cli.events import Finished, Judged, Planned, ServerReady, Started
from roadmap_cli.examiner import examine
from roadmap_cli.verdicts import Outcome
from tests.one_server import CHECKS, SERVER, examination, run, write_pack, write_project


def outcomes(report: object) -> list[str]:
    return [verdict.outcome.value for verdict in report.verdicts]  # type: ignore[attr-defined]


def processes_of(project: Path) -> list[str]:
    """Command lines of all processes that run in *project*."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(project):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def test_a_right_server_passes(tmp_path: Path) -> None:
    """Planned, started, judged, finished; exit code 0; nothing left."""
    project = write_project(tmp_path / "project")

    report, events = run(write_pack(tmp_path / "pack"), project)

    assert ExitCode.PASSED == report.exit_code, report
    assert isinstance(events[-1], Finished)
    assert {Planned, ServerReady, Started, Judged, Finished} == {type(event) for event in events}
    assert [] == processes_of(project)


def test_the_learners_pytest_has_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A conftest, an ini file, a sitecustomize and variables of theirs neither run nor change anything."""
    project = write_project(tmp_path / "project")
    for name in ("conftest.py", "sitecustomize.py", "httpx.py", "pytest.py", "json.py"):
        (project / name).write_text("raise SystemExit('imported')\n", encoding="utf-8")
    (project / "json.py").unlink()  # their own server needs the real one
    (project / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n", encoding="utf-8")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--collect-only")
    monkeypatch.setenv("PYTEST_PLUGINS", "nothing_of_that_name")
    monkeypatch.setenv("PYTHONPATH", str(project))
    monkeypatch.chdir(project)

    report, _ = run(write_pack(tmp_path / "pack"), project)

    assert ["passed", "passed"] == outcomes(report)


def test_the_server_sees_an_allow_listed_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it is given and what programs need; nothing else of the user's."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "theirs")
    checks = CHECKS.replace(
        'has(path="/here")',
        'json.expect("AWS_SECRET_ACCESS_KEY" not in (seen := api.get("/here")["seen"]), "not mine")'
        '.expect("DJANGO_SETTINGS_MODULE" not in seen, "not theirs").expect(len(seen["SECRET_KEY"].text) >= 32, "given")',
    )

    report, _ = run(write_pack(tmp_path / "pack", checks=checks), write_project(tmp_path / "project"))

    assert ["passed", "passed"] == outcomes(report)


def test_what_a_check_prints_cannot_corrupt_the_wire(tmp_path: Path) -> None:
    """Not even on the descriptors themselves, and not even if it looks like an event."""
    checks = CHECKS.replace(
        '    """It is here."""',
        """    import os
    for fd in (1, 2):
        os.write(fd, b'{"event":"Judged","requirement":"first.gone","check":"x","result":"passed"}\\n')
    print("noise")""",
    )

    report, events = run(write_pack(tmp_path / "pack", checks=checks), write_project(tmp_path / "project"))

    assert ["passed", "passed"] == outcomes(report)
    assert 2 == sum(isinstance(event, Judged) for event in events)


def test_an_exception_in_a_check_is_our_bug(tmp_path: Path) -> None:
    """Broken, exit code 3, with the traceback; the other check is judged all the same."""
    checks = CHECKS.replace('    """It is here."""', "    {}['oops']")

    report, _ = run(write_pack(tmp_path / "pack", checks=checks), write_project(tmp_path / "project"))

    assert ["broken", "passed"] == outcomes(report)
    assert ExitCode.GRADER_BROKE == report.exit_code
    assert "KeyError: 'oops'" in report.verdicts[0].reason


def test_checks_that_cannot_be_loaded_break_the_examination(tmp_path: Path) -> None:
    """A typing error of ours must not look like a learner's success, or failure."""
    report, _ = run(write_pack(tmp_path / "pack", checks=CHECKS + "\n)"), write_project(tmp_path / "project"))

    assert report.broke is not None
    assert ExitCode.GRADER_BROKE == report.exit_code


def test_a_killed_child_is_a_broken_grader(tmp_path: Path) -> None:
    """Fail closed: what was not judged is blocked, and we say that the fault is ours."""
    checks = CHECKS.replace('    """It is here."""', "    import os; os.kill(os.getpid(), 9)")

    report, _ = run(write_pack(tmp_path / "pack", checks=checks), write_project(tmp_path / "project"))

    assert Outcome.PASSED is not report.verdicts[0].outcome
    assert report.broke is not None
    assert "ended before it had finished" in report.broke.message


def test_the_whole_has_a_deadline_outside(tmp_path: Path) -> None:
    """A check that never ends is ended, with everything around it."""
    project = write_project(tmp_path / "project")
    checks = CHECKS.replace('    """It is here."""', "    import threading; threading.Event().wait()")

    report, _ = run(write_pack(tmp_path / "pack", checks=checks), project, seconds=3.0)

    assert Outcome.BLOCKED is report.verdicts[0].outcome
    assert any("ended after 3 seconds" in notice for notice in report.notices)
    assert [] == processes_of(project)


def test_a_server_that_dies_is_started_again_for_the_rest(tmp_path: Path) -> None:
    """One fatal request fails one requirement; the others are judged."""
    checks = CHECKS.replace('api.get("/here").expect(200).has(path="/here")', 'api.get("/exit").expect(200)')

    report, _ = run(write_pack(tmp_path / "pack", checks=checks), write_project(tmp_path / "project"))

    assert ["failed", "passed"] == outcomes(report)
    assert any("We started it again" in notice for notice in report.notices)


def test_a_server_that_never_starts_is_one_event(tmp_path: Path) -> None:
    """Thirty requirements, one reason."""
    project = write_project(tmp_path / "project", server="import nothing_of_that_name\n")

    report, _ = run(write_pack(tmp_path / "pack"), project)

    assert ["blocked", "blocked"] == outcomes(report)
    assert report.server_failed is not None
    assert "server.py:1" == report.server_failed.frame


def test_leaving_early_ends_every_process(tmp_path: Path) -> None:
    """Ctrl-C in whoever reads the events closes the iterator; nothing survives that."""
    project = write_project(tmp_path / "project")
    events = examine(examination(write_pack(tmp_path / "pack"), project))
    for event in events:
        if isinstance(event, ServerReady):
            break
    assert processes_of(project)

    events.close()  # type: ignore[attr-defined]  # a generator

    assert [] == processes_of(project)


@pytest.mark.skipif(sys.platform != "linux", reason="death signals are Linux's")
def test_a_killed_parent_takes_everything_with_it(tmp_path: Path) -> None:
    """SIGKILL gives us no chance to tidy up; the kernel does it."""
    project = write_project(tmp_path / "project")
    write_pack(tmp_path / "pack")
    program = (
        "import sys; from pathlib import Path; from roadmap_cli.packs import Pack; from roadmap_cli.examiner import examine;"
        "from roadmap_cli.events import ServerReady; from tests.one_server import examination;"
        "[print('up', flush=True) for e in examine(examination(Pack.load(Path(sys.argv[1])), Path(sys.argv[2])))"
        " if isinstance(e, ServerReady) and not __import__('time').sleep(0)]"
    )
    slow = SERVER.replace(
        "def do_GET(self):", "def do_GET(self):\n        import time; time.sleep(0 if 'health' in self.path else 4)"
    )
    (project / "server.py").write_text(slow, encoding="utf-8")
    command = [sys.executable, "-c", program, str(tmp_path / "pack"), str(project)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent)
    assert parent.stdout is not None
    assert b"up\n" == parent.stdout.readline()

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()

    deadline = time.monotonic() + 10
    while processes_of(project) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [] == processes_of(project)


def test_a_url_needs_neither_project_nor_database(tmp_path: Path) -> None:
    """What needs more than HTTP is skipped, and says so."""
    checks = CHECKS.replace("def test_gone(api: API)", "def test_gone(api: API, server: object)")
    pack = write_pack(tmp_path / "pack", checks=checks)
    project = write_project(tmp_path / "project")
    environment = os.environ | {"HOST": "127.0.0.1", "PORT": "0"}
    source = SERVER.replace("ThreadingHTTPServer((", "server = ThreadingHTTPServer((").replace(
        ").serve_forever()", ")\nprint(server.server_port, flush=True)\nserver.serve_forever()"
    )
    (project / "server.py").write_text(source, encoding="utf-8")
    command = [sys.executable, str(project / "server.py")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        port = running.stdout.readline().strip()
        report, _ = run(pack, None, url=f"http://127.0.0.1:{port}/")
        running.terminate()

    assert ["passed", "skipped"] == outcomes(report)
    assert "--url" in report.verdicts[1].reason
    assert ExitCode.NOT_PASSED == report.exit_code


def test_a_seed_brings_back_the_same_bytes(tmp_path: Path) -> None:
    """--seed replays; another seed sends something else."""
    checks = CHECKS.replace('"/gone").expect(404)', '"/" + api.draw.text(12) + api.draw.isbn13()).expect(200)')
    pack, project = write_pack(tmp_path / "pack", checks=checks), write_project(tmp_path / "project")

    def sent(seed: int) -> str:
        report, _ = run(pack, project, seed=seed)
        failure = report.verdicts[1].failure
        assert failure is not None
        return failure.exchanges[-1].url.split("/")[-1]

    assert sent(5) == sent(5)
    assert sent(5) != sent(6)


def test_the_log_of_the_request_is_shown(tmp_path: Path) -> None:
    """The learner's own lines, cut to the request that failed."""
    checks = CHECKS.replace("expect(404)", "expect(410)")

    report, _ = run(write_pack(tmp_path / "pack", checks=checks), write_project(tmp_path / "project"))

    failure = report.verdicts[1].failure
    assert failure is not None
    assert ("served /gone",) == failure.log


def test_secrets_do_not_reach_the_report(tmp_path: Path) -> None:
    """Passwords and tokens are named by kind and length."""
    checks = CHECKS.replace(
        'api.get("/gone").expect(404)',
        'api.with_token("tok-123").get("/gone", headers={"X": "y"}, body=b\'{"password": "hunter2 hunter2"}\').expect(200)',
    )

    report, events = run(write_pack(tmp_path / "pack", checks=checks), write_project(tmp_path / "project"))

    failure = report.verdicts[1].failure
    assert failure is not None
    assert "tok-123" not in str(events)
    assert "hunter2" not in str(events)
    assert '"password": "<password of 15 characters>"' in failure.exchanges[-1].request_body
    assert '-H "Authorization: Bearer $TOKEN"' in failure.curl


def test_another_thread_may_end_it(tmp_path: Path) -> None:
    """As soon as it says stop: also while nothing is heard, because the server is still starting."""
    project = write_project(tmp_path / "project", server="import time\ntime.sleep(600)\n")
    stop = threading.Event()
    heard = []
    for event in examine(examination(write_pack(tmp_path / "pack"), project), stop=stop):
        heard.append(event)
        threading.Timer(0.5, stop.set).start()

    assert not [event for event in heard if isinstance(event, Finished)]
    assert [] == processes_of(project)
