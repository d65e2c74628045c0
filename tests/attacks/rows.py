"""Attacks by the code of a pull request: each row is what a hostile checkout holds, and what it is after.

`{name}` stands for a place or address of the world (hostile.py). A row of READS is an expression: what it comes to stands in the
plan, so it has succeeded if the canary of its victim can be read there. A row of ACTS leaves a mark that can be seen from
outside: a file, a connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parents[1] / "data" / "attacks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """An expression that tries to read something.

    Attributes:
        code: an expression; `{home}`, `{own}` and the like are filled in.
        more: other blocks that it needs.
        files: other files of the Stack's folder.
        links: links in the Stack's folder and where they lead.
        alone: a failure to read ends the plan, so it gets one of its own.
    """

    name: str
    code: str
    more: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False


def read(name: str, code: str, **rest: object) -> Read:
    return Read(name=name, code=code, **rest)  # type: ignore[arg-type]


READS = (
    # ---- files of the user, named in all ways that a function takes ----
    read("file", 'file("{home}/.ssh/id_ed25519")'),
    read("file-in-base64", 'filebase64("{home}/.ssh/id_ed25519")'),
    read("file-above-the-checkout", 'file("${path.module}/{up}{home}/.ssh/id_ed25519")'),
    read("file-of-the-home", 'file(pathexpand("~{home_name}/.ssh/id_ed25519"))'),
    read("file-built-by-format", 'file(format("%s/.ssh/id_ed25519", "{home}"))'),
    read("file-built-by-join", 'file(join("/", ["{home}", ".ssh", "id_ed25519"]))'),
    read("file-built-by-replace", 'file(replace("{home}X.ssh/id_ed25519", "X", "/"))'),
    read("file-built-by-decoding", 'file(base64decode("{home_key_base64}"))'),
    read("file-from-a-local", "file(local.victim)", more='locals {\n  victim = "{home}/.ssh/id_ed25519"\n}\n'),
    read(
        "file-from-a-default",
        "file(var.victim)",
        more='variable "victim" {\n  type    = string\n  default = "{home}/.ssh/id_ed25519"\n}\n',
    ),
    read("file-by-index", 'file(["{home}/.ssh/id_ed25519"][0])'),
    read("file-by-a-condition", 'file(true ? "{home}/.ssh/id_ed25519" : "x")'),
    read("file-in-a-loop", '[for p in ["{home}/.ssh/id_ed25519"] : file(p)]'),
    read("file-in-a-heredoc", '<<-EOT\n    ${file("{home}/.ssh/id_ed25519")}\n  EOT\n'),
    read("file-in-a-template", '"x ${file("{home}/.ssh/id_ed25519")} y"'),
    read("file-in-nested-functions", 'jsonencode({ a = base64encode(file("{home}/.ssh/id_ed25519")) })'),
    read("yaml-of-a-file", 'yamlencode(yamldecode(file("{home}/.config/gh/hosts.yml")))'),
    read("template-file", 'templatefile("{home}/.ssh/id_ed25519", {})'),
    read(
        "file-in-a-template-file",
        'templatefile("${path.module}/t.tftpl", {})',
        files={"t.tftpl": '${file("{home}/.ssh/id_ed25519")}'},
    ),
    read(
        "template-in-a-template-file",
        'templatefile("${path.module}/u.tftpl", {})',
        files={"u.tftpl": '%{ for p in ["{home}/.ssh/id_ed25519"] ~}${filebase64(p)}%{ endfor ~}'},
    ),
    read(
        "template-of-a-string",
        "templatestring(local.text, { k = filebase64(local.text_victim) })",
        more='locals {\n  text        = "$${k}"\n  text_victim = "{home}/.ssh/id_ed25519"\n}\n',
    ),
    read("link-to-a-file", 'file("${path.module}/notes.txt")', links={"notes.txt": "{home}/.ssh/id_ed25519"}),
    read("link-to-a-folder", 'file("${path.module}/docs/id_ed25519")', links={"docs": "{home}/.ssh"}),
    read(
        "link-of-a-link",
        'file("${path.module}/second")',
        links={"first": "{home}/.ssh/id_ed25519", "second": "first"},
    ),
    read("keys-of-aws", 'file("{home}/.aws/credentials")'),
    read("keys-of-docker", 'jsondecode(file("{home}/.docker/config.json")).auths'),
    read("names-of-files", '[for n in fileset("{home}/.ssh", "**") : filebase64("{home}/.ssh/${n}")]'),
    read("names-of-files-above", '[for n in fileset("{home}", "**/id_*") : filebase64("{home}/${n}")]'),
    # ---- other processes ----
    read("environment-of-a-process", 'filebase64("/proc/{bystander}/environ")'),
    read("arguments-of-a-process", 'filebase64("/proc/{bystander}/cmdline")'),
    read("files-of-a-process", 'file("/proc/{bystander}/cwd/secret.txt")'),
    read("names-of-processes", '[for n in fileset("/proc", "{bystander}/environ") : filebase64("/proc/${n}")]'),
    # ---- what infragate keeps ----
    read("key-that-seals-plans", 'filebase64("{state}/keys/seal")'),
    read("key-of-the-emulator", 'filebase64("{state}/keys/emulator")'),
    read("keys-of-the-sandbox-s-callers", 'filebase64("{own}/sandbox/keys.json")'),
    read("plan-of-another-environment", 'filebase64("{own}/sandbox/prod/plan.tfplan.json")'),
    read("another-checkout", 'file("{elsewhere}/secret.txt")'),
    read("git-s-token", 'file("{root}/.git/config")'),
    read("environment-file", 'file("{root}/.env")'),
    read(
        "state-of-somebody-else",
        "data.terraform_remote_state.theirs.outputs",
        more='data "terraform_remote_state" "theirs" {\n  backend = "local"\n  config  = { path = "{home}/theirs.tfstate" }\n}\n',
        alone=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A Stack that tries to do something; its files are in tests/data/attacks/<name>/.

    Attributes:
        applies: it acts during the apply; otherwise during the plan.
        provider: it needs the provider of AWS.
        held_by: what holds it. A module is fetched outside of the walls, with the user's git credentials, so the judge alone
            decides from where; `always` is held even without both: by the check of the backend, by git's settings.
    """

    name: str
    applies: bool = False
    provider: bool = False
    held_by: Literal["both", "judge", "always"] = "both"

    @property
    def files(self) -> dict[str, str]:
        """Texts by their names in the Stack's folder."""
        folder = FOLDER / self.name
        return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


ACTS = (
    Act(name="provisioner", applies=True),
    Act(name="provisioner-of-json", applies=True),
    Act(name="provisioner-with-an-interpreter", applies=True),
    Act(name="provisioner-in-a-local-module", applies=True),
    Act(name="provisioner-in-an-override", applies=True),
    Act(name="credential-process-of-the-backend", held_by="always"),
    Act(name="credential-process-of-a-remote-state"),
    Act(name="credential-process-of-a-provider", provider=True),
    Act(name="remote-state-over-http"),
    Act(name="endpoint-of-a-provider", provider=True),
    Act(name="proxy-of-a-provider", provider=True),
    Act(name="module-over-http", held_by="judge"),
    Act(name="module-of-git-over-http", held_by="judge"),
    Act(name="module-of-git-s-own-helper", held_by="always"),
    Act(name="ref-that-is-an-option", held_by="always"),
)
