# METADATA
# title: What infragate says about the plan (data.infragate)
# description: |
#   Without that data the strictest is assumed: a protected Environment and no settings.
package infragate.lib.context

default environment := null

environment := data.infragate.environment

default protected := true

protected := false if data.infragate.protected == false

default settings := {}

settings := data.infragate.settings if is_object(data.infragate.settings)

# A setting of gate.yaml (policy_settings), or the value to use without one.
setting(name, otherwise) := object.get(settings, name, otherwise)
