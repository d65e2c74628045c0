"""A world after some verbs: they are run once for a file of tests, and each test begins with what they have left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.verbs import fake_aws
from tests.verbs.kept_files import KeptFiles
from tests.verbs.world import World

from infragate.adapters.local import own_folder


class KeptState:
    """The state of dev as it is now."""

    def __init__(self) -> None:
        self._state = fake_aws.content(fake_aws.STATE_KEY)

    def restore(self) -> None:
        """Make it that again."""
        if fake_aws.content(fake_aws.STATE_KEY) != self._state:
            fake_aws.write_state(self._state)


@dataclass(frozen=True, slots=True)
class _Kept:
    files: KeptFiles
    state: KeptState


class KeptWorld:
    """Checkout, own folder, recordings and state of a world after some verbs.

    Terraform's folders stay as they are: what `init` has fetched serves the tests after it too.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: dict[str, _Kept] = {}

    def after(self, name: str, verbs: Callable[[World], Any]) -> World:
        """The world after these verbs, which have a name of their own and find a world that is the same each time."""
        world, kept = self._world, self._kept.get(name)
        if kept is None:
            verbs(world)
            folders = world.root, own_folder.path(world.root), world.programs / "recordings"
            ordered = world.programs / "ordered.json"
            files = KeptFiles(*folders, ordered, passed_over=("objects", "plan", "apply"))
            self._kept[name] = _Kept(files, KeptState())
        else:
            kept.files.restore()
            kept.state.restore()
        return world
