package infragate.backup.retention_test

import data.infragate.backup.retention
import data.infragate.lib.testing

database(days) := testing.resource("aws_db_instance", {"backup_retention_period": days})

test_the_complaint if {
	retention.deny == {{
		"id": "IG-BKP-01",
		"severity": "HIGH",
		"address": "aws_db_instance.this",
		"path": "backup_retention_period",
		"msg": "Its backups are kept for less than 7 days.",
	}} with input as testing.plan([database(6)])
}

test_every_type_is_judged[type] if {
	some type in ["aws_db_instance", "aws_docdb_cluster", "aws_neptune_cluster", "aws_rds_cluster"]
	every after in [{"backup_retention_period": 6}, {"backup_retention_period": 0}, {"backup_retention_period": null}, {}, {"backup_retention_period": "7"}] {
		testing.brief(retention.deny) == {[sprintf("%s.this", [type]), "backup_retention_period", 0]} with input as testing.plan([testing.resource(type, after)])
	}
	retention.deny == set() with input as testing.plan([testing.resource(type, {"backup_retention_period": 7})])
	testing.brief(retention.deny) == {[sprintf("%s.this", [type]), "backup_retention_period", 1]} with input as testing.plan([testing.partly(type, {}, {"backup_retention_period": true})])
}

test_the_setting_counts if {
	count(retention.deny) == 1 with input as testing.plan([database(29)]) with data.infragate.settings as {"backup_retention_days": 30}
	retention.deny == set() with input as testing.plan([database(30)]) with data.infragate.settings as {"backup_retention_days": 30}
}

test_a_replica_is_allowed if {
	rc := testing.resource("aws_db_instance", {"backup_retention_period": 0, "replicate_source_db": "main"})
	retention.deny == set() with input as testing.plan([rc])
}

test_no_replica_is_refused if {
	every source in [null, ""] {
		rc := testing.resource("aws_db_instance", {"backup_retention_period": 0, "replicate_source_db": source})
		count(retention.deny) == 1 with input as testing.plan([rc])
	}
}

test_other_types_are_allowed if retention.deny == set() with input as testing.plan([testing.resource("aws_vpc", {})])

test_an_environment_that_is_not_protected_is_allowed if {
	retention.deny == set() with input as testing.plan([database(0), testing.partly("aws_db_instance", {}, {"backup_retention_period": true})])
		with data.infragate.protected as false
}

test_every_address if {
	testing.addresses(retention.deny) == testing.kept_addresses("aws_db_instance") with input as testing.kept(database(0))
}

test_what_is_gone_is_allowed if retention.deny == set() with input as testing.gone(database(0))
