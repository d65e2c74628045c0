"""What goes wrong in a first week, as real Terraform and git say it: the class, the file and line, and a fix that cures it.

Each row is a mistake in a small Stack. The test looks at the error, makes the change that `fix` or the message names, or
types the command in it, and the same plan works. Mistakes around the Stack (no credentials, a held lock, an unknown
Environment) are in tests/verbs/test_first_week.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e import failing_servers
from tests.e2e.failing_servers import Servers

from infragate.adapters.terraform.cli import Terraform
from infragate.domain.command import DEFAULT_CALLER, Command
from infragate.domain.errors import InfragateError
from infragate.domain.finding import Finding

WHERE = "infra/envs/dev"
MAIN = 'resource "terraform_data" "a" {\n  input = var.size\n}\n'
VARIABLES = 'variable "size" {\n  type = number\n}\n'
MODULE = 'variable "name" {\n  type = string\n}\n\noutput "name" {\n  value = var.name\n}\n'
CALL = 'module "m" {\n  source = "./m"\n  name   = "x"\n}\n'
GOOD = {"main.tf": MAIN, "variables.tf": VARIABLES, "dev.tfvars": "size = 5\n", "m/main.tf": MODULE}
AGAIN = "infragate plan --env dev"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake.

    Attributes:
        files: what differs from a Stack that works.
        where: file and line, from the checkout's root; the folder where Terraform knows no line and the text has none.
        says: words of the message.
        fix: words of what to do.
        cure: the files after the fix was followed; None restores those of the Stack that works.
        listed: lines of all that is listed.
    """

    name: str
    files: Mapping[str, str]
    code: int = 3
    where: str
    says: tuple[str, ...]
    fix: str = ""
    cure: Mapping[str, str] | None = None
    listed: tuple[int, ...] = ()


def main(text: str) -> dict[str, str]:
    return {"main.tf": text}


def git_module(source: str) -> dict[str, str]:
    return {"main.tf": f'module "m" {{\n  source = "git::{source}"\n}}\n'}


