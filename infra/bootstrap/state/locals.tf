locals {
  tags = {
    org     = var.org
    env     = "state"
    service = var.service
    version = var.bootstrap_version
    owner   = var.owner
  }

  policies = "${path.module}/../policies"

  # Variables of the policy templates. src/infragate/domain/bootstrap/role_policies.py builds the same set.
  values = {
    service                     = var.service
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

  environment_values = {
    for name, environment in var.environments : name => merge(local.values, {
      environment  = name
      account_id   = environment.account_id
      region       = environment.region
      prefix       = "${var.service}-${name}"
      external_id  = "${var.service}-${name}"
      state_prefix = "${var.service}/${name}"
      state_key    = "${var.service}/${name}/terraform.tfstate"
    })
  }

  # A statement of the drift role's trust, if people are named who may plan.
  people_may_plan = length(var.callers.plan_principals) == 0 ? "" : join("", [",", templatefile(
    "${local.policies}/trust-people.json.tftpl",
    merge(local.values, { plan_principals_json = jsonencode(var.callers.plan_principals) })
  )])

  lock_table = contains(["dynamodb", "both"], var.state.lock)
  lock_file  = contains(["s3", "both"], var.state.lock)

  read  = concat(["state-read"], local.lock_table ? ["lock-table-read"] : [])
  write = concat(["state-write"], local.lock_table ? ["lock-table-write"] : [], local.lock_file ? ["lock-file"] : [])

  # The plan role has no write permission, not even for the lock.
  role_policies = {
    plan        = local.read
    apply       = concat(local.read, local.write)
    break-glass = concat(local.read, local.write, ["state-break-glass"])
  }

  roles = merge([
    for name in keys(var.environments) : {
      for purpose in keys(local.role_policies) : "${name}-${purpose}" => { environment = name, purpose = purpose }
    }
  ]...)

  inline_policies = merge([
    for role, parts in local.roles : {
      for policy in local.role_policies[parts.purpose] : "${role}/${policy}" => { role = role, policy = policy }
    }
  ]...)
}
