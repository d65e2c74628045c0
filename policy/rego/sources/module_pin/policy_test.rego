package infragate.sources.module_pin_test

import data.infragate.lib.testing
import data.infragate.sources.module_pin

calling(call) := testing.configured([], {"module_calls": {"a": object.union({"module": {}}, call)}})

good := "git::https://github.com/org/infra.git//modules/sg?ref=v1.2.3"

test_the_complaint if {
	module_pin.deny == {{
		"id": "IG-SRC-01",
		"severity": "HIGH",
		"address": "module.a",
		"path": "source",
		"msg": "Its source git::https://github.com/org/infra.git?ref=main is not pinned by the tag of a release.",
	}} with input as calling({"source": "git::https://github.com/org/infra.git?ref=main"})
}

test_a_pinned_source_is_allowed[source] if {
	some source in [
		good,
		"git::ssh://git@github.com/org/infra.git?ref=v1.2.3",
		"git::https://x/y.git?depth=1&ref=v10.20.30",
		"git::https://x/y.git?ref=v1.2.3&depth=1",
		"git::https://x/y.git?ref=v1.2.3-rc.1",
		"github.com/org/infra?ref=v1.2.3",
		"bitbucket.org/org/infra?ref=v1.2.3",
		"git@github.com:org/infra.git?ref=v1.2.3",
		"./modules/a",
		"../modules/a",
	]
	module_pin.deny == set() with input as calling({"source": source})
}

test_another_source_is_refused[source] if {
	some source in [
		"git::https://github.com/org/infra.git",
		"git::https://github.com/org/infra.git?ref=v1",
		"git::https://github.com/org/infra.git?ref=v1.2",
		"git::https://github.com/org/infra.git?ref=1.2.3",
		"git::https://github.com/org/infra.git?ref=v1.2.3x",
		"git::https://github.com/org/infra.git?ref=v1.2.3-",
		"git::https://github.com/org/infra.git?xref=v1.2.3",
		"git::https://github.com/org/infra.git&ref=v1.2.3",
		"git::https://github.com/ref=v1.2.3?ref=main",
		"git::https://github.com/org/infra.git?ref=vx.2.3",
		"git::https://github.com/org/infra.git?ref=v1.x.3",
		"git::https://github.com/org/infra.git?ref=v1.2.x",
		"git::https://github.com/org/infra.git?ref=v1a2.3",
		"git::https://github.com/org/infra.git?ref=v1.2a3",
		"https://example.com/module.zip?ref=v1.2.3",
		"s3::https://s3.amazonaws.com/b/module.zip?ref=v1.2.3",
		"xgit::https://github.com/org/infra.git?ref=v1.2.3",
		"githubxcom/org/infra?ref=v1.2.3",
		"bitbucketxorg/org/infra?ref=v1.2.3",
		".../modules/a",
		"x./modules/a",
		".modules/a",
	]
	testing.addresses(module_pin.deny) == {"module.a"} with input as calling({"source": source})
}

test_one_version_of_a_registry_is_allowed[version] if {
	some version in ["1.2.3", "= 10.20.30", "=1.2.3"]
	every source in ["terraform-aws-modules/vpc/aws", "app.terraform.io/org/vpc/aws", "org/vpc/aws//modules/a"] {
		module_pin.deny == set() with input as calling({"source": source, "version_constraint": version})
	}
}

test_other_versions_of_a_registry_are_refused[version] if {
	some version in ["~> 1.2", ">= 1.2.3", "1.2.3, 1.2.4", "1.2", "x1.2.3", "1.2.x", "1.x.3", "1a2.3", "1.2a3", ""]
	testing.addresses(module_pin.deny) == {"module.a"} with input as calling({"source": "org/vpc/aws", "version_constraint": version})
}

test_a_module_of_a_registry_without_a_version_is_refused[note] if {
	some note, call in {"absent": {"source": "org/vpc/aws"}, "null": {"source": "org/vpc/aws", "version_constraint": null}}
	testing.addresses(module_pin.deny) == {"module.a"} with input as calling(call)
}

test_what_only_looks_like_a_registry_is_refused[source] if {
	some source in ["org/vpc", "https://x/y/z/aws", "a/b/org/vpc/aws", "org/vpc/aws/x", "org/vpc/aws?x=1", "x y/vpc/aws", "org/v.c/aws"]
	testing.addresses(module_pin.deny) == {"module.a"} with input as calling({"source": source, "version_constraint": "1.2.3"})
}

test_a_module_in_a_module_is_judged if {
	plan := calling({"source": good, "module": {"module_calls": {"b": {"source": "git::https://x/y.git"}}}})
	testing.addresses(module_pin.deny) == {"module.a.module.b"} with input as plan
}
