# METADATA
# title: The findings of the rules
package infragate.lib.finding

# What no approval allows.
refuse(rule, address, path, text) := {
	"id": rule.id,
	"severity": rule.severity,
	"address": address,
	"path": path,
	"msg": text,
}

# What one approval allows: it is meant, or it is known only after the apply.
ask(rule, address, path, text) := object.union(refuse(rule, address, path, text), {"approvals": 1})
