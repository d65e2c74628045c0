# METADATA
# title: Disks and file systems are encrypted
# custom:
#   id: IG-ENC-03
#   severity: HIGH
#   runbook: runbooks/policies/IG-ENC-03.md
package infragate.encryption.disk

import data.infragate.lib.arguments
import data.infragate.lib.finding
import data.infragate.lib.plan

rule := {"id": "IG-ENC-03", "severity": "HIGH"}

deny contains finding.refuse(rule, disk.rc.address, disk.path[0], "It is not encrypted.") if {
	some disk in _disks
	not plan.value(disk.rc, disk.path, null) in {true, "true"}
	not arguments.is_later(disk.rc, disk.path)
}

deny contains finding.ask(rule, disk.rc.address, disk.path[0], "Whether it is encrypted is known only after the apply.") if {
	some disk in _disks
	arguments.is_later(disk.rc, disk.path)
}

# Without the block AWS makes the root disk as the image says.
deny contains finding.refuse(rule, rc.address, "root_block_device", "Its root disk is not encrypted.") if {
	some rc in plan.planned({"aws_instance"})
	arguments.is_missing(rc, ["root_block_device"])
}

# Each disk: the resource and the path of the argument.
_disks := array.concat(array.concat(_volumes, _blocks), _templates)

_volumes := [{"rc": rc, "path": ["encrypted"]} |
	some rc in plan.planned({"aws_ami_copy", "aws_ebs_snapshot_copy", "aws_ebs_volume", "aws_efs_file_system"})
]

_blocks := [{"rc": rc, "path": [block, index, "encrypted"]} |
	some rc in plan.planned({"aws_instance", "aws_launch_configuration", "aws_spot_instance_request"})
	some block in ["ebs_block_device", "root_block_device"]
	some index, _ in plan.value(rc, [block], [])
]

_templates := [{"rc": rc, "path": ["block_device_mappings", index, "ebs", 0, "encrypted"]} |
	some rc in plan.planned({"aws_launch_template"})
	some index, mapping in plan.value(rc, ["block_device_mappings"], [])
	some _ in mapping.ebs
]
