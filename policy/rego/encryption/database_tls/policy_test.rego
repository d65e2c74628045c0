package infragate.encryption.database_tls_test

import data.infragate.encryption.database_tls
import data.infragate.lib.testing

group(family, parameters) := testing.resource("aws_db_parameter_group", {"family": family, "parameter": parameters})

address := "aws_db_parameter_group.this"

test_the_complaint if {
	database_tls.deny == {{
		"id": "IG-ENC-09",
		"severity": "HIGH",
		"address": "aws_db_parameter_group.this",
		"path": "parameter",
		"msg": "Connections without TLS are accepted: rds.force_ssl is not 1.",
	}} with input as testing.plan([group("postgres16", [])])
}

names := {
	"postgres16": "rds.force_ssl",
	"aurora-postgresql15": "rds.force_ssl",
	"mysql8.0": "require_secure_transport",
	"aurora-mysql8.0": "require_secure_transport",
	"mariadb10.11": "require_secure_transport",
	"sqlserver-ex-15.0": "rds.force_ssl",
}

test_plain_connections_are_refused[family] if {
	some family, name in names
	every parameters in [[], null, [{"name": name, "value": "0"}], [{"name": name, "value": null}], [{"name": "other", "value": "1"}]] {
		testing.brief(database_tls.deny) == {[address, "parameter", 0]} with input as testing.plan([group(family, parameters)])
	}
}

test_tls_only_is_allowed[family] if {
	some family, name in names
	every value in ["1", "ON"] {
		database_tls.deny == set() with input as testing.plan([group(family, [{"name": "other", "value": "0"}, {"name": name, "value": value}])])
	}
}

test_a_group_of_a_cluster_is_refused if {
	rc := testing.resource("aws_rds_cluster_parameter_group", {"family": "aurora-mysql8.0"})
	testing.brief(database_tls.deny) == {["aws_rds_cluster_parameter_group.this", "parameter", 0]} with input as testing.plan([rc])
}

test_other_families_are_allowed[family] if {
	some family in ["oracle-ee-19", "oracle-se2-19", "xsqlserver-ee-15.0", "xpostgres16", "xmysql8.0", "xmariadb10", "postgres", "mysql-x", "mariadb-x", ""]
	database_tls.deny == set() with input as testing.plan([group(family, [])])
}

test_no_family_is_allowed if database_tls.deny == set() with input as testing.plan([testing.resource("aws_db_parameter_group", {})])

test_unknown_parameters_are_asked[note] if {
	some note, case in {
		"all": [{"family": "postgres16"}, {"parameter": true}],
		"a value": [{"family": "postgres16", "parameter": [{"name": "rds.force_ssl"}]}, {"parameter": [{"value": true}]}],
		"a name": [{"family": "postgres16", "parameter": [{"value": "1"}]}, {"parameter": [{"name": true}]}],
	}
	testing.brief(database_tls.deny) == {[address, "parameter", 1]} with input as testing.plan([testing.partly("aws_db_parameter_group", case[0], case[1])])
}

test_an_unknown_parameter_beside_the_good_one_is_allowed if {
	rc := testing.partly("aws_db_parameter_group", {"family": "postgres16", "parameter": [{"name": "rds.force_ssl", "value": "1"}, {"name": "x"}]}, {"parameter": [{}, {"value": true}]})
	database_tls.deny == set() with input as testing.plan([rc])
}

test_other_types_are_allowed if {
	database_tls.deny == set() with input as testing.plan([testing.resource("aws_vpc", {"family": "postgres16"}), testing.partly("aws_vpc", {"family": "postgres16"}, {"parameter": true})])
}

test_every_address if {
	testing.addresses(database_tls.deny) == testing.kept_addresses("aws_db_parameter_group") with input as testing.kept(group("postgres16", []))
}

test_what_is_gone_is_allowed if database_tls.deny == set() with input as testing.gone(group("postgres16", []))
