package infragate.sources.provisioner_test

import data.infragate.lib.testing
import data.infragate.sources.provisioner

code(resource) := testing.configured([], {"module_calls": {"a": {"module": {"resources": [resource]}}}})

test_the_complaint if {
	provisioner.deny == {{
		"id": "IG-SRC-04",
		"severity": "HIGH",
		"address": "module.a.terraform_data.x",
		"path": "provisioner",
		"msg": "The provisioner local-exec runs programs during the apply, with its credentials.",
	}} with input as code({"address": "terraform_data.x", "provisioners": [{"type": "local-exec"}]})
}

test_every_kind_is_refused[type] if {
	some type in ["file", "local-exec", "remote-exec"]
	count(provisioner.deny) == 1 with input as code({"address": "terraform_data.x", "provisioners": [{"type": type}]})
}

test_no_provisioner_is_allowed[note] if {
	some note, resource in {"absent": {"address": "a.b"}, "none": {"address": "a.b", "provisioners": []}, "null": {"address": "a.b", "provisioners": null}}
	provisioner.deny == set() with input as code(resource)
}
