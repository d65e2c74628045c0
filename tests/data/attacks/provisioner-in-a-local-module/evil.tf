module "evil" {
  source = "./evil"
}
