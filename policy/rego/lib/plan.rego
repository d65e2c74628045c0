# METADATA
# title: The resources of a plan and what is known of them
package infragate.lib.plan

# Every managed resource as it will be after the apply. What is destroyed or forgotten has no `after`.
resources := [rc |
	some rc in input.resource_changes
	_remains(rc)
]

# Those of some types.
planned(types) := [rc |
	some rc in input.resource_changes
	rc.type in types
	_remains(rc)
]

_remains(rc) if {
	is_managed(rc)
	is_object(rc.change.after)
}

# True for a resource of a plan or of its configuration that Terraform makes, not one that it only reads. Some older and
# some other programs leave `mode` out: the address says it too.
is_managed(entry) if not _mode(entry) in {"data", "ephemeral"}

is_data(entry) if _mode(entry) == "data"

default _mode(_) := null

_mode(entry) := entry.mode if is_string(entry.mode)

_mode(entry) := mode if {
	object.get(entry, "mode", null) == null
	some mode in ["data", "ephemeral"]
	regex.match(concat("", [`^(module\.[^.\[]+(\[([0-9]+|"([^"\\]|\\.)*")\])?\.)*`, mode, `\.`]), entry.address)
}

# The value at a path; `otherwise` where the path is absent. A value that is null or unknown is null or absent in a plan.
value(rc, path, otherwise) := object.get(rc.change.after, path, otherwise)

# True if a value, or something that it is in, is known only after the apply.
unknown(rc, path) if {
	some length in numbers.range(1, count(path))
	object.get(rc.change.after_unknown, array.slice(path, 0, length), false) == true
}

# True also if that is so for an element of a list.
partly_unknown(rc, path) if unknown(rc, path)

partly_unknown(rc, path) if {
	some element in object.get(rc.change.after_unknown, path, [])
	element == true
}
