# METADATA
# title: Listeners speak TLS 1.2 or newer
# custom:
#   id: IG-ENC-08
#   severity: HIGH
#   runbook: runbooks/policies/IG-ENC-08.md
package infragate.encryption.tls_policy

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-ENC-08", "severity": "HIGH"}

_types := {"aws_alb_listener", "aws_lb_listener"}

_good := `^ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)-`

deny contains finding.refuse(rule, rc.address, "ssl_policy", text) if {
	some rc in _encrypted
	policy := plan.value(rc, ["ssl_policy"], null)
	is_string(policy)
	not regex.match(_good, policy)
	text := sprintf("Its policy %s allows TLS older than 1.2.", [policy])
}

deny contains finding.refuse(rule, rc.address, "ssl_policy", "It has no ssl_policy: AWS's default allows TLS 1.0.") if {
	some rc in _encrypted
	arguments.is_missing(rc, ["ssl_policy"])
}

deny contains finding.ask(rule, rc.address, "ssl_policy", "Its policy is known only after the apply.") if {
	some rc in _encrypted
	arguments.is_later(rc, ["ssl_policy"])
}

_encrypted := [rc |
	some rc in plan.planned(_types)
	plan.value(rc, ["protocol"], null) in {"HTTPS", "TLS"}
]
