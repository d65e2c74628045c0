package infragate.encryption.tls_policy_test

import data.infragate.encryption.tls_policy
import data.infragate.lib.testing

https(policy) := testing.resource("aws_lb_listener", {"protocol": "HTTPS", "ssl_policy": policy})

test_the_complaint if {
	tls_policy.deny == {{
		"id": "IG-ENC-08",
		"severity": "HIGH",
		"address": "aws_lb_listener.this",
		"path": "ssl_policy",
		"msg": "Its policy ELBSecurityPolicy-2016-08 allows TLS older than 1.2.",
	}} with input as testing.plan([https("ELBSecurityPolicy-2016-08")])
}

test_an_old_policy_is_refused[policy] if {
	some policy in ["ELBSecurityPolicy-TLS-1-1-2017-01", "ELBSecurityPolicy-TLS13-1-0-2021-06", "ELBSecurityPolicy-TLS13-1-1-2021-06", "ELBSecurityPolicy-FS-2018-06", "ELBSecurityPolicy-FS-1-1-2019-08", "x-ELBSecurityPolicy-TLS-1-2-x", "ELBSecurityPolicy-TLS-1-20"]
	testing.brief(tls_policy.deny) == {["aws_lb_listener.this", "ssl_policy", 0]} with input as testing.plan([https(policy)])
}

test_a_good_policy_is_allowed[policy] if {
	some policy in ["ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-TLS13-1-3-2021-06", "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "ELBSecurityPolicy-TLS-1-2-2017-01", "ELBSecurityPolicy-FS-1-2-Res-2020-10"]
	tls_policy.deny == set() with input as testing.plan([https(policy)])
}

test_no_policy_is_refused[note] if {
	some note, rc in {
		"null": https(null),
		"absent": testing.resource("aws_lb_listener", {"protocol": "HTTPS"}),
		"of TLS": testing.resource("aws_lb_listener", {"protocol": "TLS"}),
	}
	testing.brief(tls_policy.deny) == {["aws_lb_listener.this", "ssl_policy", 0]} with input as testing.plan([rc])
	testing.labels(tls_policy.deny) == {["IG-ENC-08", "HIGH"]} with input as testing.plan([rc])
}

test_the_other_name_of_the_type_is_refused if {
	rc := testing.resource("aws_alb_listener", {"protocol": "HTTPS"})
	testing.brief(tls_policy.deny) == {["aws_alb_listener.this", "ssl_policy", 0]} with input as testing.plan([rc])
}

test_other_protocols_are_allowed if {
	every protocol in ["HTTP", "TCP", null] {
		tls_policy.deny == set() with input as testing.plan([testing.resource("aws_lb_listener", {"protocol": protocol})])
	}
	tls_policy.deny == set() with input as testing.plan([testing.partly("aws_lb_listener", {"protocol": "HTTP"}, {"ssl_policy": true})])
}

test_an_unknown_policy_is_asked if {
	rc := testing.partly("aws_lb_listener", {"protocol": "HTTPS"}, {"ssl_policy": true})
	testing.brief(tls_policy.deny) == {["aws_lb_listener.this", "ssl_policy", 1]} with input as testing.plan([rc])
}

test_every_address if {
	testing.addresses(tls_policy.deny) == testing.kept_addresses("aws_lb_listener") with input as testing.kept(https("ELBSecurityPolicy-2016-08"))
}

test_what_is_gone_is_allowed if tls_policy.deny == set() with input as testing.gone(https("ELBSecurityPolicy-2016-08"))
