"""`render`: write or check what is generated: READMEs of modules, and files from `infra/environments.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infragate.adapters.local import codeowners_file, environments_file, files, strict_yaml, tree_digest
from infragate.adapters.terraform import hcl
from infragate.domain import tag_schema
from infragate.domain.command import Command
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput
from infragate.domain.finding import Finding
from infragate.domain.front_doors import (
    alarm_tables,
    atlantis_files,
    atlantis_settings,
    owners_file,
    role_tables,
    stack_inputs,
)
from infragate.domain.front_doors.generated_part import LINES, PAGE, Marks
from infragate.domain.modules import module_interface, module_page
from infragate.usecases import alarm_reading, stack_reading

PageState = Literal["current", "stale", "written"]
_HIDDEN = frozenset((".git", ".terraform"))


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
    """All pages.

    Attributes:
        complaints: about what is written by hand beside a generated part.
    """

    pages: tuple[Page, ...]
    complaints: tuple[Finding, ...] = ()

    @property
    def stale(self) -> tuple[Finding, ...]:
        """The stale pages."""
        return tuple(
            Finding(id="page-stale", source="render", message="differs from what it is made from", file=page.path)
            for page in self.pages
            if page.state == "stale"
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that fails the run."""
        return (*self.stale, *self.complaints)


def run(request: RenderRequest) -> RenderResult:
    """Write every page, or check that it is up to date.

    The pages of a checkout are made from its own environments.yaml: a change brings both.

    Raises:
        BadInput: nothing to generate, a page without the marker lines, or a source that cannot be read.
    """
    root = request.root
    texts = dict(_module_pages(root))
    if (root / environments_file.RELATIVE).is_file():
        texts |= _project_pages(root, environments_file.of_checkout(root))
    if not texts:
        where = str(root / "modules")
        raise BadInput("no modules found", where=where, fix="run it in a checkout of the repository")
    return RenderResult(
        pages=tuple(_page(request, path, text) for path, text in texts.items()),
        complaints=tuple(_complaints(texts)),
    )


def _page(request: RenderRequest, path: str, text: str) -> Page:
    place = files.unlinked(request.root, path)
    state: PageState = "current" if files.read(place) == text else "stale" if request.check else "written"
    if state == "written":
        files.write(place, text)
    return Page(path=path, state=state)


def _module_pages(root: Path) -> Iterator[tuple[str, str]]:
    for folder in sorted({path.parent for path in (root / "modules").glob("*/*.tf")}):
        path = folder / "README.md"
        name = path.relative_to(root).as_posix()
        text = module_page.render(files.read(path) or "", module_interface.read(hcl.read_folder(folder)))
        if text is None:
            raise _without_marks(name, module_page.BEGIN, module_page.END)
        yield name, text


def _project_pages(root: Path, project: Project) -> dict[str, str]:
    """The files that environments.yaml decides, of the front doors that the project has."""
    pages, doors = {}, project.front_doors
    if doors.atlantis is not None:
        inputs = {environment.name: stack_reading.inputs(root, environment) for environment in project.environments}
        projects = atlantis_files.repository_file(project, inputs, _shared_values(root, project))
        pages[atlantis_files.REPOSITORY_FILE] = _renewed(root, atlantis_files.REPOSITORY_FILE, projects, LINES)
        server = atlantis_files.server_file(project)
        pages[atlantis_files.SERVER_FILE] = _renewed(root, atlantis_files.SERVER_FILE, server, LINES)
        pages[atlantis_files.APP_FILE] = atlantis_files.app_manifest(project)
    if doors.owners is not None:
        place = next((name for name in codeowners_file.PLACES if (root / name).exists()), codeowners_file.PLACES[0])
        pages[place] = _renewed(
            root, place, owners_file.text(doors.owners, toolkit=(root / owners_file.TOOLKIT).is_dir()), LINES
        )
    tables: dict[str, Callable[[], str]] = {
        role_tables.PAGE: lambda: role_tables.text(project),
        tag_schema.PAGE: tag_schema.table,
        alarm_tables.PAGE: lambda: alarm_reading.tables(root, project),
    }
    for page, text in tables.items():
        if PAGE.begin in (files.read(root / page) or ""):
            pages[page] = _renewed(root, page, text(), PAGE)
    return pages


def _renewed(root: Path, name: str, part: str, marks: Marks) -> str:
    text = files.read(files.unlinked(root, name))
    renewed = marks.fresh(part) if text is None else marks.renewed(text, part)
    if renewed is None:
        raise _without_marks(name, marks.begin, marks.end)
    return renewed


def _shared_values(root: Path, project: Project) -> tuple[str, ...]:
    directories = [environment.directory for environment in project.environments]
    names = (f"infra/{name}" for name, _ in tree_digest.walk(root / "infra", skip=_HIDDEN.__contains__))
    return tuple(sorted(name for name in names if stack_inputs.is_shared_values(name, directories)))


def _complaints(texts: dict[str, str]) -> Iterator[Finding]:
    for name, text in texts.items():
        if name == atlantis_files.SERVER_FILE:
            document, line_of = strict_yaml.parse(text.encode(), name)
            yield from atlantis_settings.of_file(document, file=name, line_of=line_of)
        elif name == atlantis_files.REPOSITORY_FILE:
            strict_yaml.parse(text.encode(), name)
        elif name in codeowners_file.PLACES:
            yield from owners_file.complaints(name, text)


def _without_marks(name: str, begin: str, end: str) -> BadInput:
    fix = (f"write the lines {begin} and {end} into it, each once, then ", Command("render"))
    return BadInput("the file has no marker lines", where=name, fix=fix)
