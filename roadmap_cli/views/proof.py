"""The proof as a page: a row for each claim, then every false one with its file and line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from roadmap_cli.errors import Fault
from roadmap_cli.proof import Claim, Proof, Tried
from roadmap_cli.verdicts import Outcome
from roadmap_cli.views.page import Column, Gap, Grid, Heading, Mark, Page, Words, count, data, muted, strong, text

_HOLDS = Mark(symbol="✓", word="holds", tone="good", plain="HOLDS")
_FALSE = Mark(symbol="✗", word="false", tone="bad", plain="FALSE")
_UNTRIED = Mark(symbol="·", word="not tried", tone="muted", plain="NOT TRIED")


def proof_page(proof: Proof, seconds: float, near: Path) -> Page:
    """All claims, what is false, and what it took; paths are told from *near*."""
    faults = [fault for claim in proof.claims for fault in claim.faults]
    return (
        Heading((strong(f"Proof of {proof.phase.title}"),), aside=(muted(f"{seconds:.0f} s"),)),
        Gap(),
        Grid((Column(), Column(greedy=True), Column(right=True)), tuple(_row(claim) for claim in proof.claims)),
        *((Gap(), *fault_blocks(faults, near)) if faults else ()),
        Gap(),
        text(*_summary(proof)),
    )


def validation_page(faults: Sequence[Fault], near: Path, name: str) -> Page:
    """What is wrong with a pack, or that nothing is."""
    if not faults:
        return (text(_HOLDS, f" {name} is complete and consistent."),)
    return (*fault_blocks(faults, near), Gap(), text(_FALSE, f" {count(len(faults), 'fault')} in {name}."))


def fault_blocks(faults: Sequence[Fault], near: Path) -> Page:
    """Each fault on a line that editors can follow: file:line:column, then what is wrong."""
    return tuple(text(data(_from(fault, near)), hang=4) for fault in faults)


def trial_line(tried: Tried, done: int) -> Page:
    """One trial that has ended, while others still run."""
    report = tried.report
    if report is None:
        return (text(f"{done:4d}  ", data(tried.trial.label), ": ", data(tried.problem)),)
    words = ", ".join(f"{report.count(outcome)} {outcome.value}" for outcome in Outcome if report.count(outcome))
    spent = f"{report.finished.milliseconds / 1000:.1f} s" if report.finished else "cut short"
    aimed = " (aimed)" if tried.trial.aim else ""
    return (text(f"{done:4d}  ", data(tried.trial.label), muted(f"{aimed}  {words}  {spent}"), hang=6),)


def _row(claim: Claim) -> tuple[Words, ...]:
    mark = _FALSE if claim.faults else _HOLDS if claim.holds else _UNTRIED
    tried = f"{len(claim.faults)} of {claim.tried} false" if claim.faults else f"{claim.tried} tried"
    whole = f", {claim.tried - claim.aimed} whole" if claim.aimed else ""
    return (mark,), (claim.title,), (muted(tried + whole),)


def _summary(proof: Proof) -> Words:
    if proof.holds:
        return (_HOLDS, f" Every claim that was tried holds ({count(len(proof.tried), 'examination')}).")
    false = sum(bool(claim.faults) for claim in proof.claims)
    return (_FALSE, f" {count(false, 'claim')} {'is' if false == 1 else 'are'} false.")


def _from(fault: Fault, near: Path) -> str:
    return str(fault).replace(f"{near}/", "")
