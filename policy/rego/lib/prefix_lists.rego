# METADATA
# title: The address ranges of prefix lists
# description: |
#   A rule may name a list instead of addresses. A plan holds the ranges of a list that it makes or keeps, and of one that a
#   data source has looked up, as those of AWS itself are. Of any other list it has the id at most.
package infragate.lib.prefix_lists

import data.infragate.lib.arguments
import data.infragate.lib.plan
import data.infragate.lib.references

# True if an argument names a list.
is_given(rc, path) if count(_ids(rc, path)) > 0

is_given(rc, path) if plan.partly_unknown(rc, path)

# The ranges of the lists that an argument names; `expression` is that of the configuration.
cidrs(rc, path, expression) := {cidr |
	some part in _named(rc, path, expression)
	some cidr in part.cidrs
}

# True if the plan does not hold all ranges of the lists that an argument names.
is_blank(rc, path, expression) if {
	some part in _named(rc, path, expression)
	part.is_blank
}

is_blank(rc, path, _) if {
	some id in _ids(rc, path)
	not id in {part.id | some part in _parts; part.is_list}
}

is_blank(rc, path, expression) if {
	plan.partly_unknown(rc, path)
	not _is_of_plan(references.nodes(rc, expression))
}

# The parts of the lists that an argument names: by their ids, or by what the code refers to while those are unknown.
_named(rc, path, expression) := [part |
	some part in _parts
	_is_named(part, rc, path, expression)
]

_is_named(part, rc, path, _) if part.id in _ids(rc, path)

_is_named(part, rc, path, expression) if {
	plan.partly_unknown(rc, path)
	count(part.nodes & references.nodes(rc, expression)) > 0
}

# True if all that an expression comes to are lists of the plan.
_is_of_plan(nodes) if {
	ends := {node | some node in nodes; not regex.match(`\|(var|module|each|count)\.`, node)}
	count(ends) > 0
	count(ends - {node | some part in _parts; part.is_list; some node in part.nodes}) == 0
}

_ids(rc, path) := {id | some id in _listed(plan.value(rc, path, [])); is_string(id)}

_listed(value) := value if is_array(value)

_listed(value) := [value] if not is_array(value)

# What the plan says of lists: {id, nodes, cidrs, is_blank, is_list}. An entry may be a resource of its own; it is no
# list, and one that was looked up has no nodes.
_parts := array.concat(array.concat(_lists, _entries), _looked_up)

_lists := [part |
	some rc in plan.planned({"aws_ec2_managed_prefix_list"})
	part := {
		"id": plan.value(rc, ["id"], null),
		"nodes": {references.node_of(rc)},
		"cidrs": {entry.cidr | some entry in plan.value(rc, ["entry"], [])},
		"is_blank": _has_unknown(rc),
		"is_list": true,
	}
]

_entries := [part |
	some rc in plan.planned({"aws_ec2_managed_prefix_list_entry"})
	part := {
		"id": plan.value(rc, ["prefix_list_id"], null),
		"nodes": references.links(rc, "prefix_list_id"),
		"cidrs": {cidr | cidr := plan.value(rc, ["cidr"], null)},
		"is_blank": _has_unknown(rc),
	}
]

_looked_up := [part |
	walk(object.get(input, ["prior_state", "values", "root_module"], {}), [_, module])
	some source in module.resources
	ranges := _ranges(source)
	part := {"id": source.values.id, "cidrs": ranges, "is_list": true}
]

_ranges(source) := {cidr | some cidr in source.values.cidr_blocks} if {
	source.type == "aws_prefix_list"
	is_array(source.values.cidr_blocks)
}

_ranges(source) := {entry.cidr | some entry in source.values.entries} if {
	source.type == "aws_ec2_managed_prefix_list"
	is_array(source.values.entries)
}

# A range is known only after the apply.
default _has_unknown(_) := false

_has_unknown(rc) if plan.unknown(rc, ["cidr"])

_has_unknown(rc) if arguments.is_later(rc, ["entry"])

_has_unknown(rc) if {
	some entry in object.get(rc.change.after_unknown, ["entry"], [])
	entry.cidr == true
}

_has_unknown(rc) if {
	some entry in object.get(rc.change.after_unknown, ["entry"], [])
	entry == true
}
