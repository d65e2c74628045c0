package infragate.encryption.disk_test

import data.infragate.encryption.disk
import data.infragate.lib.testing

volume(value) := testing.resource("aws_ebs_volume", {"encrypted": value})

instance(after) := testing.resource("aws_instance", after)

encrypted := [{"encrypted": true}]

test_the_complaint if {
	disk.deny == {{
		"id": "IG-ENC-03",
		"severity": "HIGH",
		"address": "aws_ebs_volume.this",
		"path": "encrypted",
		"msg": "It is not encrypted.",
	}} with input as testing.plan([volume(false)])
}

test_every_type_is_judged[type] if {
	some type in ["aws_ami_copy", "aws_ebs_snapshot_copy", "aws_ebs_volume", "aws_efs_file_system"]
	every after in [{"encrypted": false}, {"encrypted": null}, {}] {
		testing.brief(disk.deny) == {[sprintf("%s.this", [type]), "encrypted", 0]} with input as testing.plan([testing.resource(type, after)])
	}
	testing.brief(disk.deny) == {[sprintf("%s.this", [type]), "encrypted", 1]} with input as testing.plan([testing.partly(type, {}, {"encrypted": true})])
	disk.deny == set() with input as testing.plan([testing.resource(type, {"encrypted": true})])
}

test_a_disk_of_an_instance_is_refused[block] if {
	some block in ["ebs_block_device", "root_block_device"]
	every value in [false, null] {
		rc := instance(object.union({"root_block_device": encrypted}, {block: [{"encrypted": value}]}))
		testing.brief(disk.deny) == {["aws_instance.this", block, 0]} with input as testing.plan([rc])
	}
}

test_a_disk_of_what_starts_instances_is_refused[type] if {
	some type in ["aws_launch_configuration", "aws_spot_instance_request"]
	rc := testing.resource(type, {"root_block_device": [{"encrypted": false}]})
	testing.brief(disk.deny) == {[sprintf("%s.this", [type]), "root_block_device", 0]} with input as testing.plan([rc])
}

template(mapping) := testing.resource("aws_launch_template", {"block_device_mappings": [mapping]})

test_a_disk_of_a_template_is_refused if {
	every value in ["false", "", null] {
		testing.brief(disk.deny) == {["aws_launch_template.this", "block_device_mappings", 0]} with input as testing.plan([template({"ebs": [{"encrypted": value}]})])
	}
}

test_a_template_of_encrypted_disks_is_allowed[note] if {
	some note, mapping in {"encrypted": {"ebs": [{"encrypted": "true"}]}, "no disk": {"ebs": []}, "of the instance": {"virtual_name": "ephemeral0"}}
	disk.deny == set() with input as testing.plan([template(mapping)])
}

test_an_unknown_disk_of_a_template_is_asked if {
	unknown := {"block_device_mappings": [{"ebs": [{"encrypted": true}]}]}
	rc := testing.partly("aws_launch_template", {"block_device_mappings": [{"ebs": [{}]}]}, unknown)
	testing.brief(disk.deny) == {["aws_launch_template.this", "block_device_mappings", 1]} with input as testing.plan([rc])
}

test_an_instance_without_a_block_for_its_root_disk_is_refused if {
	testing.labels(disk.deny) == {["IG-ENC-03", "HIGH"]} with input as testing.plan([instance({})])
	testing.brief(disk.deny) == {["aws_instance.this", "root_block_device", 0]} with input as testing.plan([instance({})])
}

test_encrypted_disks_are_allowed if {
	rc := instance({"root_block_device": encrypted, "ebs_block_device": [{"encrypted": "true"}]})
	disk.deny == set() with input as testing.plan([rc, volume(true)])
}

test_unknown_disks_are_asked if {
	rc := testing.partly("aws_instance", {"root_block_device": [{}]}, {"root_block_device": [{"encrypted": true}]})
	testing.brief(disk.deny) == {["aws_instance.this", "root_block_device", 1]} with input as testing.plan([rc])
}

test_other_types_are_allowed if {
	disk.deny == set() with input as testing.plan([testing.resource("aws_vpc", {"encrypted": false, "root_block_device": [{}]})])
}

test_every_address if {
	testing.addresses(disk.deny) == testing.kept_addresses("aws_ebs_volume") with input as testing.kept(volume(false))
}

test_what_is_gone_is_allowed if disk.deny == set() with input as testing.gone(volume(false))