OUTPUT = 'output "o" {{\n  value = {}\n}}\n'
RESOURCE = 'resource "terraform_data" "{}" {{\n  {}\n}}\n'
MOVED = "moved {{\n  from = terraform_data.x\n  to   = terraform_data.{}\n}}\n"
POSTCONDITION = """\
resource "terraform_data" "a" {
  input = var.size
  lifecycle {
    postcondition {
      condition     = self.input > 9
      error_message = "too small"
    }
  }
}
"""
MISTAKES = [
    Mistake(
        name="wrong type",
        files={"dev.tfvars": 'size = "big"\n'},
        where="dev.tfvars:1",
        says=("a number is required", 'size = "big"'),
        fix="correct size in infra/envs/dev/dev.tfvars:1",
    ),
    Mistake(
        name="missing variable",
        files={"dev.tfvars": "\n"},
        where="dev.tfvars",
        says=("does not set size", "infra/envs/dev/variables.tf:1 declares"),
        fix="set size in infra/envs/dev/dev.tfvars",
    ),
    Mistake(
        name="value that its own condition refuses",
        files={
            "variables.tf": 'variable "size" {\n  type = number\n  validation {\n    condition     = var.size < 9\n'
            '    error_message = "size must be below nine"\n  }\n}\n',
            "dev.tfvars": "# sizes\nsize = 50\n",
        },
        where="dev.tfvars:2",
        says=("size must be below nine", "variables.tf:3"),
        fix="correct infra/envs/dev/dev.tfvars:2",
        cure={"dev.tfvars": "# sizes\nsize = 5\n"},
    ),
    Mistake(
        name="cycle",
        files=main(
            RESOURCE.format("a", "input = terraform_data.b.output")
            + RESOURCE.format("b", "input = terraform_data.a.output")
        ),
        where="main.tf:",
        says=("Cycle: terraform_data.",),
        fix="correct infra/envs/dev/main.tf:",
    ),
    Mistake(
        name="cycle of locals",
        files=main("locals {\n  a = local.b\n  b = local.a\n}\n"),
        where="main.tf:",
        says=("Cycle: local.",),
    ),
    Mistake(
        name="module folder that is not there",
        files=main(CALL.replace("./m", "./mm")),
        where="main.tf:2",
        says=("lstat mm: no such file or directory",),
    ),
    Mistake(
        name="module path without a dot",
        files=main(CALL.replace("./m", "m/m")),
        where="main.tf:2",
        says=('use "./m/m" instead',),
        cure=main(CALL),
    ),
    Mistake(
        name="undeclared resource",
        files=main(OUTPUT.format("terraform_data.b.id")),
        where="main.tf:2",
        says=('"terraform_data" "b" has not been declared',),
    ),
    Mistake(
        name="undeclared variable",
        files=main(OUTPUT.format("var.sise")),
        where="main.tf:2",
        says=('input variable with the name "sise"',),
    ),
    Mistake(
        name="undeclared local",
        files=main(OUTPUT.format("local.x")),
        where="main.tf:2",
        says=('local value with the name "x"',),
    ),
    Mistake(
        name="undeclared module",
        files=main(OUTPUT.format("module.x.y")),
        where="main.tf:2",
        says=('No module call named "x"',),
    ),
    Mistake(
        name="duplicate block", files=main(MAIN + MAIN), where="main.tf:4", says=("already declared at main.tf:1",)
    ),
    Mistake(
        name="duplicate variable",
        files={"other.tf": VARIABLES},
        where="variables.tf:1",
        says=('variable named "size" was already declared',),
        cure={"other.tf": ""},
    ),
    Mistake(
        name="syntax error",
        files=main(RESOURCE.format("a", "input = = 1")),
        where="main.tf:2",
        says=("Invalid expression",),
    ),
    Mistake(
        name="missing brace",
        files=main('resource "terraform_data" "a" {\n  input = 1\n'),
        where="main.tf:1",
        says=("no closing brace",),
    ),
    Mistake(
        name="missing quote",
        files=main(RESOURCE.format("a", 'input = "x')),
        where="main.tf:2",
        says=("Invalid multi-line string",),
    ),
    Mistake(
        name="unknown argument",
        files=main(RESOURCE.format("a", "inputt = 1")),
        where="main.tf:2",
        says=('Did you mean "input"?',),
        cure=main(RESOURCE.format("a", "input = 1")),
    ),
    Mistake(
        name="unknown argument of a module",
        files=main(CALL.replace('  name   = "x"', '  name = "x"\n  nam = "y"')),
        where="main.tf:4",
        says=('argument named "nam"',),
        cure=main(CALL),
    ),
    Mistake(
        name="missing argument of a module",
        files=main(CALL.replace('  name   = "x"\n', "")),
        where="main.tf:1",
        says=('"name" is required',),
        cure=main(CALL),
    ),
    Mistake(
        name="unsupported attribute",
        files=main(MAIN + OUTPUT.format("terraform_data.a.idd")),
        where="main.tf:5",
        says=("idd",),
    ),
    Mistake(
        name="unknown output of a module",
        files=main(CALL + OUTPUT.format("module.m.namee")),
        where="main.tf:6",
        says=("namee",),
        cure=main(CALL + OUTPUT.format("module.m.name")),
    ),
    Mistake(
        name="invalid CIDR",
        files=main(OUTPUT.format('cidrsubnet("10.0.0.0/99", 1, 1)')),
        where="main.tf:2",
        says=("invalid CIDR address: 10.0.0.0/99",),
    ),
    Mistake(
        name="too few arguments",
        files=main(OUTPUT.format('replace("a", "b")')),
        where="main.tf:2",
        says=("Not enough function arguments",),
    ),
    Mistake(
        name="unknown function",
        files=main(OUTPUT.format('uper("a")')),
        where="main.tf:2",
        says=('Did you mean "upper"?',),
        cure=main(OUTPUT.format('upper("a")')),
    ),
    Mistake(
        name="count and for_each",
        files=main(RESOURCE.format("a", "count = 1\n  for_each = {}")),
        where="main.tf:3",
        says=('"count" and "for_each"',),
    ),
    Mistake(
        name="for_each over a list",
        files=main(RESOURCE.format("a", 'for_each = ["x"]')),
        where="main.tf:2",
        says=("must be a map, or set of strings",),
    ),
    Mistake(
        name="index that is not there",
        files=main('locals {\n  l = ["x"]\n}\n' + OUTPUT.format("local.l[3]")),
        where="main.tf:5",
        says=("Invalid index",),
    ),
    Mistake(
        name="two types in one condition",
        files=main(OUTPUT.format('var.size > "a" ? 1 : 2')),
        where="main.tf:2",
        says=("number",),
    ),
    Mistake(
        name="unreadable tfvars", files={"dev.tfvars": "size = \n"}, where="dev.tfvars:1", says=("Invalid expression",)
    ),
    Mistake(
        name="import of nothing",
        files=main('import {\n  to = terraform_data.b\n  id = "x"\n}\n'),
        where="main.tf:2",
        says=("does not exist",),
    ),
    Mistake(
        name="move to two places",
        files=main(RESOURCE.format("b", "") + MOVED.format("b") + MOVED.format("c")),
        where="main.tf:8",
        says=("Ambiguous move statements",),
    ),
    Mistake(
        name="provider of nobody",
        files=main('resource "awss_lb" "a" {}\n'),
        where="main.tf:1",
        says=("no such provider",),
        fix="correct required_providers",
    ),
    Mistake(
        name="Terraform of the future",
        files={"versions.tf": 'terraform {\n  required_version = "~> 9.0"\n}\n'},
        code=4,
        where="versions.tf:2",
        says=("another version of Terraform",),
        fix="required_version",
        cure={"versions.tf": ""},
    ),
    Mistake(
        name="failed postcondition",
        files=main(POSTCONDITION),
        where="main.tf:5 (terraform_data.a)",
        says=("too small", "size = 5 (infra/envs/dev/dev.tfvars:1)"),
        fix="correct size in infra/envs/dev/dev.tfvars:1",
        cure={"dev.tfvars": "size = 50\n"},
    ),
    Mistake(
        name="wrong tag",
        files=git_module("file://REPOSITORY?ref=v9.9.9"),
        where="main.tf:1",
        says=("ref does not exist", "v9.9.9"),
        fix="correct ?ref=",
        cure=git_module("file://REPOSITORY?ref=v1.0.0"),
    ),
    Mistake(
        name="shallow clone of a commit",
        files=git_module("file://REPOSITORY?depth=1&ref=COMMIT"),
        where="main.tf:1",
        says=("depth=",),
        fix="remove depth=",
        cure=git_module("file://REPOSITORY?ref=COMMIT"),
    ),
    Mistake(
        name="folder that the repository lacks",
        files=git_module("file://REPOSITORY//mm?ref=v1.0.0"),
        where="main.tf:2",
        says=('subdir "mm" not found',),
        cure=git_module("file://REPOSITORY?ref=v1.0.0"),
    ),
    Mistake(
        name="private repository",
        files=git_module("HTTP/401/infra.git?ref=v1.0.0"),
        code=5,
        where="main.tf:1",
        says=("git cannot sign in to 127.0.0.1",),
        fix="docs/diagnostics.md, 'Private modules'",
    ),
    Mistake(
        name="repository that is not there",
        files=git_module("HTTP/404/infra.git?ref=v1.0.0"),
        code=5,
        where="main.tf:1",
        says=("no such repository on 127.0.0.1",),
        fix="correct the module's source",
    ),
    Mistake(
        name="certificate of nobody",
        files=git_module("HTTPS/infra.git?ref=v1.0.0"),
        code=5,
        where="main.tf:1",
        says=("certificate of 127.0.0.1",),
        fix="SSL_CERT_FILE",
    ),
    Mistake(
        name="four mistakes at once",
        files=main(
            RESOURCE.format("b", "input = local.x")
            + RESOURCE.format("c", "input = var.x")
            + OUTPUT.format("terraform_data.x.id")
            + OUTPUT.format('uper("x")').replace('"o"', '"p"')
        ),
        where="main.tf:2 (terraform_data.b)",
        says=("(and 3 more)",),
        listed=(2, 5, 8, 11),
    ),
]


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with failing_servers.serving(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout with one Stack, and how it is planned."""

    root: Path
    at: Servers

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / WHERE / name
            path.parent.mkdir(parents=True, exist_ok=True)
            for word, value in {
                "REPOSITORY": str(self.at.repository),
                "COMMIT": self.at.commit,
                "HTTPS": self.at.https,
                "HTTP": self.at.http,
            }.items():
                text = text.replace(word, value)
            path.write_text(text)

    def terraform(self, **values: str) -> Terraform:
        """Terraform in the Stack, as a verb starts it."""
        folder, home = self.root / WHERE, self.root.parent / "home"
        home.mkdir(exist_ok=True)
        (home / "cli.tfrc").write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{home}"\n  }}\n}}\n'
        )
        return Terraform(
            program=Path(str(shutil.which("terraform"))),
            folder=folder,
            root=self.root,
            environment={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "TF_DATA_DIR": str(self.root / ".data"),
                "TF_CLI_CONFIG_FILE": str(home / "cli.tfrc"),
                "TF_IN_AUTOMATION": "1",
                "CHECKPOINT_DISABLE": "1",
                **values,
            },
            where=WHERE,
            var_file="dev.tfvars",
            again=Command("plan", env="dev"),
            backend_folder=self.root,
        )

    def plan(self, **values: str) -> tuple[Finding, ...]:
        """Init and plan; the warnings."""
        terraform = self.terraform(**values)
        terraform.get()
        terraform.init({}, say=lambda _: None, options=("-get=false",))
        return terraform.plan(self.root / "p", ["-var-file=dev.tfvars"]).warnings

    def error(self) -> InfragateError:
        with pytest.raises(InfragateError) as caught:
            self.plan()
        return caught.value


@pytest.fixture
def checkout(tmp_path: Path, at: Servers) -> Checkout:
    made = Checkout(tmp_path / "checkout", at)
    made.write(GOOD)
    return made


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_has_its_class_its_line_and_a_fix_that_cures_it(checkout: Checkout, mistake: Mistake) -> None:
    checkout.write(mistake.files)
    error = checkout.error()
    assert error.exit_code == mistake.code, error.message
    assert str(error.where).startswith(f"{WHERE}/{mistake.where}"), (error.where, error.message)
    for words in mistake.says:
        assert words in error.message
    fix = DEFAULT_CALLER.spell(error.fix or "")
    assert mistake.fix in fix
    assert "doctor" not in fix
    if mistake.code == 3:
        assert fix.endswith(AGAIN)
    if mistake.listed:
        assert tuple(finding.line for finding in error.findings) == mistake.listed
    checkout.write(GOOD if mistake.cure is None else mistake.cure)
    checkout.plan()


def test_a_mistyped_name_in_the_values_is_a_warning_at_its_line_with_the_name_that_was_meant(
    checkout: Checkout,
) -> None:
    checkout.write({"dev.tfvars": "size = 5\n\nsixe = 6\n"})
    (warning,) = checkout.plan()
    assert (warning.where, warning.fails) == (f"{WHERE}/dev.tfvars:3", False)
    assert "Did you mean size?" in warning.message
    assert "TF_VAR" not in warning.message


def test_every_failed_check_is_named_with_its_message(checkout: Checkout) -> None:
    check = (
        'check "{0}" {{\n  assert {{\n    condition     = var.size > 9\n    error_message = "{0} is small"\n  }}\n}}\n'
    )
    checkout.write({"main.tf": MAIN + check.format("cache") + check.format("disk")})
    assert [(warning.address, warning.message, warning.where) for warning in checkout.plan()] == [
        ("check.cache", "Check block assertion failed: cache is small", f"{WHERE}/main.tf:6"),
        ("check.disk", "Check block assertion failed: disk is small", f"{WHERE}/main.tf:12"),
    ]


def test_a_value_that_fails_in_a_module_leads_to_the_line_that_sets_it(checkout: Checkout) -> None:
    checkout.write(
        {
            "m/main.tf": 'variable "deep" {}\n\nresource "terraform_data" "x" {\n  input = var.deep\n\n  lifecycle {\n'
            '    precondition {\n      condition     = var.deep > 9\n      error_message = "too small"\n    }\n  }\n}\n',
            "main.tf": 'locals {\n  size = var.size\n}\n\nmodule "m" {\n  source = "./m"\n  deep   = local.size\n}\n',
        }
    )
    error = checkout.error()
    assert error.where == f"{WHERE}/m/main.tf:8 (module.m.terraform_data.x)"
    assert DEFAULT_CALLER.spell(error.fix or "") == f"correct size in {WHERE}/dev.tfvars:1, then {AGAIN}"


def test_a_secret_value_is_not_shown_with_its_line(checkout: Checkout) -> None:
    checkout.write(
        {
            "variables.tf": 'variable "size" {\n  type      = number\n  sensitive = true\n}\n',
            "dev.tfvars": 'size = "hunter22"\n',
        }
    )
    error = checkout.error()
    assert DEFAULT_CALLER.spell(error.fix or "") == f"correct size in {WHERE}/dev.tfvars:1, then {AGAIN}"
    assert "hunter22" not in error.message + str(error.findings)


def test_what_the_rest_of_the_configuration_lacks_is_said_with_a_missing_variable(checkout: Checkout) -> None:
    checkout.write({"dev.tfvars": "\n", "main.tf": OUTPUT.format("local.x")})
    places = [finding.where for finding in checkout.error().findings]
    assert places == [f"{WHERE}/main.tf:2", f"{WHERE}/variables.tf:1"]


def test_a_checkout_of_another_user_is_cured_by_the_command_that_is_named(tmp_path: Path) -> None:
    failing_servers.checkout_of_another(tmp_path / "others")
    home = tmp_path / "home"
    home.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    say = 'from pathlib import Path; from infragate.adapters import git; git.head_commit(Path("{}"))'.format(
        tmp_path / "others"
    )
    python = [
        sys.executable,
        "-c",
        f"import sys\ntry:\n    {say}\nexcept Exception as error:\n    print(error.fix); sys.exit(error.exit_code)",
    ]
    first = subprocess.run(python, env=environment, capture_output=True, text=True, check=False)
    assert (first.returncode, first.stdout) == (4, f"git config --global --add safe.directory {tmp_path / 'others'}\n")
    subprocess.run(first.stdout, shell=True, env=environment, check=True)
    assert subprocess.run(python, env=environment, check=False).returncode == 0


def test_an_ephemeral_value_is_in_no_plan_and_given_again_at_apply(checkout: Checkout) -> None:
    checkout.write({"extra.tf": 'variable "key" {\n  type      = string\n  ephemeral = true\n}\n'})
    checkout.plan(TF_VAR_key="hunter22-hunter22")
    assert b"hunter22" not in (checkout.root / "p").read_bytes()
    without = checkout.terraform().apply(checkout.root / "p", lambda _: None, lambda _: None)
    assert "No value for required variable" in checkout.terraform().failure(without).message
    applied = checkout.terraform(TF_VAR_key="another").apply(checkout.root / "p", lambda _: None, lambda _: None)
    assert (applied.returncode, applied.done) == (0, ("terraform_data.a",))
