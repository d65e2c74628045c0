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
	rc.mode == "managed"
	is_object(rc.change.after)
}

# The value at a path; `otherwise` where the path is absent. A value that is null or unknown is null or absent in a plan.
value(rc, path, otherwise) := object.get(rc.change.after, path, otherwise)

# True if a value, or something that it is in, is known only after the apply.
unknown(rc, path) if {
	some length in numbers.range(1, count(path))
	object.get(rc.change.after_unknown, array.slice(path, 0, length), false) == true
}
