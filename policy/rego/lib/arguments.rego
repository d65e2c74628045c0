# METADATA
# title: Whether an argument is set, not set, or known only after the apply
package infragate.lib.arguments

import data.infragate.lib.plan
import data.infragate.lib.references

# The configuration gives a value that is known only after the apply. An argument that is left out is unknown in a plan
# too, if AWS fills it in: it counts as not set.
is_later(rc, path) if {
	plan.unknown(rc, path)
	not _is_left_out(rc, path)
}

_is_left_out(rc, path) if {
	resource := references.configured[references.node_of(rc)]
	not resource.expressions[path[0]]
}

is_on(rc, path) if plan.value(rc, path, null) == true

is_off(rc, path) if {
	not is_on(rc, path)
	not is_later(rc, path)
}

is_missing(rc, path) if {
	plan.value(rc, path, null) in {null, ""}
	not is_later(rc, path)
}
