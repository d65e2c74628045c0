"""Hostile code and its Findings, in both syntaxes. What must pass is in test_code_rules_pass.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.judged_code import STACK, judged, rules

AWS = 'provider "aws" {{\n  alias = "x"\n  {}\n}}\n'
LOCAL = "locals {{\n  a = {}\n}}\n"
MODULE = 'module "m" {{\n  source = {}\n}}\n'
ARGUMENTS = [
    'shared_config_files = ["${path.module}/evil.aws"]',
    "shared_credentials_files = [pathexpand(var.x)]",
    'profile = "evil"',
    'access_key = "AKIA"',
    'secret_key = "x"',
    'token = "x"',
    'http_proxy = "http://127.0.0.1:1"',
    'https_proxy = "http://127.0.0.1:1"',
    'custom_ca_bundle = "x.pem"',
    'ec2_metadata_service_endpoint = "http://127.0.0.1:1"',
    'sts_region = "x"',
    "insecure = true",
    "skip_credentials_validation = true",
    "skip_requesting_account_id = true",
    "skip_region_validation = true",
    'endpoints {\n    sts = "http://127.0.0.1:1"\n  }',
    'assume_role {\n    role_arn = "x"\n  }',
    'assume_role_with_web_identity {\n    web_identity_token_file = "/proc/self/environ"\n  }',
    'dynamic "assume_role" {\n    for_each = [1]\n    content {\n      role_arn = "x"\n    }\n  }',
    'dynamic "endpoints" {\n    for_each = [1]\n    content {}\n  }',
]
PATHS = [
    'file("/etc/passwd")',
    'core::file("/etc/passwd")',
    'file ("/etc/passwd")',
    'file /* here */ ("/etc/passwd")',
    '(file\n("/etc/passwd"))',
    'filebase64("/proc/self/environ")',
    'fileexists("/home/kim/.ssh/id_rsa")',
    'filemd5("/etc/passwd")',
    'filesha1("/etc/passwd")',
    'filesha256("/etc/passwd")',
    'filesha512("/etc/passwd")',
    'filebase64sha256("/etc/passwd")',
    'filebase64sha512("/etc/passwd")',
    'templatefile("/etc/passwd", {})',
    'fileset("/proc", "[0-9]*/environ")',
    'fileset(path.module, "../../**")',
    'fileset("${path.module}/{a,/etc}", "*")',
    'file("~/.aws/credentials")',
    'file(pathexpand("~/.aws/credentials"))',
    'pathexpand("~/.aws/credentials")',
    'file("../../../../../../../../etc/passwd")',
    'file("${path.module}/../../../../../../../../etc/passwd")',
    'file("${path.cwd}/../../../.git/config")',
    'file("${path.root}/${var.unknown}")',
    'file(join("/", ["", "etc", "passwd"]))',
    'file(format("%s%s", "/etc", "/passwd"))',
    'file(base64decode("L2V0Yy9wYXNzd2Q="))',
    "file(data.aws_ssm_parameter.x.value)",
    'file("${path.module}/${terraform_data.x.output}")',
    'file("\\u002fetc/passwd")',
    'file("${"/etc"}/passwd")',
    'file(true ? "/etc/passwd" : "a.json")',
    'file(var.unknown ? "a.json" : "/etc/passwd")',
    'file(["a.json", "/etc/passwd"][1])',
    'file({ a = "/etc/passwd" }["a"])',
    "file(<<E\n/etc/passwd\nE\n  )",
    '[for path in [{ module = "/etc" }] : file("${path.module}/passwd")]',
    '[for p in fileset("/proc", "[0-9]*/environ") : filebase64("/proc/${p}")]',
    '{ for i, p in ["/etc/passwd"] : i => file(p) }',
    '"%{ for path in [1] }${file("${path.module}/x")}%{ endfor }"',
    '"%{ if file("/etc/passwd") == "" }x%{ endif }"',
    '"${~ file("/etc/passwd") ~}"',
    '"a ${ "b ${ file("/etc/passwd") } c" } d"',
    '{ (file("/etc/passwd")) = 1 }',
    '{ "${file("/etc/passwd")}" = 1 }',
    'try(file("/etc/passwd"), "")',
    '<<-E\n    ${file("/etc/passwd")}\n  E',
    '<<E\nE x\n${file("/etc/passwd")}\nE',
]
BLOCKS = {
    "code/provisioner": [
        'resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "x"\n  }\n}\n',
        'resource "terraform_data" "a" {\n  connection {\n    host = "x"\n  }\n}\n',
        'removed {\n  from = terraform_data.a\n  provisioner "local-exec" {\n    when = destroy\n    command = "x"\n  }\n}\n',
    ],
    "code/data-source": [
        'data "external" "a" {\n  program = ["x"]\n}\n',
        'data "http" "a" {\n  url = "http://x"\n}\n',
        'data "terraform_remote_state" "a" {\n  backend = "http"\n}\n',
        'check "a" {\n  data "http" "a" {\n    url = "http://x"\n  }\n}\n',
        'data "local_file" "a" {\n  filename = "/etc/passwd"\n}\n',
    ],
    "code/provider": [
        'resource "null_resource" "a" {}\n',
        'data "external" "a" {}\n',
        'ephemeral "random_password" "a" {}\n',
        'provider "evil" {}\n',
        'resource "aws_x" "a" {\n  provider = evil.b\n}\n',
        'terraform {\n  required_providers {\n    aws = { source = "evil/aws" }\n  }\n}\n',
        'terraform {\n  required_providers {\n    aws = { source = "registry.example.com/hashicorp/aws" }\n  }\n}\n',
        'terraform {\n  required_providers {\n    aws = { "source" = "evil/aws" }\n  }\n}\n',
        'terraform {\n  required_providers {\n    aws = { ("sour${"ce"}") = "evil/aws" }\n  }\n}\n',
        "terraform {\n  required_providers {\n    aws = local.x\n  }\n}\n",
        'terraform {\n  required_providers {\n    aws = "5.0"\n    evil = "1.0"\n  }\n}\n',
        'terraform {\n  provider_meta "evil" {}\n}\n',
        'import {\n  to = aws_x.a\n  id = "x"\n  provider = evil.x\n}\n',
        'module "m" {\n  source = "./m"\n  providers = { aws = evil.x }\n}\n',
        "locals {\n  a = provider::evil::run()\n}\n",
        "locals {\n  a = provider :: evil /* x */ :: run()\n}\n",
    ],
    "code/backend": [
        'terraform {\n  cloud {\n    organization = "x"\n  }\n}\n',
        'terraform {\n  backend "http" {\n    address = "http://x"\n  }\n}\n',
        'terraform {\n  backend "s3" {\n    shared_config_files = ["x"]\n  }\n}\n',
        'terraform {\n  backend "s3" {\n    assume_role = { role_arn = "x" }\n  }\n}\n',
        'terraform {\n  backend "s3" {\n    endpoints {\n      s3 = "x"\n    }\n  }\n}\n',
    ],
    "code/unknown-block": [
        'action "aws_x" "a" {}\n',
        'list "aws_x" "a" {}\n',
        'terraform {\n  state_store "x" {}\n}\n',
    ],
    "code/module-source": [
        'module "m" {\n  source = var.x\n}\n',
        'module "m" {\n  source = "git::https://${var.host}/a.git?ref=v1"\n}\n',
        'module "m" {\n  source = "git::https://user:word@example.com/a.git?ref=v1"\n}\n',
        'module "m" {\n  source = "git::https://ghp_token@example.com/a.git?ref=v1"\n}\n',
        'module "m" {\n  source = "ext::sh -c x"\n}\n',
        'module "m" {\n  source = "git::ext::sh -c x"\n}\n',
        'module "m" {\n  source = "/etc"\n}\n',
        'module "m" {\n  source = "file:///etc"\n}\n',
        'module "m" {\n  source = "git::file:///srv/a.git?ref=v1"\n}\n',
        'module "m" {\n  source = "../../../../../../../../../../etc"\n}\n',
    ],
    "module-lock/unlocked": ['module "m" {\n  source = "git::https://example.com/a.git?ref=v1"\n}\n'],
    "module-lock/unpinned": [
        'module "m" {\n  source = "git::https://example.com/a.git"\n}\n',
        'module "m" {\n  source = "https://example.com/a.zip"\n}\n',
        'module "m" {\n  source  = "a/b/aws"\n  version = "~> 1.0"\n}\n',
    ],
    "code/path-argument": [
        'resource "aws_s3_object" "a" {\n  source = "/proc/self/environ"\n}\n',
        'resource "aws_s3_object" "a" {\n  source = var.x\n}\n',
        'resource "aws_lambda_function" "a" {\n  filename = "~/.aws/credentials"\n}\n',
    ],
    "code/unreadable": [
        'locals {\n  a = "\n}\n',
        "locals {\n  a = <<E\n}\n",
        "locals {\n  a = 1 b = 2\n}\n",
        "locals {\n  a = [1\n}\n",
        "locals {\n  /* a = 1\n}\n",
        "locals {\n  a = `x`\n}\n",
        "a = 1\n",
        'module "x${1}" {\n}\n',
        "locals {\n  a = " + "[" * 300 + "]" * 300 + "\n}\n",
    ],
    "code/nonsensitive": ["locals {\n  a = nonsensitive(var.x)\n}\n"],
}


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_an_argument_of_a_provider_that_is_not_allowed_is_refused(tmp_path: Path, argument: str) -> None:
    (finding,) = [
        finding
        for finding in judged(tmp_path, {"a.tf": AWS.format(argument)})
        if finding.id == "code/provider-argument"
    ]
    assert (finding.file, finding.line, finding.fails) == (f"{STACK}/a.tf", 3, True)


@pytest.mark.parametrize("expression", PATHS)
def test_a_path_outside_or_one_that_is_not_known_is_refused(tmp_path: Path, expression: str) -> None:
    files = {"a.tf": LOCAL.format(expression), "a.json": "{}", "passwd": ""}
    assert "code/function-path" in rules(tmp_path, files)


@pytest.mark.parametrize("expression", [path for path in PATHS if path.startswith(("file", "core", "templatefile("))])
def test_a_path_in_json_syntax_is_judged_alike(tmp_path: Path, expression: str) -> None:
    document = {"locals": {"//": "a comment", "a": [{"b": "${" + expression + "}"}]}}
    files = {"a.tf.json": json.dumps([document]), "a.json": "{}", "passwd": ""}
    assert "code/function-path" in rules(tmp_path, files)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in BLOCKS.items() for text in texts])
def test_a_block_is_refused_by_its_rule(tmp_path: Path, rule: str, text: str) -> None:
    (tmp_path / STACK / "m").mkdir(parents=True)
    assert rule in rules(tmp_path, {"a.tf": text})


JSON: dict[str, list[dict[str, Any]]] = {
    "code/provider-argument": [
        {"provider": {"aws": {"profile": "x"}}},
        {"provider": [{"aws": [{"region": "x"}, {"endpoints": [{"s3": "x"}]}]}]},
        {"provider": {"aws": {"dynamic": {"assume_role": {"for_each": [1], "content": {}}}}}},
    ],
    "code/provisioner": [
        {"resource": {"terraform_data": {"a": {"provisioner": {"local-exec": {"command": "x"}}}}}},
        {"resource": [{"terraform_data": [{"a": [{"provisioner": [{"local-exec": {"command": "x"}}]}]}]}]},
        {"resource": {"terraform_data": {"a": {"provisioner": [1]}, "b": {"connection": {"host": "x"}}}}},
        {"removed": {"from": "terraform_data.a", "provisioner": {"local-exec": {"when": "destroy"}}}},
    ],
    "code/data-source": [
        {"data": {"external": {"a": {"program": ["x"]}}}},
        {"check": {"a": {"data": {"http": {"a": {"url": "x"}}}}}},
    ],
    "code/provider": [
        {"terraform": {"required_providers": {"aws": {"source": "evil/aws"}}}},
        {"terraform": [{"required_providers": [{"aws": {"source": "evil/aws"}}]}]},
        {"resource": {"aws_x": {"a": {"provider": "evil.b"}}}},
        {"module": {"m": {"source": "./m", "providers": {"aws": "evil.b"}}}},
        {"locals": {"a": "${provider::evil::run()}"}},
    ],
    "code/backend": [
        {"terraform": {"backend": {"s3": {"shared_config_files": ["x"]}}}},
        {"terraform": {"backend": {"http": {}}}},
        {"terraform": {"cloud": {"organization": "x"}}},
    ],
    "code/module-source": [{"module": {"m": {"source": "ext::x"}}}, {"module": [{"m": [{"source": "/etc"}]}]}],
    "code/unknown-block": [{"action": {"aws_x": {"a": {}}}}],
    "code/unreadable": [{"module": "x"}, {"locals": {"a": "${"}}, {"resource": {"x": 1}}],
}


@pytest.mark.parametrize(
    ("rule", "document"), [(rule, document) for rule, documents in JSON.items() for document in documents]
)
def test_json_syntax_is_refused_by_the_same_rule(tmp_path: Path, rule: str, document: dict[str, Any]) -> None:
    (tmp_path / STACK / "m").mkdir(parents=True)
    assert rule in rules(tmp_path, {"a.tf.json": json.dumps(document)})


def test_escapes_in_json_syntax_hide_nothing(tmp_path: Path) -> None:
    assert rules(tmp_path, {"a.tf.json": r'{"mod\u0075le": {"m": {"s\u006furce": "ext::x"}}}'}) == {
        "code/module-source"
    }
    assert rules(tmp_path, {"a.tf.json": r'{"locals": {"a": "$\u007bf\u0069le(\u0022/etc/passwd\u0022)}"}}'}) == {
        "code/function-path"
    }


def test_the_line_of_a_finding_in_json_syntax_is_that_of_the_value(tmp_path: Path) -> None:
    text = json.dumps({"provider": {"aws": {"region": "x", "profile": "evil"}}}, indent=1)
    (finding,) = judged(tmp_path, {"a.tf.json": text})
    assert finding.line == text[: text.index("evil")].count("\n") + 1


def test_a_file_that_terraform_reads_although_it_looks_like_a_backup_is_judged(tmp_path: Path) -> None:
    assert rules(tmp_path, {"~a.tf": LOCAL.format('file("/etc/passwd")')}) == {"code/function-path"}
    assert rules(tmp_path, {"~a.tf": "", "#a.tf": 'data "http" "x" {}\n'}) >= {"code/data-source"}


def test_an_override_file_is_judged(tmp_path: Path) -> None:
    override = 'module "m" {\n  source = "ext::sh"\n}\n'
    files = {"a.tf": 'module "m" {\n  source = "./m"\n}\n', "m/a.tf": "", "override.tf": override}
    assert rules(tmp_path, files) == {"code/module-source"}


def test_a_local_module_is_judged_with_what_its_call_passes(tmp_path: Path) -> None:
    call = 'module "m" {{\n  source = "./m"\n  name   = {}\n}}\n'
    inner = 'variable "name" {\n  type = string\n}\nlocals {\n  a = file("${path.module}/${var.name}")\n}\n'
    files = {"m/a.tf": inner, "m/a.json": "{}"}
    assert rules(tmp_path, {**files, "a.tf": call.format('"a.json"')}) == set()
    assert rules(tmp_path, {**files, "a.tf": call.format('"../../../../../../../etc/passwd"')}) == {
        "code/function-path"
    }


def test_a_template_is_judged_as_code(tmp_path: Path) -> None:
    code = LOCAL.format('templatefile("${path.module}/a.tpl", { x = 1 })')
    assert rules(tmp_path, {"a.tf": code, "a.tpl": "hello ${x}\n%{ if x == 1 ~}\nyes\n%{ endif ~}\n"}) == set()
    assert rules(tmp_path, {"a.tf": code, "a.tpl": '${file("/etc/passwd")}'}) == {"code/function-path"}
    assert rules(tmp_path, {"a.tf": code, "a.tpl": "${file(x)}"}) == {"code/function-path"}
    assert rules(tmp_path, {"a.tf": code, "a.tpl": "${"}) == {"code/unreadable"}


def test_a_value_that_terraform_converts_is_not_known(tmp_path: Path) -> None:
    """`010` of a number is 10: another file."""
    variable = 'variable "n" {\n  type    = number\n  default = "010"\n}\n'
    code = variable + LOCAL.format('templatefile("${path.module}/${var.n}", {})')
    assert rules(tmp_path, {"a.tf": code, "10": '${file("/etc/passwd")}', "010": ""}) == {"code/function-path"}


def test_references_without_an_end_are_given_up_at_once(tmp_path: Path) -> None:
    names = "".join(f"  a{n} = true ? local.a{n + 1} : local.a{n + 1}\n" for n in range(40))
    circle = "  b = local.b\n"
    code = f"locals {{\n{names}{circle}  x = file(local.a0)\n  y = file(local.b)\n}}\n"
    assert len(judged(tmp_path, {"a.tf": code})) == 2
