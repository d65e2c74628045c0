"""The judge's rules for files of a Stack's folder that are not code, but that Terraform or a person may take for its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infragate.domain.command import Command
from infragate.domain.finding import Finding
from infragate.domain.terraform.code_module import PAGE, SOURCE

_SETTINGS = frozenset((".terraformrc", "terraform.rc", ".terraform", "terraform.tfstate", "terraform.tfstate.d"))


def is_left(name: str) -> bool:
    """True for what Terraform itself leaves in a folder; it does harm only if it came with the checkout."""
    return name in _SETTINGS or name.startswith("terraform.tfstate.backup")


def is_values(name: str) -> bool:
    """True for files of values that Terraform reads unasked."""
    return name in ("terraform.tfvars", "terraform.tfvars.json") or name.endswith((".auto.tfvars", ".auto.tfvars.json"))


def of_names(names: list[str], tracked: list[str], *, folder: str, var_file: str) -> Iterator[Finding]:
    """The complaints about files of a Stack.

    Args:
        names: of all entries of its folder; tracked: those that git tracks, of the ones that `is_left` names.
    """
    for name in sorted(names):
        if is_values(name):
            yield _finding(
                "values-file",
                "Terraform reads this file of values unasked, so a value may not be the one that is reviewed",
                f"{folder}/{name}",
                f"move its values into {folder}/{var_file}, and remove it",
            )
    for name in sorted(tracked):
        yield _finding(
            "settings-file",
            "git tracks what Terraform writes for itself: settings, programs, or a state with its secrets",
            f"{folder}/{name}",
            f"git rm -r --cached {folder}/{name}, and add it to .gitignore",
        )


def of_links(links: list[str]) -> Iterator[Finding]:
    """The complaints about links that lead out of the checkout."""
    for name in sorted(links):
        yield _finding(
            "link",
            "the link leads out of the checkout",
            name,
            "replace the link by the file: a plan is not bound to files outside the checkout",
        )


def of_provider_lock(checksums: Mapping[str, int], file: str) -> Iterator[Finding]:
    """The complaints about providers whose package nobody has named: Terraform takes whichever it is given.

    Args:
        checksums: how many each provider has in the lock file, by its address.
    """
    for address in sorted(address for address, number in checksums.items() if number == 0):
        yield Finding(
            id=f"{SOURCE}/provider-checksum",
            source=SOURCE,
            message=f"the lock file has no checksum of {address}, so any program could take its place",
            address=address,
            file=file,
            link=PAGE,
            fix=(Command("providers-lock"), f", then commit {file}"),
        )


def of_nothing(folder: str) -> Finding:
    """The complaint about a Stack without a configuration file."""
    return _finding("unreadable", "the folder has no .tf file", folder, "write the configuration of the Stack")


def of_unread(key: str, folder: str) -> Finding:
    """The complaint about a module that Terraform calls, and that was not read in the code."""
    return Finding(
        id=f"{SOURCE}/unreadable",
        source=SOURCE,
        message=f"Terraform calls module {key}, which is not read in the code, so it cannot be judged",
        address=f"module {key}",
        file=folder,
        link=PAGE,
        fix="write each module as a block of its own in a .tf file",
    )


def _finding(rule: str, message: str, file: str, fix: str) -> Finding:
    return Finding(id=f"{SOURCE}/{rule}", source=SOURCE, message=message, address=file, file=file, link=PAGE, fix=fix)
