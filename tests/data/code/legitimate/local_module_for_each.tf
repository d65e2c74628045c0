module "m" {
  source   = "./m"
  for_each = toset(["x.json", "y.json"])
  file     = each.value
}
