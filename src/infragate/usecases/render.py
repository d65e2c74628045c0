"""`render`: write or check the pages that are generated from code: the READMEs of the modules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infragate.adapters.local import files
from infragate.adapters.terraform import hcl
from infragate.domain.command import Command
from infragate.domain.errors import BadInput
from infragate.domain.finding import Finding
from infragate.domain.modules import module_interface, module_page

PageState = Literal["current", "stale", "written"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderRequest:
    """The checkout; `check` writes nothing."""

    root: Path
    check: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page; its path is relative to the checkout."""

    path: str
    state: PageState


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderResult:
    """All pages."""

    pages: tuple[Page, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The stale pages."""
        return tuple(
            Finding(id="page-stale", source="render", message="differs from the code", file=page.path)
            for page in self.pages
            if page.state == "stale"
        )


def run(request: RenderRequest) -> RenderResult:
    """Write every page, or check that it is up to date.

    Raises:
        BadInput: no modules, a README without the marker lines, or code that cannot be read.
    """
    pages = tuple(_page(request, path, text) for path, text in _module_pages(request.root))
    if not pages:
        where = str(request.root / "modules")
        raise BadInput("no modules found", where=where, fix="run it in a checkout of the repository")
    return RenderResult(pages=pages)


def _page(request: RenderRequest, path: Path, text: str) -> Page:
    state: PageState = "current" if files.read(path) == text else "stale" if request.check else "written"
    if state == "written":
        files.write(path, text)
    return Page(path=path.relative_to(request.root).as_posix(), state=state)


def _module_pages(root: Path) -> Iterator[tuple[Path, str]]:
    for folder in sorted({path.parent for path in (root / "modules").glob("*/*.tf")}):
        path = folder / "README.md"
        text = module_page.render(files.read(path) or "", module_interface.read(hcl.read_folder(folder)))
        if text is None:
            fix = (f"write a README with the lines {module_page.BEGIN} and {module_page.END}, then ", Command("render"))
            raise BadInput("the README has no marker lines", where=path.relative_to(root).as_posix(), fix=fix)
        yield path, text
