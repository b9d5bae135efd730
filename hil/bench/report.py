"""The findings of `bench check`, as values, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = ["BenchProblem", "Report", "Seen"]


@dataclass(frozen=True, slots=True)
class BenchProblem:
    """A problem at `where` (an instrument, `wiring` or `bench`): an `error`, or a `warning` where it is doubtful."""

    severity: Literal["error", "warning"]
    where: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Seen:
    """An instrument that answered: its identity and the state that it showed, in a few words each."""

    name: str
    driver: str
    url: str
    identity: str
    state: tuple[str, ...]


@dataclass(slots=True)
class Report:
    """Everything that a check found; `wires` are the loop-backs that work."""

    bench: str
    file: str
    certify: bool = False
    seen: list[Seen] = field(default_factory=list)
    wires: list[str] = field(default_factory=list)
    findings: list[BenchProblem] = field(default_factory=list)

    def error(self, where: str, sentence: str) -> None:
        """Adds an error."""
        self.findings.append(BenchProblem("error", where, sentence))

    def warning(self, where: str, sentence: str) -> None:
        """Adds a warning."""
        self.findings.append(BenchProblem("warning", where, sentence))

    @property
    def ok(self) -> bool:
        """Whether the bench may be used; warnings do not forbid it."""
        return not any(finding.severity == "error" for finding in self.findings)

    def lines(self) -> Iterator[str]:
        """The report for a person."""
        yield f"bench {self.bench} ({self.file})"
        width = max((len(one.name) for one in self.seen), default=0)
        for one in self.seen:
            yield f"  {one.name:{width}}  {'; '.join([one.identity, *one.state])}"
        for wire in self.wires:
            yield f"  {wire}: seen at both levels"
        yield from (str(finding) for finding in self.findings)
        errors = sum(finding.severity == "error" for finding in self.findings)
        warnings = len(self.findings) - errors
        if not self.findings:
            yield "everything is as the file says"
        else:
            yield f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}"

    def as_dict(self) -> dict[str, Any]:
        """The report for a machine."""
        return {
            "bench": self.bench,
            "file": self.file,
            "certify": self.certify,
            "ok": self.ok,
            "instruments": [asdict(one) for one in self.seen],
            "wires": list(self.wires),
            "findings": [asdict(finding) for finding in self.findings],
        }


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
