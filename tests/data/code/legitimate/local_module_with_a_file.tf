module "m" {
  source = "./m"
  file   = "y.json"
}
