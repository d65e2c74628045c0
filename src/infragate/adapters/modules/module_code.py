"""Reads the interface of a module from its folder."""

from __future__ import annotations

from pathlib import Path

from infragate.adapters.terraform import hcl
from infragate.domain.modules import module_interface
from infragate.domain.modules.module_interface import ModuleInterface


def interface(folder: Path) -> ModuleInterface:
    """Inputs, outputs, moves and requirements of the module in `folder`.

    Raises:
        BadInput: the folder, or a file in it, cannot be read.
    """
    return module_interface.read(hcl.read_folder(folder))
