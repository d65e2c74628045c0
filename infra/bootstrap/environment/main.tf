# Resources in the account of one Environment: identity provider, roles, policies, boundary.

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

# A new account has no service-linked roles. Created here, the apply role needs no permission to create them.
# bootstrap-backend adopts those that already exist, like every other resource.
resource "aws_iam_service_linked_role" "this" {
  for_each = toset([
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "rds.amazonaws.com",
  ])

  aws_service_name = each.value

  # AWS sets the description, and other services in the account share the role.
  lifecycle {
    ignore_changes = [description, tags, tags_all]
  }
}

resource "aws_iam_policy" "boundary" {
  name        = "${local.prefix}-boundary"
  description = "The most that roles of ${local.prefix} can ever do"
  policy      = templatefile("${local.policies}/boundary.json.tftpl", local.values)
}

resource "aws_iam_policy" "pipeline" {
  for_each = toset(concat(["pipeline-read"], local.change))

  name        = "${local.prefix}-${each.value}"
  description = "What the pipeline of ${local.prefix} may do: ${trimprefix(each.value, "pipeline-")}"
  policy      = templatefile("${local.policies}/${each.value}.json.tftpl", local.values)
}

resource "aws_iam_role" "this" {
  for_each = local.roles

  name                 = "${local.prefix}-${each.key}"
  description          = "Terraform of ${local.prefix}: ${each.key}"
  max_session_duration = 3600
  permissions_boundary = each.value.boundary ? aws_iam_policy.boundary.arn : null
  assume_role_policy   = templatefile("${local.policies}/trust-${each.key}.json.tftpl", merge(local.values, { purpose = each.key, people_may_plan = local.people_may_plan }))
}

resource "aws_iam_role_policy" "this" {
  for_each = local.inline_policies

  name   = each.value.policy
  role   = aws_iam_role.this[each.value.purpose].name
  policy = templatefile("${local.policies}/${each.value.policy}.json.tftpl", merge(local.values, { purpose = each.value.purpose }))
}

# These two resources hold the complete lists: policies that were attached by hand are removed.
resource "aws_iam_role_policies_exclusive" "this" {
  for_each = local.roles

  role_name    = aws_iam_role.this[each.key].name
  policy_names = each.value.inline

  depends_on = [aws_iam_role_policy.this]
}

resource "aws_iam_role_policy_attachments_exclusive" "this" {
  for_each = local.roles

  role_name   = aws_iam_role.this[each.key].name
  policy_arns = [for name in each.value.managed : aws_iam_policy.pipeline[name].arn]
}
