# METADATA
# title: Databases accept encrypted connections only
# custom:
#   id: IG-ENC-09
#   severity: HIGH
#   runbook: runbooks/policies/IG-ENC-09.md
package infragate.encryption.database_tls

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-ENC-09", "severity": "HIGH"}

_types := {"aws_db_parameter_group", "aws_rds_cluster_parameter_group"}

_parameters := {
	`^(aurora-)?postgresq?l?[0-9]`: "rds.force_ssl",
	`^(aurora-)?mysql[0-9]`: "require_secure_transport",
	`^mariadb[0-9]`: "require_secure_transport",
	`^sqlserver-`: "rds.force_ssl",
}

deny contains finding.refuse(rule, rc.address, "parameter", text) if {
	some rc in plan.planned(_types)
	name := _parameter(rc)
	not _is_set(rc, name)
	not _is_later(rc)
	text := sprintf("Connections without TLS are accepted: %s is not 1.", [name])
}

deny contains finding.ask(rule, rc.address, "parameter", "Its parameters are known only after the apply.") if {
	some rc in plan.planned(_types)
	name := _parameter(rc)
	not _is_set(rc, name)
	_is_later(rc)
}

_parameter(rc) := name if {
	family := plan.value(rc, ["family"], null)
	is_string(family)
	some pattern, name in _parameters
	regex.match(pattern, family)
}

_is_set(rc, name) if {
	some parameter in plan.value(rc, ["parameter"], [])
	parameter.name == name
	parameter.value in {"1", "ON"}
}

_is_later(rc) if arguments.is_later(rc, ["parameter"])

_is_later(rc) if {
	some index, _ in plan.value(rc, ["parameter"], [])
	some argument in ["name", "value"]
	plan.unknown(rc, ["parameter", index, argument])
}
