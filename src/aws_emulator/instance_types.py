"""EC2's instance types and where they are offered, read when they are asked for: moto reads 700 kB of them at its import."""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from aws_emulator.replacing import replace

_MODULE = "moto.ec2.models.instance_types"


def install() -> None:
    """Called once, before moto.ec2 is imported."""
    sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None, _: ModuleType | None = None) -> ModuleSpec | None:
        if name != _MODULE:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _WithoutData(spec.loader)
        return spec


class _WithoutData(Loader):
    """Executes the module with empty data files; tables that are read when they are used replace those made of them."""

    def __init__(self, own: Loader) -> None:
        self._own = own

    def exec_module(self, module: ModuleType) -> None:
        from moto.utilities import utils

        load_resource: Any = utils.load_resource
        replace(utils, "load_resource", lambda _: {})
        try:
            self._own.exec_module(module)
        finally:
            replace(utils, "load_resource", load_resource)
        patched: Any = module
        patched.load_resource = load_resource
        patched.INSTANCE_TYPES = _LaterMapping(lambda: _complete().INSTANCE_TYPES)
        patched.INSTANCE_TYPE_OFFERINGS = _LaterMapping(lambda: _complete().INSTANCE_TYPE_OFFERINGS)
        patched.INSTANCE_FAMILIES = _LaterSequence(lambda: _complete().INSTANCE_FAMILIES)
        patched.InstanceTypeBackend.instance_types = _LaterSequence(
            lambda: _complete().InstanceTypeBackend.instance_types
        )


@functools.cache
def _complete() -> Any:
    """A second copy of the module, with its data."""
    package: Any = sys.modules[_MODULE.rpartition(".")[0]]
    spec = PathFinder.find_spec(_MODULE, package.__path__)
    if spec is None or spec.loader is None:
        raise ImportError(_MODULE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _LaterMapping(Mapping[str, Any]):
    def __init__(self, read: Callable[[], Mapping[str, Any]]) -> None:
        self._read = read

    def __getitem__(self, key: str) -> Any:
        return self._read()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


class _LaterSequence(Sequence[Any]):
    def __init__(self, read: Callable[[], Sequence[Any]]) -> None:
        self._read = read

    def __getitem__(self, index: Any) -> Any:
        return self._read()[index]

    def __len__(self) -> int:
        return len(self._read())
