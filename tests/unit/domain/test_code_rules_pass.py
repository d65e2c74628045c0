"""Legitimate code, as registries and projects have it: no Finding."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.judged_code import judged

FILES = {
    "x.json": "{}",
    "policies/a.json": "{}",
    "policies/b.json": "{}",
    "templates/user_data.sh.tftpl": "#!/bin/sh\n%{ for name in names ~}\necho ${name} $${HOME}\n%{ endfor ~}\n",
    "lambda/index.py": "x = 1\n",
    "m/main.tf": 'variable "file" {\n  type    = string\n  default = "x.json"\n}\n\n'
    'output "text" {\n  value = file("${path.module}/${var.file}")\n}\n',
    "m/x.json": "{}",
    "m/y.json": "{}",
    "dev.tfvars": 'env = "dev"\nnames = ["a", "b"]\npolicies = { one = "a.json", two = "b.json" }\n',
    "policies/dev.json": "{}",
}
VARIABLES = 'variable "env" {\n  type = string\n}\nvariable "names" {\n  type = list(string)\n}\nvariable "policies" {\n  type = map(string)\n}\n'
CODE = {
    "provider": 'provider "aws" {\n  region              = var.region\n  allowed_account_ids = [var.account]\n\n'
    "  default_tags {\n    tags = local.tags\n  }\n}\n",
    "alias": 'provider "aws" {\n  alias  = "us"\n  region = "us-east-1"\n  ignore_tags {\n    keys = ["a"]\n  }\n}\n',
    "required providers": 'terraform {\n  required_version = ">= 1.11"\n  required_providers {\n    aws = {\n'
    '      source                = "hashicorp/aws"\n      version               = "~> 5.0"\n'
    "      configuration_aliases = [aws.us]\n    }\n  }\n}\n",
    "old required providers": 'terraform {\n  required_providers {\n    aws = "~> 5.0"\n  }\n}\n',
    "backend": 'terraform {\n  backend "s3" {\n    bucket  = "b"\n    key     = "k"\n    region  = "r"\n    encrypt = true\n  }\n}\n',
    "policy document": 'data "aws_iam_policy_document" "x" {\n  statement {\n    actions = ["s3:GetObject"]\n'
    '    resources = ["${aws_s3_bucket.b.arn}/*"]\n    principals {\n      type = "Service"\n      identifiers = ["x"]\n    }\n  }\n}\n',
    "jsonencode of a file": 'resource "aws_iam_policy" "x" {\n  policy = jsonencode(jsondecode(file("${path.module}/x.json")))\n}\n',
    "relative file": 'locals {\n  a = file("x.json")\n  b = file("./x.json")\n  c = filemd5("${path.root}/x.json")\n}\n',
    "absolute name of a file": 'locals {\n  a = file(abspath("${path.module}/x.json"))\n  b = abspath(path.module)\n}\n',
    "working folder": 'locals {\n  a = file("${path.cwd}/x.json")\n}\n',
    "file of a parent folder": 'locals {\n  a = fileexists("${path.module}/../shared/x.json")\n}\n',
    "missing file": 'locals {\n  a = fileexists("${path.module}/none.json") ? file("${path.module}/none.json") : ""\n}\n',
    "template": 'resource "aws_launch_template" "x" {\n  user_data = base64encode(templatefile(\n'
    '    "${path.module}/templates/user_data.sh.tftpl",\n    { names = var.names },\n  ))\n}\n',
    "for_each of fileset": 'resource "aws_iam_policy" "x" {\n  for_each = fileset("${path.module}/policies", "*.json")\n'
    '  name     = trimsuffix(each.value, ".json")\n  policy   = file("${path.module}/policies/${each.value}")\n}\n',
    "for_each of toset": 'resource "aws_iam_policy" "x" {\n  for_each = toset(["a", "b"])\n'
    '  policy   = file("${path.module}/policies/${each.key}.json")\n}\n',
    "for over fileset": 'locals {\n  all = { for f in fileset(path.module, "policies/*.json") : f => file("${path.module}/${f}") }\n}\n',
    "nested for": 'locals {\n  folder = "${path.module}/policies"\n  all = {\n    for f in fileset(local.folder, "**") :\n'
    '    basename(f) => jsondecode(file("${local.folder}/${f}")) if endswith(f, ".json")\n  }\n}\n',
    "map of file names": 'locals {\n  files = { a = "a.json", b = "b.json" }\n}\n'
    'resource "aws_iam_policy" "x" {\n  for_each = local.files\n  policy = file("${path.module}/policies/${each.value}")\n}\n',
    "map of objects": 'locals {\n  p = { one = { file = "a.json", size = 1 }, two = { file = "b.json", size = 2 } }\n}\n'
    'resource "aws_iam_policy" "x" {\n  for_each = local.p\n  policy = file("${path.module}/policies/${each.value.file}")\n}\n',
    "value of the tfvars": VARIABLES + 'locals {\n  a = file("${path.module}/policies/${var.env}.json")\n}\n',
    "map of the tfvars": VARIABLES + 'resource "aws_iam_policy" "x" {\n  for_each = var.policies\n'
    '  policy = file("${path.module}/policies/${each.value}")\n}\n',
    "default of a variable": 'variable "f" {\n  default = "x.json"\n}\nlocals {\n  a = file(var.f)\n}\n',
    "condition": 'locals {\n  a = file(var.prod ? "x.json" : "${path.module}/policies/a.json")\n}\n',
    "workspace": 'locals {\n  a = fileexists("${path.module}/${terraform.workspace}.json")\n}\n',
    "local module": 'module "m" {\n  source = "./m"\n}\n',
    "local module with a file": 'module "m" {\n  source = "./m"\n  file   = "y.json"\n}\n',
    "local module for each": 'module "m" {\n  source   = "./m"\n  for_each = toset(["x.json", "y.json"])\n  file     = each.value\n}\n',
    "dynamic": 'resource "aws_x" "x" {\n  dynamic "statement" {\n    for_each = fileset("${path.module}/policies", "*.json")\n'
    '    content {\n      policy = file("${path.module}/policies/${statement.value}")\n    }\n  }\n}\n',
    "lambda": 'resource "aws_lambda_function" "x" {\n  filename         = "${path.module}/lambda.zip"\n'
    '  source_code_hash = filebase64sha256("${path.module}/lambda.zip")\n}\n',
    "objects of a folder": 'resource "aws_s3_object" "x" {\n  for_each = fileset("${path.module}/lambda", "**/*.py")\n'
    '  source   = "${path.module}/lambda/${each.value}"\n  etag     = filemd5("${path.module}/lambda/${each.value}")\n}\n',
    "object with content": 'resource "aws_s3_object" "x" {\n  content = "x"\n  source = null\n}\n',
    "heredoc": 'locals {\n  a = <<-EOT\n    provider "aws" { profile = "x" }\n    file("/etc/passwd") # not code\n    $${file("x")}\n  EOT\n}\n',
    "comments": '# file("/etc/passwd")\n// provisioner "local-exec" {}\n/* data "http" "x" {} */\nlocals {\n  a = 1 # x\n}\n',
    "words in strings": 'variable "file" {\n  description = "file(\\"/etc/passwd\\") and provisioner"\n}\n',
    "one-line blocks": 'variable "a" { type = string }\noutput "b" { value = var.a }\nlocals {}\n',
    "blocks of Terraform": 'moved {\n  from = aws_x.a\n  to   = aws_x.b\n}\nimport {\n  to = aws_x.b\n  id = "x"\n}\n'
    'removed {\n  from = aws_x.c\n  lifecycle {\n    destroy = false\n  }\n}\ncheck "h" {\n  assert {\n    condition = true\n'
    '    error_message = "x"\n  }\n}\n',
    "provider functions": 'locals {\n  a = provider::aws::arn_parse("arn:aws:s3:::b")\n  b = provider::terraform::encode_tfvars({})\n}\n',
    "terraform_data": 'resource "terraform_data" "x" {\n  input = sensitive("x")\n}\nephemeral "aws_secretsmanager_secret_version" "y" {\n  secret_id = "x"\n}\n',
    "expressions": "locals {\n  a = [for k, v in var.m : v... if v != null]\n  b = { for k, v in var.m : k => v... }\n"
    '  c = var.x[*].y\n  d = var.x.*.y[0]\n  e = "%{ if var.x }a%{ else }b%{ endif }"\n  f = -1.5e3 + 2 % 3\n'
    '  g = !var.x && (var.y || var.z) ? 1 : 2\n  h = "${"nested ${"string"}"}"\n  i = { "a" : 1, (var.b) = 2, c = 3 }\n}\n',
    "windows line ends": 'locals {\r\n  a = <<EOT\r\nx\r\nEOT\r\n  b = file("x.json")\r\n}\r\n',
    "byte order mark": "\ufefflocals {\n  a = 1\n}\n",
    "other alphabets": 'locals {\n  이름   = "값"\n  größe = 1\n}\n',
}


@pytest.mark.parametrize("text", CODE.values(), ids=CODE.keys())
def test_legitimate_code_passes(tmp_path: Path, text: str) -> None:
    assert judged(tmp_path, {**FILES, "a.tf": text}) == ()


@pytest.mark.parametrize("place", ["infra/envs/dev", "infra/envs/stg", "infra/envs/prod", "examples/fileflow-minimal"])
def test_this_repository_s_own_stacks_pass(place: str, tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    files = {path.name: path.read_text() for path in (root / place).iterdir() if path.suffix in (".tf", ".tfvars")}
    assert {finding.id for finding in judged(tmp_path, files)} <= {"module-lock/unlocked"}


@pytest.mark.parametrize("name", ["alarms", "alb", "ecs_service", "iam", "rds", "sg", "vpc"])
def test_the_modules_that_the_centre_publishes_pass(name: str, tmp_path: Path) -> None:
    folder = Path(__file__).parents[3] / "modules" / name
    files = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.tf")}
    assert judged(tmp_path, files) == ()
