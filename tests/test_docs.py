from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_NAMED = re.compile(r"`((?:conformance|fixtures|hil|reports|thermoproof|tests|benchmarks|docs)/[\w./-]*[\w/])`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = [target.partition("#")[0] for target in _LINK.findall(page.read_text(encoding="utf-8"))]
    dead = [target for target in targets if target and "://" not in target and not (page.parent / target).exists()]
    assert not dead


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=lambda page: page.stem)
def test_every_place_that_a_page_names_exists(page: Path) -> None:
    named = {name for name in _NAMED.findall(page.read_text(encoding="utf-8")) if "reports/out" not in name}
    assert not {name for name in named if not any((ROOT / f"{name}{suffix}").exists() for suffix in ("", ".py"))}


def test_the_list_of_pages_names_every_page() -> None:
    listed = set(_LINK.findall((ROOT / "docs" / "README.md").read_text(encoding="utf-8")))
    there = {str(path.relative_to(ROOT / "docs")) for path in PAGES if path.is_relative_to(ROOT / "docs")} - {
        "README.md"
    }
    assert there <= listed
