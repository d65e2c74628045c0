"""Generated plans of many types, and Infracost's own output over a plan as it is."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from infragate.adapters.tools import tool_store

ROOT = Path(__file__).parents[2]
REGIONS = ("ap-northeast-2", "us-east-1", "eu-central-1")


def breakdown(document: Any, url: str) -> dict[str, Any]:
    """What Infracost prints about a whole plan."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.json"
        path.write_text(json.dumps(document))
        environment = {
            "PATH": os.defpath,
            "HOME": folder,
            "INFRACOST_API_KEY": "none",
            "INFRACOST_PRICING_API_ENDPOINT": url,
            "INFRACOST_SKIP_UPDATE_CHECK": "true",
            "INFRACOST_PRICING_CACHE_DISABLED": "true",
            "INFRACOST_ENABLE_CLOUD": "false",
        }
        program = tool_store.program("infracost", ROOT).path
        command = [str(program), "breakdown", "--path", str(path), "--format", "json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def bills(document: dict[str, Any]) -> dict[str, Any]:
    """The costs of both sides, by address, without tags and metadata, which no cost depends on."""
    (project,) = document["projects"]
    assert not project["metadata"].get("errors")
    kept = ("resourceType", "monthlyCost", "costComponents", "subresources")
    return {
        side: {entry["name"]: _only(entry, kept) for entry in (project[side] or {}).get("resources", [])}
        for side in ("pastBreakdown", "breakdown")
    }


def _only(entry: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    kept = {name: entry.get(name) for name in names}
    kept["subresources"] = [_only(inner, ("name", *names)) for inner in entry.get("subresources") or ()]
    return kept


@contextmanager
def any_price() -> Iterator[str]:
    """A price service that has a price for everything: another one for each filter."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            queries = asked if self.path == "/graphql" else []
            body = json.dumps([_priced(query.get("variables")) for query in queries]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def _priced(variables: Any) -> dict[str, Any]:
    digest = hashlib.sha256(json.dumps(variables, sort_keys=True).encode()).hexdigest()
    price = f"0.{int(digest[:6], 16) % 9000 + 1000}"
    return {"data": {"products": [{"prices": [{"priceHash": digest, "USD": price}]}]}}


class Builder:
    """A module of a plan under construction: planned values, the state before, and the configuration."""

    def __init__(self, draw: st.DrawFn, number: int, path: str) -> None:
        self.draw, self.number, self.path = draw, number, path
        self.planned: list[dict[str, Any]] = []
        self.prior: list[dict[str, Any]] = []
        self.code: list[dict[str, Any]] = []

    def add(
        self, kind: str, values: dict[str, Any], refers: dict[str, Any] | None = None, **blocks: Any
    ) -> dict[str, Any]:
        """A resource; `refers` are attributes that refer to another one, by its value or by its expression."""
        number = len(self.code)
        name, expressions = f"r{number}", dict(blocks)
        identity = {"id": f"{kind}-{self.number}-{number}", "arn": f"arn:{self.number}:{number}", "name": f"n{number}"}
        values = {**identity, **values}
        for attribute, target in (refers or {}).items():
            if self.draw(st.booleans()):
                values[attribute] = target["values"][self.draw(st.sampled_from(["id", "arn"]))]
            if attribute not in values or self.draw(st.booleans()):
                expressions[attribute] = {
                    "references": [f"{target['type']}.{target['name']}.id", f"{target['type']}.{target['name']}"]
                }
        mode = "data" if kind.startswith("data.") else "managed"
        kind = kind.removeprefix("data.")
        place = f"{'data.' if mode == 'data' else ''}{kind}.{name}"
        provider = self.draw(st.sampled_from(["aws", "aws", "aws.other"]))
        entry = {
            "address": f"{self.path}{place}",
            "mode": mode,
            "type": kind,
            "name": name,
            "provider_name": "x/hashicorp/aws",
            "values": values,
        }
        self.code.append(
            {
                "address": place,
                "mode": mode,
                "type": kind,
                "name": name,
                "provider_config_key": provider,
                "expressions": expressions,
            }
        )
        where = self.draw(st.sampled_from(["both", "both", "planned", "prior"])) if mode == "managed" else "prior"
        if where != "prior":
            self.planned.append(entry)
        if where != "planned":
            self.prior.append(entry)
        return entry


def _compute(module: Builder) -> None:
    draw = module.draw
    count = draw(st.integers(0, 4))
    cluster = module.add("aws_ecs_cluster", {})
    task = module.add(
        draw(st.sampled_from(["aws_ecs_task_definition", "data.aws_ecs_task_definition"])),
        {"cpu": draw(st.sampled_from(["256", "1 vCPU", "2048"])), "memory": "4096", "family": f"f{module.number}"},
    )
    module.add(
        "aws_ecs_service",
        {"launch_type": "FARGATE", "desired_count": count},
        {"cluster": cluster, "task_definition": task},
    )
    template = module.add("aws_launch_template", {"instance_type": draw(st.sampled_from(["t3.micro", "m5.large"]))})
    block = [{"id": {"references": [f"aws_launch_template.{template['name']}"]}}]
    module.add(
        "aws_autoscaling_group",
        {"desired_capacity": count, "launch_template": [{"id": template["values"]["id"]}]},
        launch_template=block,
    )
    module.add("aws_instance", {"instance_type": "t3.medium", "tenancy": "default"}, launch_template=block)
    module.add(
        "aws_eks_node_group",
        {"scaling_config": [{"desired_size": count}], "launch_template": [{"id": template["values"]["id"]}]},
    )


def _network(module: Builder) -> None:
    network = module.add("aws_vpc", {})
    subnet = module.add("aws_subnet", {}, {"vpc_id": network})
    address = module.add("aws_eip", {})
    module.add("aws_nat_gateway", {}, {"allocation_id": address, "subnet_id": subnet})
    module.add("aws_eip_association", {}, {"allocation_id": module.add("aws_eip", {})})
    module.add(
        "aws_vpc_endpoint",
        {"vpc_endpoint_type": "Interface", "subnet_ids": [subnet["values"]["id"]]},
        {"vpc_id": network},
    )
    gateway = module.add("aws_ec2_transit_gateway", {})
    module.add("aws_ec2_transit_gateway_vpc_attachment", {}, {"transit_gateway_id": gateway, "vpc_id": network})
    balancer = module.add("aws_lb", {"load_balancer_type": module.draw(st.sampled_from(["application", "network"]))})
    module.add("aws_lb_listener", {}, {"load_balancer_arn": balancer})
    module.add("aws_lb_target_group", {})
    alias = [{"name": {"references": [f"aws_lb.{balancer['name']}.dns_name", f"aws_lb.{balancer['name']}"]}}]
    module.add("aws_route53_record", {"alias": [{"name": None}]}, alias=alias)
    module.add("aws_security_group", {})


def _data(module: Builder) -> None:
    draw = module.draw
    size = draw(st.integers(20, 500))
    kind = draw(st.sampled_from(["gp2", "gp3", "io1"]))
    values = {
        "engine": "postgres",
        "engine_version": "16",
        "instance_class": "db.t4g.micro",
        "allocated_storage": size,
        "storage_type": kind,
    }
    source = module.add("aws_db_instance", {**values, "multi_az": draw(st.booleans()), "backup_retention_period": 7})
    module.add("aws_db_instance", {"instance_class": "db.t4g.micro"}, {"replicate_source_db": source})
    module.add("aws_db_subnet_group", {})
    volume = module.add("aws_ebs_volume", {"size": size, "type": "gp3"})
    snapshot = module.add("aws_ebs_snapshot", {}, {"volume_id": volume})
    module.add("aws_ebs_snapshot_copy", {}, {"source_snapshot_id": snapshot})
    bucket = module.add("aws_s3_bucket", {"bucket": f"b{module.number}"})
    policy = module.add("aws_s3_bucket_policy", {"bucket": f"b{module.number}"})
    rule = [{"status": "Enabled", "transition": [{"storage_class": "STANDARD_IA"}]}]
    module.add(
        "aws_s3_bucket_lifecycle_configuration", {"rule": rule}, {"bucket": draw(st.sampled_from([bucket, policy]))}
    )
    table = module.add(
        "aws_dynamodb_table",
        {"name": f"t{module.number}", "billing_mode": "PROVISIONED", "read_capacity": 5, "write_capacity": 5},
    )
    target = {
        "resource_id": f"table/t{module.number}",
        "service_namespace": "dynamodb",
        "scalable_dimension": "dynamodb:table:ReadCapacityUnits",
    }
    module.add(
        "aws_appautoscaling_target",
        {**target, "min_capacity": 2, "max_capacity": 9},
        {"x": table} if draw(st.booleans()) else None,
    )
    group = module.add(
        "aws_elasticache_replication_group",
        {"engine": "redis", "node_type": "cache.t4g.micro", "replication_group_id": "g"},
    )
    module.add(
        "aws_elasticache_cluster",
        {"engine": "redis", "node_type": "cache.t4g.micro"},
        {"replication_group_id": group} if draw(st.booleans()) else None,
    )


def _services(module: Builder) -> None:
    topic = module.add("aws_sns_topic", {})
    module.add("aws_sns_topic_subscription", {"protocol": "http"}, {"topic_arn": topic})
    images = module.add("aws_ecr_repository", {})
    module.add("aws_ecr_lifecycle_policy", {}, {"repository": images})
    module.add("aws_kms_key", {})
    module.add("aws_secretsmanager_secret", {})
    module.add("aws_cloudwatch_metric_alarm", {"period": module.draw(st.sampled_from([30, 60]))})
    module.add("aws_cloudwatch_log_group", {})
    module.add("aws_iam_role", {})
    module.add("aws_quicksight_user", {})
    module.add("aws_iam_role_policy", {})


PARTS = (_compute, _network, _data, _services)


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """A plan of one to three modules, the first of them the root."""
    modules = []
    for number in range(draw(st.integers(1, 3))):
        index = draw(st.sampled_from(["", "[0]", '["a.b"]'])) if number else ""
        module = Builder(draw, number, f"module.m{number}{index}." if number else "")
        for part in draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=3, unique=True)):
            part(module)
        modules.append(module)
    return _document(modules, draw(st.sampled_from(REGIONS)), draw(st.sampled_from(REGIONS)))


def _document(modules: list[Builder], region: str, other: str) -> dict[str, Any]:
    calls = {f"m{module.number}": {"source": "./m", "module": {"resources": module.code}} for module in modules[1:]}
    providers = {
        "aws": {"name": "aws", "expressions": {"region": {"references": ["var.region"]}}},
        "aws.other": {"name": "aws", "alias": "other", "expressions": {"region": {"constant_value": other}}},
    }
    entries = [entry for module in modules for entry in [*module.planned, *module.prior] if entry["mode"] == "managed"]
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {"region": {"value": region}, "secret": {"value": "x"}},
        "planned_values": {"root_module": _values(modules, "planned")},
        "prior_state": {"format_version": "1.0", "values": {"root_module": _values(modules, "prior")}},
        "resource_changes": [
            {"address": address, "mode": "managed", "type": kind, "change": {"actions": ["no-op"], "after_unknown": {}}}
            for address, kind in sorted({(entry["address"], entry["type"]) for entry in entries})
        ],
        "configuration": {
            "provider_config": providers,
            "root_module": {"resources": modules[0].code, "module_calls": calls},
        },
    }


def _values(modules: list[Builder], side: str) -> dict[str, Any]:
    children = [{"address": module.path[:-1], "resources": getattr(module, side)} for module in modules[1:]]
    return {"resources": getattr(modules[0], side), "child_modules": children}
