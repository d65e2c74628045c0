package infragate.lib.context_test

import data.infragate.lib.context

test_without_data_the_strictest_is_assumed if {
	context.protected
	context.environment == null
	context.settings == {}
}

test_the_environment_is_what_infragate_says if context.environment == "dev" with data.infragate.environment as "dev"

test_an_environment_is_not_protected_if_infragate_says_so if {
	not context.protected with data.infragate.protected as false
}

test_an_environment_is_protected_if_infragate_says_so if context.protected with data.infragate.protected as true

test_anything_but_false_is_protected if context.protected with data.infragate.protected as null

test_a_setting_counts if context.setting("days", 7) == 30 with data.infragate.settings as {"days": 30}

test_without_the_setting_the_default_counts if {
	context.setting("days", 7) == 7 with data.infragate.settings as {"other": 30}
}

test_without_any_settings_the_default_counts if context.setting("days", 7) == 7 with data.infragate.settings as null
