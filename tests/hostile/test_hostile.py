"""Whatever a peer does, the run ends in time, judges rightly, uses little memory, and its reports are harmless."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.hostile.peers import PEERS

from .survival import survive

# All runs in turn take long; the daily tests use the peers that each take another way through the code.
_EVERY_DAY = {
    *("mid-frame", "twice", "huge", "long", "deep", "surrogates", "strings", "types", "year-9999"),
    *("gzip-bomb", "redirect", "bombs", "video-text", "noise", "fuzz-values"),
}


@pytest.mark.parametrize(
    "peer", [pytest.param(name, marks=() if name in _EVERY_DAY else pytest.mark.slow) for name in PEERS]
)
def test_a_hostile_peer_is_survived_and_judged(peer: str, tmp_path: Path) -> None:
    found = survive(peer, tmp_path)
    assert not found.problems, f"{found.problems}\n{found.text[-3000:]}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("peer", ["fuzz-bytes", "fuzz-moods", "fuzz-values", "fuzz-wire"])
def test_a_peer_that_is_hostile_at_random_is_survived(peer: str, seed: int, tmp_path: Path) -> None:
    found = survive(peer, tmp_path, seed=1 + seed, everything=True)
    assert not found.problems, f"{found.problems}\n{found.text[-3000:]}"
