"""The world of a worker: its files and what is in AWS are made once, and each file of tests finds them as they were then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.verbs import fake_aws
from tests.verbs.kept_files import KeptFiles
from tests.verbs.world import World, awake, lay_out

from aws_emulator import snapshot
from infragate.adapters.local import own_folder


class Worlds:
    """One at a time, all at the same path: own folder and Terraform's data are bound to it.

    Args:
        folder: of the world.
        requests: the FIFO of the stand-in for Terraform.
    """

    def __init__(self, folder: Path, requests: Path) -> None:
        self._folder, self._requests = folder, requests
        self._kept: dict[str, tuple[KeptFiles, bytes]] = {}

    @contextmanager
    def backed(self) -> Iterator[World]:
        """A checkout with a state backend in AWS; dev was never applied."""
        with awake(self._folder) as world:
            self._begin("backed", world, self._back)
            yield world

    def apply(self, backed: World) -> None:
        """Make it the same with dev applied on v0.6.1 and healthy."""
        self._begin("applied", backed, _apply)

    def _begin(self, name: str, world: World, make: Callable[[World], None]) -> None:
        if name in self._kept:
            files, in_aws = self._kept[name]
            files.restore()
            snapshot.restore(in_aws)
            world.tell_port()
        else:
            make(world)
            folders = world.root, world.home, world.programs, own_folder.path(world.root)
            self._kept[name] = KeptFiles(*folders), snapshot.collect()

    def _back(self, world: World) -> None:
        lay_out(world, self._requests)
        fake_aws.make_backend()


def _apply(world: World) -> None:
    world.name_in_recordings(fake_aws.make_service())
    world.ok("plan", "--env", "dev")
    world.ok("apply", "--env", "dev")
