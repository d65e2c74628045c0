"""What was added by hand, as code: import block and resource of each kind, or why there can be none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.adapters.terraform import hcl
from infragate.domain.drift import added_policies, bucket_access, listener_rules
from infragate.domain.drift import security_group_rules as rules
from infragate.domain.drift.addition import Addition, Adoption
from infragate.domain.drift.managed import Managed
from infragate.domain.drift.unowned import Extra
from infragate.domain.terraform.state_file import Resource

LISTENER, RULE = (
    "arn:aws:elasticloadbalancing:r:1:listener/app/b/1/2",
    "arn:aws:elasticloadbalancing:r:1:listener-rule/7",
)
GROUP = "arn:aws:elasticloadbalancing:r:1:targetgroup/t/1"


def code(extra: Extra) -> list[str]:
    """The lines of its code, without the names that hold a digest."""
    assert extra.adoption is not None, extra.obstacle
    name = extra.adoption.address.partition(".")[2]
    return [line.strip() for line in extra.adoption.code.replace(name, "NAME").splitlines() if line.strip()]


def group_rule(**answer: Any) -> Extra:
    usual = {"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-1", "GroupOwnerId": "1", "IsEgress": False}
    ports = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5433}
    (extra,) = rules.extras([{**usual, **ports, **answer}], rules.owned(()), frozenset())
    return extra


def test_a_rule_of_a_security_group() -> None:
    extra = group_rule(CidrIpv4="0.0.0.0/0", Description='quick "look"')
    assert code(extra) == [
        "import {",
        "to = aws_vpc_security_group_ingress_rule.NAME",
        'id = "sgr-1"',
        "}",
        'resource "aws_vpc_security_group_ingress_rule" "NAME" {',
        'security_group_id = "sg-1"',
        'description       = "quick \\"look\\""',
        'ip_protocol       = "tcp"',
        "from_port         = 5432",
        "to_port           = 5433",
        'cidr_ipv4         = "0.0.0.0/0"',
        "}",
    ]
    removal = "aws ec2 revoke-security-group-ingress --group-id sg-1 --security-group-rule-ids sgr-1"
    assert extra.addition.command == removal


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ({"CidrIpv6": "::/0"}, 'cidr_ipv6         = "::/0"'),
        ({"PrefixListId": "pl-1"}, 'prefix_list_id    = "pl-1"'),
        ({"ReferencedGroupInfo": {"GroupId": "sg-2"}}, 'referenced_security_group_id = "sg-2"'),
        ({"ReferencedGroupInfo": {"GroupId": "sg-2", "UserId": "1"}}, 'referenced_security_group_id = "sg-2"'),
        ({"ReferencedGroupInfo": {"GroupId": "sg-2", "UserId": "2"}}, 'referenced_security_group_id = "2/sg-2"'),
    ],
    ids=str,
)
def test_each_source_of_a_rule_has_its_argument(answer: dict[str, Any], line: str) -> None:
    assert line in code(group_rule(**answer))


def test_every_code_of_a_type_of_icmp_is_not_written() -> None:
    written = code(group_rule(IpProtocol="icmp", FromPort=8, ToPort=-1, CidrIpv4="10.0.0.0/8"))
    assert [line for line in written if "_port" in line] == ["from_port         = 8"]


def test_a_rule_for_all_traffic_has_no_ports() -> None:
    extra = group_rule(IsEgress=True, IpProtocol="-1", FromPort=-1, ToPort=-1, CidrIpv4="0.0.0.0/0")
    assert code(extra)[4:] == [
        'resource "aws_vpc_security_group_egress_rule" "NAME" {',
        'security_group_id = "sg-1"',
        'ip_protocol       = "-1"',
        'cidr_ipv4         = "0.0.0.0/0"',
        "}",
    ]


@pytest.mark.parametrize("kind", ["role", "user", "group"])
def test_policies_of_roles_users_and_groups(kind: str) -> None:
    resource = Resource(address=f"aws_iam_{kind}.x", type=f"aws_iam_{kind}", attributes={"name": "task"})
    holder = added_policies.holder(resource, Managed(resources=(resource,)))
    (attached,) = added_policies.attached(holder, ["arn:aws:iam::aws:policy/AmazonS3FullAccess"])
    inline = added_policies.inline(holder, "debug", {"Statement": [{"Resource": "${aws:username}"}]})
    assert code(attached)[1:3] == [
        f"to = aws_iam_{kind}_policy_attachment.NAME",
        'id = "task/arn:aws:iam::aws:policy/AmazonS3FullAccess"',
    ]
    assert code(attached)[5:7] == [
        f'{kind:<10} = "task"',
        'policy_arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"',
    ]
    assert code(inline)[1:3] == [f"to = aws_iam_{kind}_policy.NAME", 'id = "task:debug"']
    assert 'Resource = "$${aws:username}"' in code(inline)
    assert attached.addition.command.startswith(f"aws iam detach-{kind}-policy --{kind}-name task --policy-arn arn:")
    assert inline.addition.command == f"aws iam delete-{kind}-policy --{kind}-name task --policy-name debug"


def test_a_bucket_policy() -> None:
    extra = bucket_access.policy("files", json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*"}]}))
    assert code(extra)[1:3] == ["to = aws_s3_bucket_policy.NAME", 'id = "files"']
    assert code(extra)[5:7] == ['bucket = "files"', "policy = jsonencode({"]


def test_a_public_access_block_that_is_partly_off_is_one_resource() -> None:
    extras = list(bucket_access.public_access("files", {"BlockPublicAcls": True, "IgnorePublicAcls": True}))
    assert len({extra.adoption.address for extra in extras if extra.adoption}) == 1
    assert code(extras[0])[5:] == [
        'bucket                  = "files"',
        "block_public_acls       = true",
        "block_public_policy     = false",
        "ignore_public_acls      = true",
        "restrict_public_buckets = false",
        "}",
    ]


def test_what_cannot_be_imported_says_what_to_do_instead() -> None:
    absent = next(bucket_access.public_access("files", {}))
    (grant,) = bucket_access.grants("files", {"Owner": {"ID": "me"}, "Grants": [{"Grantee": {"ID": "you"}}]})
    sign_in = listener_rule(actions=[{"Type": "authenticate-oidc"}])
    assert (absent.adoption, grant.adoption, sign_in.adoption) == (None, None, None)
    assert "write aws_s3_bucket_public_access_block and apply it" in absent.obstacle
    assert "write the right as a bucket policy" in grant.obstacle
    assert "AWS does not tell the secret" in sign_in.obstacle


def listener_rule(**parts: Any) -> Extra:
    answer = {"Type": "forward", "Order": 1, "TargetGroupArn": GROUP}
    conditions = [{"Field": "path-pattern", "Values": ["/a"], "PathPatternConfig": {"Values": ["/a"]}}]
    rule = {"RuleArn": RULE, "Priority": "7", "Actions": parts.get("actions", [answer]), "IsDefault": False}
    return listener_rules.added(LISTENER, {**rule, "Conditions": parts.get("conditions", conditions)})


def test_a_rule_of_a_listener() -> None:
    assert code(listener_rule()) == [
        "import {",
        "to = aws_lb_listener_rule.NAME",
        f'id = "{RULE}"',
        "}",
        'resource "aws_lb_listener_rule" "NAME" {',
        f'listener_arn = "{LISTENER}"',
        "priority     = 7",
        "action {",
        'type             = "forward"',
        f'target_group_arn = "{GROUP}"',
        "}",
        "condition {",
        "path_pattern {",
        'values = ["/a"]',
        "}",
        "}",
        "}",
    ]


@pytest.mark.parametrize(
    ("action", "lines"),
    [
        (
            {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503", "ContentType": "text/plain"}},
            ['type = "fixed-response"', "fixed_response {", 'content_type = "text/plain"', 'status_code  = "503"'],
        ),
        (
            {"Type": "redirect", "RedirectConfig": {"Host": "#{host}", "Path": "/${x}", "StatusCode": "HTTP_301"}},
            ["redirect {", 'host        = "#{host}"', 'path        = "/$${x}"', 'status_code = "HTTP_301"'],
        ),
        (
            {
                "Type": "forward",
                "ForwardConfig": {
                    "TargetGroups": [{"TargetGroupArn": GROUP, "Weight": 2}, {"TargetGroupArn": "b", "Weight": 0}],
                    "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60},
                },
            },
            ["forward {", f'arn    = "{GROUP}"', "weight = 2", "weight = 0", "duration = 60", "enabled  = true"],
        ),
    ],
    ids=lambda value: value["Type"] if isinstance(value, dict) else "",
)
def test_each_action_of_a_listener_rule(action: dict[str, Any], lines: list[str]) -> None:
    written = code(listener_rule(actions=[action]))
    assert [line for line in lines if line not in written] == []


@pytest.mark.parametrize(
    ("condition", "lines"),
    [
        (
            {"Field": "host-header", "HostHeaderConfig": {"Values": ["a", "b"]}},
            ["host_header {", 'values = ["a", "b"]'],
        ),
        ({"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}, ["source_ip {"]),
        (
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X", "Values": ["1"]}},
            ['http_header_name = "X"'],
        ),
        (
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Value": "1"}]}},
            ["query_string {", 'value = "1"'],
        ),
        ({"Field": "path-pattern", "Values": ["/old"]}, ['values = ["/old"]']),
    ],
    ids=lambda value: value["Field"] if isinstance(value, dict) else "",
)
def test_each_condition_of_a_listener_rule(condition: dict[str, Any], lines: list[str]) -> None:
    written = code(listener_rule(conditions=[condition]))
    assert [line for line in lines if line not in written] == []


@pytest.mark.parametrize(
    "condition",
    [
        {"Field": "something-new", "Values": []},
        {"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["^/a"]}},
    ],
    ids=str,
)
def test_a_condition_that_is_not_known_is_not_guessed(condition: dict[str, Any]) -> None:
    extra = listener_rule(conditions=[condition])
    assert extra.adoption is None
    assert "by hand, with an import block" in extra.obstacle


texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('${%}"\\\n'))


@given(texts, texts, texts)
def test_whatever_people_have_named_it_the_code_holds_two_blocks(identity: str, about: str, value: str) -> None:
    adoption = Adoption(type="aws_iam_role_policy", id=identity, about=about, arguments={"name": value, "role": value})
    imported, resource = hcl.parse(adoption.code.encode(), name="x.tf").blocks
    assert (imported.kind, resource.kind, resource.labels[0]) == ("import", "resource", "aws_iam_role_policy")
    assert adoption.address == ".".join(resource.labels)


def test_two_things_of_one_name_have_two_addresses() -> None:
    one, two = (Adoption(type="t", id=identity, about="debug", arguments={}) for identity in ("a:debug", "b:debug"))
    assert one.address != two.address
    assert one.address.startswith("t.debug_")


def test_the_command_that_removes_it_is_safe_to_type() -> None:
    addition = Addition(path="p", removal=("aws", "iam", "--policy-name", "$(reboot); 'x'"))
    assert addition.command == """aws iam --policy-name '$(reboot); '"'"'x'"'"''"""
