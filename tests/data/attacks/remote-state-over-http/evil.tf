data "terraform_remote_state" "x" {
  backend = "http"
  config  = { address = "{listener}/remote-state-over-http" }
}
