# Three roles for each Environment. They can reach only its own prefix and lock items.

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "state" {
  for_each = local.roles

  name                 = "${var.service}-${each.value.environment}-state-${each.value.purpose}"
  description          = "State of ${each.value.environment}: ${each.value.purpose}"
  max_session_duration = 3600

  assume_role_policy = templatefile(
    "${local.policies}/trust-state.json.tftpl",
    merge(local.environment_values[each.value.environment], { purpose = each.value.purpose })
  )

  tags = { env = each.value.environment }
}

resource "aws_iam_role_policy" "state" {
  for_each = local.inline_policies

  name = each.value.policy
  role = aws_iam_role.state[each.value.role].name

  policy = templatefile(
    "${local.policies}/${each.value.policy}.json.tftpl",
    merge(local.environment_values[local.roles[each.value.role].environment], { kms_key_arn = aws_kms_key.state.arn })
  )
}

# Policies that were attached by hand are removed.
resource "aws_iam_role_policies_exclusive" "state" {
  for_each = local.roles

  role_name    = aws_iam_role.state[each.key].name
  policy_names = local.role_policies[each.value.purpose]

  depends_on = [aws_iam_role_policy.state]
}

resource "aws_iam_role_policy_attachments_exclusive" "state" {
  for_each = local.roles

  role_name   = aws_iam_role.state[each.key].name
  policy_arns = []
}

# What was told of drift: a role of its own, since planning writes nothing.
resource "aws_iam_role" "drift" {
  name                 = "${var.service}-drift"
  description          = "Records of drift"
  max_session_duration = 3600

  assume_role_policy = templatefile(
    "${local.policies}/trust-drift.json.tftpl",
    merge(local.values, { people_may_plan = local.people_may_plan })
  )
}

resource "aws_iam_role_policy" "drift" {
  name = "drift-records"
  role = aws_iam_role.drift.name

  policy = templatefile(
    "${local.policies}/drift-records.json.tftpl",
    merge(local.values, { kms_key_arn = aws_kms_key.state.arn })
  )
}

resource "aws_iam_role_policies_exclusive" "drift" {
  role_name    = aws_iam_role.drift.name
  policy_names = [aws_iam_role_policy.drift.name]
}

resource "aws_iam_role_policy_attachments_exclusive" "drift" {
  role_name   = aws_iam_role.drift.name
  policy_arns = []
}
