"""Settings for git under Terraform: a clone gets the bytes of its commit, whatever the user and the repository configure.

Line ends, filters (Git LFS), keywords and encodings are switched off by attributes in the template of new clones, which
are stronger than those of the repository; a file of Git LFS stays its pointer. Hooks are switched off too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from infragate.adapters.local import files

_ATTRIBUTES = "* -text -filter -ident -working-tree-encoding\n"
_SETTINGS = {
    "core.autocrlf": "false",
    "core.symlinks": "true",
    "core.sparseCheckout": "false",
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "clone.defaultRemoteName": "origin",
    "protocol.ext.allow": "never",
}


def variables(template: Path, known: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of a program that clones repositories.

    Args:
        template: a folder that is written here.
        known: the program's other variables, which may hold git settings already.
    """
    files.private_folder(template / "info")
    files.write(template / "info" / "attributes", _ATTRIBUTES)
    first = int(known.get("GIT_CONFIG_COUNT", "0"))
    pairs = {"GIT_CONFIG_COUNT": str(first + len(_SETTINGS)), "GIT_TEMPLATE_DIR": str(template)}
    for number, (name, value) in enumerate(_SETTINGS.items(), start=first):
        pairs |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return {**known, **pairs, "GIT_DEFAULT_REF_FORMAT": "files"}
