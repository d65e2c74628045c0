package infragate.sources.providers_test

import data.infragate.lib.testing
import data.infragate.sources.providers

using(name) := object.union(testing.plan([]), {"configuration": {"provider_config": {"x": {"full_name": name}}, "root_module": {}}})

test_the_complaint if {
	providers.deny == {{
		"id": "IG-SRC-02",
		"severity": "HIGH",
		"address": "registry.terraform.io/evil/aws",
		"path": "provider",
		"msg": "The provider registry.terraform.io/evil/aws is not on the allow list.",
	}} with input as using("registry.terraform.io/evil/aws")
}

test_the_usual_ones_are_allowed[name] if {
	some name in ["registry.terraform.io/hashicorp/aws", "registry.opentofu.org/hashicorp/aws", "terraform.io/builtin/terraform"]
	providers.deny == set() with input as using(name)
}

test_the_provider_of_a_resource_counts if {
	rc := object.union(testing.resource("random_id", {}), {"provider_name": "registry.terraform.io/hashicorp/random"})
	testing.addresses(providers.deny) == {"registry.terraform.io/hashicorp/random"} with input as testing.plan([rc])
}

# Its provider runs to destroy it.
test_the_provider_of_what_is_destroyed_counts if {
	rc := testing.changed(object.union(testing.resource("random_id", {}), {"provider_name": "a/b/c"}), {"actions": ["delete"], "after": null})
	testing.addresses(providers.deny) == {"a/b/c"} with input as testing.plan([rc])
}

test_the_setting_is_the_list if {
	providers.deny == set() with input as using("a/b/c") with data.infragate.settings as {"providers": ["a/b/c"]}
	testing.addresses(providers.deny) == {"registry.terraform.io/hashicorp/aws"} with input as using("registry.terraform.io/hashicorp/aws")
		with data.infragate.settings as {"providers": ["a/b/c"]}
}
