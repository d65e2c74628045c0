# METADATA
# title: Rules of security groups in one form
# description: |
#   A rule may be a resource of the newer kind, one of the older kind, or a block inside its group. Each becomes an object
#   with: rc, path, direction, protocol, from, to, cidrs (of IPv4 and IPv6, its own and those of prefix lists), blank (what
#   is known only after the apply or outside of the plan) and nodes and ids of its group.
package infragate.lib.groups

import data.infragate.lib.arguments
import data.infragate.lib.plan
import data.infragate.lib.prefix_lists
import data.infragate.lib.references

rules := array.concat(array.concat(_newer, _older), _inline)

_newer := [rule |
	some rc in plan.planned({"aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"})
	listed := _prefixes(rc, ["prefix_list_id"], references.expression(rc, "prefix_list_id"))
	rule := {
		"rc": rc,
		"path": _path(rc),
		"direction": split(rc.type, "_")[4],
		"protocol": plan.value(rc, ["ip_protocol"], null),
		"from": plan.value(rc, ["from_port"], null),
		"to": plan.value(rc, ["to_port"], null),
		"cidrs": listed.cidrs | {cidr | some name in ["cidr_ipv4", "cidr_ipv6"]; cidr := plan.value(rc, [name], null)},
		"blank": listed.blank | _blank(rc, [], {"cidr_ipv4", "cidr_ipv6"}, {"from_port", "to_port", "ip_protocol"}),
		"nodes": references.links(rc, "security_group_id"),
		"ids": {plan.value(rc, ["security_group_id"], null)},
	}
]

_path(rc) := "prefix_list_id" if prefix_lists.is_given(rc, ["prefix_list_id"])

_path(rc) := "cidr_ipv4" if not prefix_lists.is_given(rc, ["prefix_list_id"])

_older := [rule |
	some rc in plan.planned({"aws_security_group_rule"})
	listed := _prefixes(rc, ["prefix_list_ids"], references.expression(rc, "prefix_list_ids"))
	rule := object.union(_listed(rc, [], "cidr_blocks", listed), {
		"direction": plan.value(rc, ["type"], null),
		"nodes": references.links(rc, "security_group_id"),
		"ids": {plan.value(rc, ["security_group_id"], null)},
	})
]

_inline := [rule |
	some rc in plan.planned({"aws_security_group", "aws_default_security_group"})
	some direction in ["ingress", "egress"]
	some index, _ in plan.value(rc, [direction], [])
	listed := _prefixes(rc, [direction, index, "prefix_list_ids"], _lists_of_blocks(rc, direction))
	rule := object.union(_listed(rc, [direction, index], direction, listed), {
		"direction": direction,
		"nodes": {references.node_of(rc)},
		"ids": {plan.value(rc, ["id"], null)},
	})
]

# A rule whose addresses are lists.
_listed(rc, at, path, listed) := {
	"rc": rc,
	"path": path,
	"protocol": plan.value(rc, array.concat(at, ["protocol"]), null),
	"from": plan.value(rc, array.concat(at, ["from_port"]), null),
	"to": plan.value(rc, array.concat(at, ["to_port"]), null),
	"cidrs": listed.cidrs | {cidr |
		some name in ["cidr_blocks", "ipv6_cidr_blocks"]
		some cidr in plan.value(rc, array.concat(at, [name]), [])
	},
	"blank": listed.blank | _blank(rc, at, {"cidr_blocks", "ipv6_cidr_blocks"}, {"from_port", "to_port", "protocol"}),
}

# What prefix lists add to a rule.
_prefixes(rc, path, expression) := {
	"cidrs": prefix_lists.cidrs(rc, path, expression),
	"blank": {"cidrs" | prefix_lists.is_blank(rc, path, expression)},
} if {
	prefix_lists.is_given(rc, path)
} else := {"cidrs": set(), "blank": set()}

# The plan does not say which block of the code an element of a set is: all of them count.
_lists_of_blocks(rc, direction) := [block.prefix_list_ids | some block in references.expression(rc, direction)]

# "cidrs" and "ports", if they are known only after the apply.
_blank(rc, at, addresses, ports) := {what |
	some what, names in {"cidrs": addresses, "ports": ports}
	some name in names
	plan.partly_unknown(rc, array.concat(at, [name]))
}

# Groups whose blocks of rules are known only after the apply, though the configuration has some. Where it has none, AWS
# fills the value in and the rules are resources of their own.
blank_groups(direction) := [rc |
	some rc in plan.planned({"aws_security_group", "aws_default_security_group"})
	arguments.is_later(rc, [direction])
]

# An address range that is as good as everybody.
is_world(cidr) if regex.match(`^[0-9.]+/[0-7]$`, cidr)

is_world(cidr) if regex.match(`^[0-9a-fA-F:]+/([0-9]|1[0-5])$`, cidr)

is_open(rule) if {
	some cidr in rule.cidrs
	is_string(cidr)
	is_world(cidr)
}

covers_all_ports(rule) if rule.protocol in {"-1", "all"}

covers_all_ports(rule) if {
	is_number(rule.from)
	rule.to - rule.from >= 65000
}

# True if the group of a rule is that of a resource of these types: by its id, or by what the configuration refers to.
is_group_of(rule, users) if {
	some id in (rule.ids & _ids(users))
	is_string(id)
}

is_group_of(rule, users) if count(rule.nodes & _nodes(users)) > 0

# True if that is so for one of several instances, and the plan cannot say for which.
is_ambiguous(rule, users) if {
	some node in (rule.nodes & _nodes(users))
	count(_groups[node]) > 1
}

_groups[node] contains rc.address if {
	some rc in plan.planned({"aws_security_group", "aws_default_security_group"})
	node := references.node_of(rc)
}

_ids(users) := {id |
	some rc in plan.planned(object.keys(users))
	some id in plan.value(rc, [users[rc.type]], [])
}

_nodes(users) := {node |
	some rc in plan.planned(object.keys(users))
	some node in references.links(rc, users[rc.type])
	regex.match(`\|(data\.)?aws_(default_)?security_group\.`, node)
}

balancers := {"aws_lb": "security_groups", "aws_alb": "security_groups", "aws_elb": "security_groups"}

databases := {
	"aws_db_instance": "vpc_security_group_ids",
	"aws_rds_cluster": "vpc_security_group_ids",
	"aws_docdb_cluster": "vpc_security_group_ids",
	"aws_neptune_cluster": "vpc_security_group_ids",
	"aws_elasticache_cluster": "security_group_ids",
	"aws_elasticache_replication_group": "security_group_ids",
	"aws_dax_cluster": "security_group_ids",
	"aws_docdbelastic_cluster": "vpc_security_group_ids",
	"aws_elasticache_serverless_cache": "security_group_ids",
	"aws_memorydb_cluster": "security_group_ids",
	"aws_redshift_cluster": "vpc_security_group_ids",
	"aws_redshiftserverless_workgroup": "security_group_ids",
	"aws_timestreaminfluxdb_db_instance": "vpc_security_group_ids",
}
