# METADATA
# title: Container images in a plan
package infragate.lib.images

import data.infragate.lib.arguments
import data.infragate.lib.plan
import data.infragate.lib.references

_arguments := {"aws_ecs_task_definition": "container_definitions", "aws_lambda_function": "image_uri"}

# Each image: {rc, path, image}.
images := array.concat(
	[{"rc": rc, "path": "container_definitions", "image": image} |
		some rc in plan.planned({"aws_ecs_task_definition"})
		text := plan.value(rc, ["container_definitions"], null)
		json.is_valid(text)
		some container in json.unmarshal(text)
		some name, image in container
		lower(name) == "image" # the provider reads `Image`, too
	],
	[{"rc": rc, "path": "image_uri", "image": image} |
		some rc in plan.planned({"aws_lambda_function"})
		image := plan.value(rc, ["image_uri"], null)
		is_string(image)
	],
)

# Task definitions that are no JSON.
broken := [rc |
	some rc in plan.planned({"aws_ecs_task_definition"})
	text := plan.value(rc, ["container_definitions"], null)
	is_string(text)
	not json.is_valid(text)
]

# What has images that are known only after the apply, and the argument: {rc, path}.
blank := [{"rc": rc, "path": argument} |
	some rc in plan.planned(object.keys(_arguments))
	argument := _arguments[rc.type]
	arguments.is_later(rc, [argument])
	not _is_looked_up(rc)
]

# One value that is unknown makes all of container_definitions unknown. The image is known all the same if the module of
# the task definition gets it as the argument `image` from the digest that a data source looked up.
_is_looked_up(rc) if {
	some reference in references.call_of(rc).expressions.image.references
	regex.match(`^data\.aws_ecr_image\.[^.]+\.image_(digest|uri)$`, reference)
}

has_digest(image) if regex.match(`@sha256:[0-9a-f]{64}$`, image)

# The tag, "" without one. A port of a registry is no tag.
tag_of(image) := trim_prefix(regex.find_n(`(:[^:/]*)?$`, split(image, "@")[0], 1)[0], ":")
