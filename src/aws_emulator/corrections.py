"""Fixes for the differences between moto 5.2.5 and AWS that Terraform or a policy notices.

The docstring of each function names the problem that it fixes. ``install`` is called once, before the server takes
requests.
"""

from __future__ import annotations

import copy
import functools
import inspect
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from moto import backends
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.responses import BaseResponse
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.iam.access_control import PermissionResult
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend
from moto.kms.models import KmsBackend
from moto.rds.models import DBInstance, DBParameterGroup
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend
from moto.s3.models import FakeBucket, FakeKey, PublicAccessBlock
from moto.s3.responses import S3Response

from aws_emulator import rds_corrections, sessions, stores


def install() -> None:
    _disable_motos_authorization()
    _refuse_missing_actions_at_once()
    _keep_autoscaling_tags()
    _keep_ecs_service_settings()
    _mark_user_parameters()
    _keep_performance_insights()
    _describe_rules_that_name_groups()
    _keep_how_many_old_versions_stay()
    _block_public_access_of_new_buckets()
    _name_the_key_behind_an_alias()
    _default_the_key_usage()
    _list_all_tags_of_named_resources()
    _share_managed_policies()
    _list_motos_services_once()
    rds_corrections.install()
    sessions.install()


def _wrap(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Replace ``owner.name`` by a wrapper that ``make`` builds around the original."""
    original = getattr(owner, name)
    _replace(owner, name, functools.wraps(original)(make(original)))


def _replace(owner: Any, name: str, value: Any) -> None:
    setattr(owner, name, value)


def _disable_motos_authorization() -> None:
    """It ignores principals, conditions and boundaries, and its bucket policy check cannot be switched off."""
    _replace(ActionAuthenticatorMixin, "_authenticate_and_authorize_action", lambda *_, **__: None)
    _replace(FakeBucket, "get_permission", lambda *_: PermissionResult.PERMITTED)


def _refuse_missing_actions_at_once() -> None:
    """A missing action is a 500, which the provider retries for a quarter of an hour; it does not retry a 501."""

    def make(original: Any) -> Any:
        def call_action(self: Any) -> Any:
            try:
                return original(self)
            except NotImplementedError as error:
                if self._get_action() == "ListTagsForResource":
                    return 200, {}, "{}"
                body = {"__type": "NotImplementedException", "message": f"emulator: {error}"}
                return 501, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body)

        return call_action

    _wrap(BaseResponse, "call_action", make)


def _body(response: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(response.body or "{}")
    return body


def _keep_autoscaling_tags() -> None:
    """Application Auto Scaling has no tags in moto; the provider reads them with every scalable target."""

    def tags(self: Any, arn: str) -> dict[str, str]:
        kept: dict[str, dict[str, str]] = self.applicationautoscaling_backend.__dict__.setdefault("kept_tags", {})
        return kept.setdefault(arn, {})

    def list_tags(self: Any) -> str:
        return json.dumps({"Tags": tags(self, _body(self)["ResourceARN"])})

    def tag(self: Any) -> str:
        tags(self, _body(self)["ResourceARN"]).update(_body(self)["Tags"])
        return "{}"

    def untag(self: Any) -> str:
        for key in _body(self)["TagKeys"]:
            tags(self, _body(self)["ResourceARN"]).pop(key, None)
        return "{}"

    def make(original: Any) -> Any:
        def register_scalable_target(self: Any) -> Any:
            answer = original(self)
            arn = json.loads(answer or "{}").get("ScalableTargetARN")
            if arn:
                tags(self, arn).update(_body(self).get("Tags") or {})
            return answer

        return register_scalable_target

    _replace(ApplicationAutoScalingResponse, "list_tags_for_resource", list_tags)
    _replace(ApplicationAutoScalingResponse, "tag_resource", tag)
    _replace(ApplicationAutoScalingResponse, "untag_resource", untag)
    _wrap(ApplicationAutoScalingResponse, "register_scalable_target", make)


_ECS_SETTINGS = {
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
    "deploymentConfiguration": "deployment_configuration",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "enableExecuteCommand": "enable_execute_command",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
}


def _keep_ecs_service_settings() -> None:
    """moto drops these settings (false drift), and its tasks never start (a service never becomes stable)."""

    def make(original: Any) -> Any:
        def change_service(self: Any) -> Any:
            answer = original(self)
            request = _body(self)
            cluster = str(request.get("cluster") or "default").rsplit("/", 1)[-1]
            name = str(request.get("serviceName") or request.get("service")).rsplit("/", 1)[-1]
            service = self.ecs_backend.services.get(f"{cluster}:{name}")
            if service is not None:
                _settle(service, request)
            return answer

        return change_service

    _wrap(EC2ContainerServiceResponse, "create_service", make)
    _wrap(EC2ContainerServiceResponse, "update_service", make)


def _settle(service: Any, request: dict[str, Any]) -> None:
    service.__dict__.setdefault("availability_zone_rebalancing", "DISABLED")
    for name, attribute in _ECS_SETTINGS.items():
        if name in request:
            setattr(service, attribute, request[name])
    service.running_count, service.pending_count = service.desired_count, 0
    for deployment in service.deployments or []:
        deployment.update(runningCount=service.desired_count, pendingCount=0, rolloutState="COMPLETED")


def _mark_user_parameters() -> None:
    """Parameters have no source in moto, so the provider treats those it set as missing."""

    def make(original: Any) -> Any:
        def update_parameters(self: Any, new_parameters: Any) -> None:
            parameters = list(new_parameters)
            original(self, parameters)
            for parameter in parameters:
                self.parameters[parameter["ParameterName"]]["Source"] = "user"

        return update_parameters

    _wrap(DBParameterGroup, "update_parameters", make)


def _keep_performance_insights() -> None:
    """Performance Insights settings are dropped (false drift)."""

    def make(original: Any) -> Any:
        def create(self: Any, *args: Any, **settings: Any) -> None:
            original(self, *args, **settings)
            enabled = bool(settings.get("enable_performance_insights"))
            retention = settings.get("performance_insights_retention_period")
            self.performance_insights_enabled = enabled
            self.performance_insights_kms_key_id = settings.get("performance_insights_kms_key_id")
            self.performance_insights_retention_period = retention or (7 if enabled else None)

        return create

    _wrap(DBInstance, "__init__", make)


def _describe_rules_that_name_groups() -> None:
    """The description of a rule whose source is a group or a prefix list is lost (false drift)."""

    def description(rule: Any) -> str | None:
        for source in (rule.ip_range, rule.source_group):
            if source and source.get("Description"):
                return str(source["Description"])
        text: str | None = rule.__dict__.get("prefix_list_description")
        return text

    def make(original: Any) -> Any:
        def create(self: Any, *args: Any, **settings: Any) -> None:
            original(self, *args, **settings)
            prefix_list = inspect.signature(original).bind(self, *args, **settings).arguments.get("prefix_list_id")
            self.prefix_list_description = (prefix_list or {}).get("Description")

        return create

    _wrap(SecurityGroupRule, "__init__", make)
    _replace(SecurityGroupRule, "description", property(description))


def _keep_how_many_old_versions_stay() -> None:
    """NewerNoncurrentVersions of a lifecycle rule is dropped; the provider waits for it until it times out."""

    def make_set(original: Any) -> Any:
        def set_lifecycle(self: Any, rules: list[dict[str, Any]]) -> None:
            original(self, rules)
            for stored, rule in zip(self.rules, rules, strict=True):
                stored.newer_versions = (rule.get("NoncurrentVersionExpiration") or {}).get("NewerNoncurrentVersions")

        return set_lifecycle

    def make_serialized(original: Any) -> Any:
        def serialized(self: Any, action_result: Any) -> Any:
            answer = action_result.result
            if self.data.get("Action") == "GetBucketLifecycleConfiguration" and isinstance(answer, dict):
                stored = self.backend.get_bucket_lifecycle(self.bucket_name)
                for shown, rule in zip(answer["Rules"], stored, strict=True):
                    if getattr(rule, "newer_versions", None) is not None:
                        shown["NoncurrentVersionExpiration"]["NewerNoncurrentVersions"] = rule.newer_versions
            return original(self, action_result)

        return serialized

    _wrap(FakeBucket, "set_lifecycle", make_set)
    _wrap(S3Response, "serialized", make_serialized)


def _block_public_access_of_new_buckets() -> None:
    """Since April 2023 a new bucket has all four parts of the public access block; in moto it has none."""

    def make(original: Any) -> Any:
        def create(self: Any, *args: Any, **settings: Any) -> None:
            original(self, *args, **settings)
            self.public_access_block = PublicAccessBlock(*["true"] * 4)

        return create

    _wrap(FakeBucket, "__init__", make)


def _name_the_key_behind_an_alias() -> None:
    """S3 returns the key's ARN for an object; moto returns the alias that was sent."""

    def make(original: Any) -> Any:
        def create(self: Any, *args: Any, **settings: Any) -> None:
            original(self, *args, **settings)
            stored = stores.bucket(self.bucket_name) if self.kms_key_id and self.bucket_name else None
            if stored:
                owner, bucket = stored
                self.kms_key_id = stores.kms_key(self.kms_key_id, owner, bucket.region_name)[0]

        return create

    _wrap(FakeKey, "__init__", make)


def _list_all_tags_of_named_resources() -> None:
    """AWS answers a list of ARNs in one page; moto leaves out what is behind the first hundred tags."""

    def make(original: Any) -> Any:
        def get(self: Any, *args: Any, **request: Any) -> Any:
            whole = {"resources_per_page": 1_000, "tags_per_page": 100_000} if request.get("resource_arn_list") else {}
            return original(self, *args, **{**request, **whole})

        return get

    _wrap(ResourceGroupsTaggingAPIBackend, "get_resources", make)


@functools.cache
def _managed_policy_data() -> dict[str, dict[str, Any]]:
    policies: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return policies


@functools.cache
def _managed_policy(name: str) -> Any:
    data = _managed_policy_data()[name]
    make: Any = AWSManagedPolicy  # abstract to the type checker only
    return make(
        name,
        account_id="aws",
        region="aws",
        default_version_id=data.get("DefaultVersionId"),
        path=data.get("Path"),
        document=json.dumps(data["Document"]),
        create_date=datetime.fromisoformat(data["CreateDate"]),
        update_date=datetime.fromisoformat(data["UpdateDate"]),
    )


def managed_policy(name: str, account: str) -> Any:
    """One of AWS's own managed policies in ``account``, copied: parsing all 1,400 for each account takes a second."""
    policy = copy.copy(_managed_policy(name))
    policy.account_id, policy.tags, policy.versions = account, {}, list(policy.versions)
    return policy


def _default_the_key_usage() -> None:
    """AWS's default usage is encryption; moto stores none, and Terraform would replace an imported key."""

    def make(original: Any) -> Any:
        def create_key(self: Any, policy: Any, key_usage: Any, *more: Any, **named: Any) -> Any:
            return original(self, policy, key_usage or "ENCRYPT_DECRYPT", *more, **named)

        return create_key

    _wrap(KmsBackend, "create_key", make)


def _share_managed_policies() -> None:
    """moto parses AWS's 1,400 managed policies for each account and partition, a second each time.

    Its search for access keys creates all partitions. The emulator serves "aws" only.
    """

    def all_of_them(self: Any) -> list[Any]:
        names = _managed_policy_data() if self.region_name == "aws" else ()
        return [managed_policy(name, self.account_id) for name in names]

    _replace(IAMBackend, "_init_aws_policies", all_of_them)


def _list_motos_services_once() -> None:
    """moto lists its own folder for each request, to see whether the host names a service."""
    names = frozenset(backends.list_of_moto_modules())
    _replace(backends, "list_of_moto_modules", lambda: names)
