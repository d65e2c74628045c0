# METADATA
# title: Plans for the tests of the rules
package infragate.lib.testing

# A resource that is made.
resource(type, after) := {
	"address": concat(".", [type, "this"]),
	"mode": "managed",
	"type": type,
	"name": "this",
	"provider_name": "registry.terraform.io/hashicorp/aws",
	"change": {"actions": ["create"], "before": null, "after": after, "after_unknown": {}},
}

# One with values that are known only after the apply.
partly(type, after, unknown) := changed(resource(type, after), {"after_unknown": unknown})

changed(rc, change) := object.union(rc, {"change": object.union(rc.change, change)})

named(rc, name) := object.union(rc, {"name": name, "address": concat(".", [rc.type, name])})

within(rc, module) := object.union(rc, {
	"module_address": module,
	"address": concat(".", [module, rc.address]),
})

plan(resources) := {
	"format_version": "1.2",
	"resource_changes": resources,
	"configuration": {"root_module": {}},
}

configured(resources, root_module) := object.union(plan(resources), {"configuration": {"root_module": root_module}})

# The same resource in every way in which it is there after the apply.
kept(rc) := plan([
	named(rc, "created"),
	changed(named(rc, "updated"), {"actions": ["update"], "before": {}}),
	changed(named(rc, "unchanged"), {"actions": ["no-op"], "before": {}}),
	changed(named(rc, "replaced"), {"actions": ["delete", "create"], "before": {}}),
	within(
		object.union(rc, {"address": concat("", [rc.address, "[\"b\"]"]), "index": "b"}),
		"module.a[\"x.y]\"].module.b[0]",
	),
])

kept_addresses(type) := {concat(".", [type, name]) | some name in ["created", "updated", "unchanged", "replaced"]} | {concat("", [
	"module.a[\"x.y]\"].module.b[0].",
	type,
	".this[\"b\"]",
])}

# The same resource in every way in which a plan mentions it and the apply does not leave it.
gone(rc) := plan([
	changed(named(rc, "destroyed"), {"actions": ["delete"], "before": rc.change.after, "after": null}),
	changed(named(rc, "forgotten"), {"actions": ["forget"], "before": rc.change.after, "after": null}),
	object.union(changed(named(rc, "read"), {"actions": ["read"]}), {"mode": "data"}),
])

# What the findings say, but for their text.
brief(findings) := {[finding.address, finding.path, object.get(finding, "approvals", 0)] | some finding in findings}

addresses(findings) := {finding.address | some finding in findings}

labels(findings) := {[finding.id, finding.severity] | some finding in findings}
