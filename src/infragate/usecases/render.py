"""`render`: pages that are made from code, written or checked. Today: the READMEs of the modules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infragate.adapters.local import files
from infragate.adapters.modules import module_code
from infragate.domain.command import Command
from infragate.domain.errors import BadInput
from infragate.domain.finding import Finding
from infragate.domain.modules import module_page

PageState = Literal["current", "stale", "written"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderRequest:
    """Whose pages; `check` writes nothing."""

    root: Path
    check: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, relative to the checkout, and what it was found or made to be."""

    path: str
    state: PageState


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderResult:
    """All pages."""

    pages: tuple[Page, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The pages that say something else than the code."""
        return tuple(
            Finding(id="page-stale", source="render", message="not what the code says", file=page.path)
            for page in self.pages
            if page.state == "stale"
        )


def run(request: RenderRequest) -> RenderResult:
    """Make every page anew, or check that it is up to date.

    Raises:
        BadInput: there are no modules, one has no README with a place for its tables, or its code cannot be read.
    """
    pages = [_page(request, path, text) for path, text in _module_pages(request.root)]
    if not pages:
        where = str(request.root / "modules")
        raise BadInput("there are no modules", where=where, fix="run it in a checkout of the repository")
    return RenderResult(pages=tuple(pages))


def _page(request: RenderRequest, path: Path, text: str) -> Page:
    shown = path.relative_to(request.root).as_posix()
    if files.read(path) == text:
        return Page(path=shown, state="current")
    if request.check:
        return Page(path=shown, state="stale")
    files.write(path, text)
    return Page(path=shown, state="written")


def _module_pages(root: Path) -> Iterator[tuple[Path, str]]:
    for folder in sorted({path.parent for path in (root / "modules").glob("*/*.tf")}):
        path = folder / "README.md"
        text = module_page.render(files.read(path) or "", module_code.interface(folder))
        if text is None:
            fix = (f"write a README with the lines {module_page.BEGIN} and {module_page.END}, then ", Command("render"))
            raise BadInput("there is no place for inputs and outputs", where=path.relative_to(root).as_posix(), fix=fix)
        yield path, text
