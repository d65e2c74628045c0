# METADATA
# title: What the arguments of a resource refer to, through modules
# description: |
#   A plan has no ids of what it makes. Its configuration says which resource an argument refers to: this follows the
#   references through variables and outputs of modules. A node is "PATH OF MODULE CALLS|NAME", without the keys of
#   instances. A local value is a dead end: Terraform does not write its expression into the plan.
package infragate.lib.references

# Path of module calls ("" is the root) -> configuration of that module.
modules[path] := module if {
	walk(input.configuration.root_module, [steps, module])
	count(steps) % 3 == 0
	calls := [concat(".", ["module", steps[i + 1]]) |
		some i in numbers.range_step(0, count(steps), 3)
		steps[i] == "module_calls"
		steps[i + 2] == "module"
	]
	count(calls) * 3 == count(steps)
	path := concat(".", calls)
}

# Node of a resource -> its configuration.
configured[node] := resource if {
	some path, module in modules
	some resource in module.resources
	node := _key(path, resource.address)
}

# Every resource and data source of the configuration: {address, resource}.
all := [{"address": trim_prefix(concat(".", [path, resource.address]), "."), "resource": resource} |
	some path, module in modules
	some resource in module.resources
]

# The call of the module that a resource is in.
call_of(rc) := call if {
	some path, module in modules
	some name, call in module.module_calls
	_child(path, name) == _path_of(rc)
}

node_of(rc) := _key(_path_of(rc), concat(".", [rc.type, rc.name]))

# The nodes that an argument of a resource refers to, directly or through modules. None if the configuration says nothing.
links(rc, argument) := nodes(rc, expression(rc, argument))

# What the configuration gives to an argument.
expression(rc, argument) := object.get(configured, [node_of(rc), "expressions", argument], {})

# The nodes that an expression of a resource refers to.
nodes(rc, term) := reached if {
	start := _targets(_path_of(rc), term, object.get(configured, node_of(rc), {}))
	inner := graph.reachable(_edges, start)
	reached := (start | inner) | {target | some node in inner; some target in _edges[node]}
}

# Every module call: {address, call}.
calls := [{"address": _child(path, name), "call": call} |
	some path, module in modules
	some name, call in module.module_calls
]

# True if an argument refers to a resource of one of these types, managed or looked up.
refers_to(rc, argument, types) if {
	some node in links(rc, argument)
	parts := split(trim_prefix(split(node, "|")[1], "data."), ".")
	parts[0] in types
}

# Inside a module a variable is what the call says.
_edges[node] contains target if {
	some path, module in modules
	some name, call in module.module_calls
	some argument, expression in call.expressions
	node := _key(_child(path, name), concat(".", ["var", argument]))
	some target in _targets(path, expression, call)
}

# Outside, a module's output is what the module says. `module.x[each.key].id` is `module.x` in a plan: all its outputs.
_edges[node] contains target if {
	some path, module in modules
	some name, call in module.module_calls
	some output, declared in call.module.outputs
	some tail in [[], [output]]
	node := _key(path, concat(".", array.concat(["module", name], tail)))
	some target in _targets(_child(path, name), declared.expression, {})
}

# What an expression refers to; `each` is what the loop goes over.
_targets(path, expression, body) := {_key(path, name) |
	names := _names(expression) | {name |
		some own in _names(expression)
		startswith(own, "each.")
		some name in _names(object.get(body, "for_each_expression", {}))
	}
	some name in names
	not _is_prefix(name, names)
}

_names(expression) := {_plain(reference) |
	walk(expression, [_, value])
	some reference in value.references
}

_is_prefix(name, names) if {
	some other in names
	startswith(other, concat("", [name, "."]))
}

# A reference without keys of instances and without attributes: `aws_lb.this`, `data.aws_vpc.x`, `module.a.output`.
_plain(reference) := concat(".", array.slice(parts, 0, length)) if {
	parts := split(_without_keys(reference), ".")
	length := object.get({"data": 3, "module": 3}, parts[0], 2)
}

_without_keys(address) := regex.replace(address, `\[("([^"\\]|\\.)*"|[0-9]+)\]`, "")

_path_of(rc) := _without_keys(object.get(rc, "module_address", ""))

_child(path, name) := concat(".", array.concat([step | step := path; path != ""], ["module", name]))

_key(path, name) := concat("|", [path, name])
