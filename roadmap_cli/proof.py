"""The curriculum proves itself: every verdict is shown to be right on servers whose verdict is known.

Nine claims (docs/architecture.md, *The proof*). Each specimen is examined as a learner's project is, several at a time,
on one PostgreSQL cluster with a database each. What is false is told with the file and line that claims it.

A proof on a *budget* first examines each mistake on what it declares (and what that needs), which shows that it is caught;
then mistakes are examined whole, drawn by lot, until the time is over. Without a budget all are examined whole.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from roadmap_cli.curriculum import Phase
from roadmap_cli.errors import Fault, PackError, Place, RoadmapError
from roadmap_cli.examiner import Examination, examine, new_seed
from roadmap_cli.guessing import did_you_mean
from roadmap_cli.packs import Pack
from roadmap_cli.processes import scratch
from roadmap_cli.signatures import best
from roadmap_cli.specimens import Kind, Specimen, specimens
from roadmap_cli.validation import place_of, signature_place, validate
from roadmap_cli.verdicts import Outcome, Report, Verdict
from roadmap_cli.warmth import Warmth
from roadmap_cli.workspace import Project

FLAVOURS = ("guided", "blank")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One thing that the proof says, how often it was tried, and where it is false; *aimed* of those were not whole."""

    title: str
    tried: int = 0
    aimed: int = 0
    faults: tuple[Fault, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it was tried and found true."""
        return self.tried > 0 and not self.faults


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One examination of the proof: of a specimen, or of a project that was just made from the template.

    *aim* is what is examined; all requirements, if it is empty.
    """

    label: str
    seed: int
    aim: tuple[str, ...] = ()
    specimen: Specimen | None = None
    stack: str = ""
    flavour: str = ""

    @property
    def kind(self) -> Kind | None:
        """What is examined; None for a fresh project."""
        return self.specimen.kind if self.specimen else None


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A trial and what it came to; *problem* says why it came to nothing."""

    trial: Trial
    report: Report | None = None
    problem: str = ""


def usual_jobs() -> int:
    """One more than there are cores: examinations wait now and then, for tokens to expire or servers to end."""
    return (os.cpu_count() or 2) + 1


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to prove: *names* picks specimens (all, if empty); *seeds* is how often each reference is examined.

    *budget*, in seconds, is how long mistakes may be examined whole; None: all of them are.
    """

    pack: Pack
    phase: Phase
    names: frozenset[str] = frozenset()
    seeds: int = 3
    jobs: int = field(default_factory=usual_jobs)
    budget: float | None = None


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was claimed and what was tried."""

    phase: Phase
    claims: tuple[Claim, ...]
    tried: tuple[Tried, ...]

    @property
    def holds(self) -> bool:
        """Whether no claim is false."""
        return not any(claim.faults for claim in self.claims)


def prove(plan: Plan, told: Callable[[Tried], None] = lambda tried: None) -> Proof:
    """Try everything; *told* hears of each trial as it ends."""
    faults = validate(plan.pack)
    quick = Claim(title="The curriculum is complete and consistent", tried=1, faults=faults)
    if faults:
        return Proof(phase=plan.phase, claims=(quick,), tried=())
    servers = specimens(plan.pack, plan.phase)
    _refuse_unknown(plan, servers)
    tried = tuple(_try_all(plan, (_trials(plan, servers), _by_lot(plan, servers)), told))
    return Proof(phase=plan.phase, claims=(quick, *_claims(plan, tried)), tried=tried)


def _trials(plan: Plan, servers: Sequence[Specimen]) -> Iterator[Trial]:
    """Slow ones first, so that no long one is left for the end."""
    for server in _chosen(plan, servers):
        aim = _aim(plan, server)
        for _ in range(plan.seeds if server.kind is Kind.REFERENCE else 1):
            yield Trial(label=f"{server.kind.value} {server.name}", specimen=server, seed=new_seed(), aim=aim)
    if not plan.names:
        for stack in plan.phase.stacks:
            for flavour in FLAVOURS:
                yield Trial(label=f"fresh {stack} {flavour}", stack=stack, flavour=flavour, seed=new_seed())


def _aim(plan: Plan, server: Specimen) -> tuple[str, ...]:
    """On a budget, a mistake is first examined on what it declares."""
    if plan.budget is None or server.kind is not Kind.MISTAKE:
        return ()
    return plan.phase.with_needs(tuple(id for id in plan.phase.requirements if id in server.fails))


def _by_lot(plan: Plan, servers: Sequence[Specimen]) -> Iterator[Trial]:
    """On a budget, the mistakes as they shall be examined whole, in an order of their own each time."""
    if plan.budget is None:
        return
    mistakes = [server for server in _chosen(plan, servers) if server.kind is Kind.MISTAKE]
    for server in random.sample(mistakes, len(mistakes)):
        yield Trial(label=f"{server.kind.value} {server.name}", specimen=server, seed=new_seed())


def _chosen(plan: Plan, servers: Sequence[Specimen]) -> Iterator[Specimen]:
    return (server for server in servers if not plan.names or server.name in plan.names)


def _try_all(plan: Plan, rounds: Sequence[Iterator[Trial]], told: Callable[[Tried], None]) -> Iterator[Tried]:
    """All of the first round, and of the second as many as begin within the budget."""
    must, may = rounds
    with Warmth(plan.phase.services) as warmth, ThreadPoolExecutor(max_workers=plan.jobs) as pool:
        try:
            yield from _as_they_end([pool.submit(_try, plan, trial, warmth) for trial in must], told)
            end = time.monotonic() + (plan.budget or 0)
            yield from _as_they_end([pool.submit(_try_until, end, plan, trial, warmth) for trial in may], told)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _as_they_end(running: Sequence[Future[Tried | None]], told: Callable[[Tried], None]) -> Iterator[Tried]:
    for future in as_completed(running):
        if tried := future.result():
            told(tried)
            yield tried


def _try_until(end: float, plan: Plan, trial: Trial, warmth: Warmth) -> Tried | None:
    return _try(plan, trial, warmth) if time.monotonic() < end else None


def _try(plan: Plan, trial: Trial, warmth: Warmth) -> Tried | None:
    """Lay the project out in a folder of its own, examine it, throw it away."""
    folder = scratch("proof")
    try:
        project = Project.load(_lay_out(plan, trial, folder / "project"))
        examination = Examination(
            pack=plan.pack,
            phase=plan.phase,
            requirements=trial.aim or _held_to(plan.phase, trial),
            seed=trial.seed,
            project=project.root,
            serve=project.serve,
            ready=project.ready,
        )
        events = examine(examination, warmth=warmth)
        return Tried(trial=trial, report=Report.fold(plan.phase, events, selected=examination.requirements))
    except RoadmapError as error:
        return Tried(trial=trial, problem=error.message)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _held_to(phase: Phase, trial: Trial) -> tuple[str, ...]:
    """All requirements; of those that are judged apart, a mistake is held to what it declares and the others beside it."""
    declared = trial.specimen.fails if trial.kind is Kind.MISTAKE and trial.specimen else None
    return tuple(
        requirement.id
        for milestone in phase.milestones
        for requirement in milestone.requirements
        if declared is None or not milestone.apart or declared & {each.id for each in milestone.requirements}
    )


def _lay_out(plan: Plan, trial: Trial, folder: Path) -> Path:
    if trial.specimen:
        trial.specimen.materialise(folder)
        return folder
    from roadmap_cli.scaffold import Scaffold  # copier, only for fresh projects

    fresh = Scaffold(pack=plan.pack, phase=plan.phase, target=folder, stack=trial.stack, flavour=trial.flavour)
    return fresh.start()


def _claims(plan: Plan, tried: Sequence[Tried]) -> Iterator[Claim]:
    """The claims that need a running server, each judged on the trials that concern it."""
    fresh = [one for one in tried if one.trial.kind is None]
    references = [one for one in tried if one.trial.kind is Kind.REFERENCE]
    mistakes = [one for one in tried if one.trial.kind is Kind.MISTAKE]
    fakes = [one for one in tried if one.trial.kind is Kind.FAKE]
    yield _claim("Every template renders, starts and answers", fresh, _did_not_start, plan)
    yield _claim("A fresh project passes what it is given, and no more", fresh, _more_than_given, plan)
    yield _claim(
        f"Every reference passes everything, {plan.seeds} times in random order", references, _not_passed, plan
    )
    yield _claim("Every mistake fails exactly what it declares", mistakes, _other_than_declared, plan)
    yield _claim("Every signature is that of the mistakes that prove it", mistakes, _signature_strayed, plan)
    yield _claim("No fake passes more than a server that merely answers", fakes, _other_than_merely, plan)
    yield _claim("No verdict is broken, whatever a server does", tried, _broken, plan)


Judge = Callable[[Plan, Trial, Report], Iterator[Fault]]


def _claim(title: str, tried: Sequence[Tried], judge: Judge, plan: Plan) -> Claim:
    faults: list[Fault] = []
    for one in tried:
        if one.report is None:
            faults.append(Fault(_home(plan, one.trial), f"{one.trial.label}: {one.problem}"))
        else:
            faults += judge(plan, one.trial, one.report)
    return Claim(title=title, tried=len(tried), aimed=sum(bool(one.trial.aim) for one in tried), faults=tuple(faults))


def _did_not_start(plan: Plan, trial: Trial, report: Report) -> Iterator[Fault]:
    if report.server is None:
        reason = report.server_failed.reason if report.server_failed else "It did not start."
        yield Fault(_home(plan, trial), f"{trial.label}: {reason}")


def _more_than_given(plan: Plan, trial: Trial, report: Report) -> Iterator[Fault]:
    given = {id for id, requirement in plan.phase.requirements.items() if requirement.given}
    passed = {verdict.requirement for verdict in report.of(Outcome.PASSED)}
    for id in sorted(passed ^ given):
        words = "passes though it is not given" if id in passed else "is given but does not pass"
        yield Fault(place_of(plan.pack, plan.phase, id), f"{trial.label}: {id} {words}.")


def _not_passed(plan: Plan, trial: Trial, report: Report) -> Iterator[Fault]:
    for verdict in report.verdicts:
        if verdict.outcome is not Outcome.PASSED:
            place = place_of(plan.pack, plan.phase, verdict.requirement)
            yield Fault(place, f"{trial.label}, seed {report.seed}: {_told(verdict)}")


def _other_than_declared(plan: Plan, trial: Trial, report: Report) -> Iterator[Fault]:
    """Failed must be exactly what is declared; blocked ones are their consequence, anything else must have passed."""
    declared = trial.specimen.fails if trial.specimen else frozenset()
    for verdict in report.verdicts:
        failed = verdict.outcome is Outcome.FAILED
        if verdict.requirement in declared and not failed:
            yield _at_expected(trial, "fails", verdict, "is declared to fail")
        elif failed and verdict.requirement not in declared:
            yield _at_expected(trial, "fails", verdict, "is not declared")
        elif verdict.outcome is Outcome.SKIPPED or (verdict.outcome is Outcome.BLOCKED and not verdict.blocked_by):
            yield _at_expected(trial, "fails", verdict, "was not judged")


def _signature_strayed(plan: Plan, trial: Trial, report: Report) -> Iterator[Fault]:
    """A mistake that proves a signature fails like it; and no other mistake does, for it would be told a wrong cause."""
    assert trial.specimen
    name = trial.specimen.name
    met = {
        found: verdict
        for verdict in report.of(Outcome.FAILED)
        if verdict.failure and (found := best(plan.phase, verdict.requirement, verdict.failure))
    }
    for signature in plan.phase.signatures:
        place = signature_place(plan.pack, plan.phase, signature, name)
        if name in signature.proved_by and signature not in met:
            words = "; ".join(_told(verdict) for verdict in report.of(Outcome.FAILED))
            yield Fault(place, f"{trial.label} does not fail with the signature {signature.id}. {words}")
        elif name not in signature.proved_by and signature in met:
            hint = "If that is its cause too, add it to proved_by; if not, say in `when` what tells them apart."
            words = f"{trial.label} fails with the signature {signature.id}, which it does not prove."
            yield Fault(place, f"{words} {_told(met[signature])}.", hint)


def _other_than_merely(plan: Plan, trial: Trial, report: Report) -> Iterator[Fault]:
    allowed = trial.specimen.passes if trial.specimen else frozenset()
    for verdict in report.verdicts:
        passed = verdict.outcome is Outcome.PASSED
        if passed != (verdict.requirement in allowed):
            yield _at_expected(trial, "passes", verdict, "must not pass" if passed else "is declared to pass")


def _broken(plan: Plan, trial: Trial, report: Report) -> Iterator[Fault]:
    if report.broke:
        yield Fault(_home(plan, trial), f"{trial.label}: {report.broke.message} {report.broke.traceback[-600:]}")
    for verdict in report.of(Outcome.BROKEN):
        place = place_of(plan.pack, plan.phase, verdict.requirement)
        yield Fault(place, f"{trial.label}, seed {report.seed}: {verdict.requirement} broke: {verdict.reason[-600:]}")


def _at_expected(trial: Trial, key: str, verdict: Verdict, words: str) -> Fault:
    """A fault at the line of expected.yaml that names the requirement, or at its list."""
    assert trial.specimen
    assert trial.specimen.document
    document = trial.specimen.document
    listed = document.value.get(key, [])
    path = (key, listed.index(verdict.requirement)) if verdict.requirement in listed else (key,)
    return document.fault(path, f"{trial.label}: {verdict.requirement} {words}. {_told(verdict)}")


def _told(verdict: Verdict) -> str:
    why = verdict.failure.message if verdict.failure else verdict.reason or verdict.blocked_by
    details = f" expected {verdict.failure.expected}, got {verdict.failure.actual}" if verdict.failure else ""
    return f"{verdict.requirement} is {verdict.outcome.value}: {why}{details}"


def _home(plan: Plan, trial: Trial) -> Place:
    """The file to look at when a trial came to nothing."""
    if trial.specimen is None:
        return Place(plan.pack.template(plan.phase) / trial.stack)
    return trial.specimen.document.place(()) if trial.specimen.document else Place(trial.specimen.folder)


def _refuse_unknown(plan: Plan, servers: Sequence[Specimen]) -> None:
    known = {server.name for server in servers}
    for name in sorted(plan.names - known):
        raise PackError(f"There is no reference, mistake or fake {name}.", hint=did_you_mean(name, known))
