locals {
  account_id = var.environments[var.environment].account_id
  prefix     = "${var.service}-${var.environment}"
  policies   = "${path.module}/../policies"

  tags = {
    org     = var.org
    env     = var.environment
    service = var.service
    version = var.bootstrap_version
    owner   = var.owner
  }

  # Variables of the policy templates. src/infragate/domain/bootstrap/role_policies.py builds the same set.
  values = {
    service                     = var.service
    environment                 = var.environment
    account_id                  = local.account_id
    region                      = var.environments[var.environment].region
    prefix                      = local.prefix
    external_id                 = local.prefix
    state_prefix                = "${var.service}/${var.environment}"
    state_key                   = "${var.service}/${var.environment}/terraform.tfstate"
    state_region                = var.state.region
    state_account_id            = var.state.account_id
    bucket                      = var.state.bucket
    lock_table                  = var.state.lock_table
    kms_alias                   = var.state.kms_alias
    atlantis_task_role_arn      = var.callers.atlantis_task_role_arn
    bootstrap_role_name         = var.callers.bootstrap_role_name
    break_glass_principals_json = jsonencode(var.callers.break_glass_principals)
    github_name                 = "${var.github.owner}/${var.github.repository}"
    github_name_with_ids        = "${var.github.owner}@${var.github.owner_id}/${var.github.repository}@${var.github.repository_id}"
  }

  # A statement of the plan role's trust, if people are named who may plan.
  people_may_plan = length(var.callers.plan_principals) == 0 ? "" : join("", [",", templatefile(
    "${local.policies}/trust-people.json.tftpl",
    merge(local.values, { plan_principals_json = jsonencode(var.callers.plan_principals) })
  )])

  change = ["pipeline-compute", "pipeline-data", "pipeline-iam", "pipeline-network"]

  roles = {
    plan        = { managed = ["pipeline-read"], inline = ["state-role"], boundary = false }
    apply       = { managed = concat(["pipeline-read"], local.change), inline = ["state-role"], boundary = true }
    break-glass = { managed = concat(["pipeline-read"], local.change), inline = ["state-role", "break-glass"], boundary = true }
  }

  inline_policies = merge([
    for purpose, role in local.roles : {
      for policy in role.inline : "${purpose}/${policy}" => { purpose = purpose, policy = policy }
    }
  ]...)
}
