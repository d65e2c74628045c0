package infragate.sources.external_data_test

import data.infragate.lib.testing
import data.infragate.sources.external_data

code(resource) := testing.configured([], {"module_calls": {"a": {"module": {"resources": [resource]}}}})

test_the_complaint if {
	external_data.deny == {{
		"id": "IG-SRC-03",
		"severity": "HIGH",
		"address": "module.a.data.external.x",
		"path": "data",
		"msg": "The data source external runs during every plan, with what the plan can read.",
	}} with input as code({"address": "data.external.x", "mode": "data", "type": "external"})
}

test_http_is_refused if {
	testing.addresses(external_data.deny) == {"module.a.data.http.x"} with input as code({"address": "data.http.x", "mode": "data", "type": "http"})
}

test_a_data_source_without_a_mode_is_refused if {
	testing.addresses(external_data.deny) == {"module.a.data.http.x"} with input as code({"address": "data.http.x", "type": "http"})
}

test_what_is_allowed[note] if {
	some note, resource in {
		"another data source": {"address": "data.aws_vpc.x", "mode": "data", "type": "aws_vpc"},
		"a resource of that name": {"address": "http.x", "mode": "managed", "type": "http"},
	}
	external_data.deny == set() with input as code(resource)
}
