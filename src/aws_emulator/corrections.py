"""Fixes for the differences between moto 5.2.5 and AWS that Terraform or a policy notices.

The docstring of each function names the problem that it fixes. ``install`` is called once, before the server takes
requests.
"""

from __future__ import annotations

import inspect
import json
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.responses import BaseResponse
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.iam.access_control import PermissionResult
from moto.kms.models import KmsBackend
from moto.rds.models import DBInstance, DBParameterGroup
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend
from moto.s3.models import FakeBucket, FakeKey, PublicAccessBlock
from moto.s3.responses import S3Response

from aws_emulator import managed_policies, rds_corrections, sessions, stores
from aws_emulator.replacing import replace, wrap

managed_policy = managed_policies.named  # older snapshots know it under this name


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
    managed_policies.install()
    rds_corrections.install()
    sessions.install()


def _disable_motos_authorization() -> None:
    """It ignores principals, conditions and boundaries, and its bucket policy check cannot be switched off."""
    replace(ActionAuthenticatorMixin, "_authenticate_and_authorize_action", lambda *_, **__: None)
    replace(FakeBucket, "get_permission", lambda *_: PermissionResult.PERMITTED)


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

    wrap(BaseResponse, "call_action", make)


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

    replace(ApplicationAutoScalingResponse, "list_tags_for_resource", list_tags)
    replace(ApplicationAutoScalingResponse, "tag_resource", tag)
    replace(ApplicationAutoScalingResponse, "untag_resource", untag)
    wrap(ApplicationAutoScalingResponse, "register_scalable_target", make)


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

    wrap(EC2ContainerServiceResponse, "create_service", make)
    wrap(EC2ContainerServiceResponse, "update_service", make)


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

    wrap(DBParameterGroup, "update_parameters", make)


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

    wrap(DBInstance, "__init__", make)


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

    wrap(SecurityGroupRule, "__init__", make)
    replace(SecurityGroupRule, "description", property(description))


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

    wrap(FakeBucket, "set_lifecycle", make_set)
    wrap(S3Response, "serialized", make_serialized)


def _block_public_access_of_new_buckets() -> None:
    """Since April 2023 a new bucket has all four parts of the public access block; in moto it has none."""

    def make(original: Any) -> Any:
        def create(self: Any, *args: Any, **settings: Any) -> None:
            original(self, *args, **settings)
            self.public_access_block = PublicAccessBlock(*["true"] * 4)

        return create

    wrap(FakeBucket, "__init__", make)


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

    wrap(FakeKey, "__init__", make)


def _list_all_tags_of_named_resources() -> None:
    """AWS answers a list of ARNs in one page; moto leaves out what is behind the first hundred tags."""

    def make(original: Any) -> Any:
        def get(self: Any, *args: Any, **request: Any) -> Any:
            whole = {"resources_per_page": 1_000, "tags_per_page": 100_000} if request.get("resource_arn_list") else {}
            return original(self, *args, **{**request, **whole})

        return get

    wrap(ResourceGroupsTaggingAPIBackend, "get_resources", make)


def _default_the_key_usage() -> None:
    """AWS's default usage is encryption; moto stores none, and Terraform would replace an imported key."""

    def make(original: Any) -> Any:
        def create_key(self: Any, policy: Any, key_usage: Any, *more: Any, **named: Any) -> Any:
            return original(self, policy, key_usage or "ENCRYPT_DECRYPT", *more, **named)

        return create_key

    wrap(KmsBackend, "create_key", make)
