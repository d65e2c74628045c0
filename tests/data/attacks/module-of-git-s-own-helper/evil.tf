module "evil" {
  source = "git::ext::sh -c touch% {marks}/module-of-git-s-own-helper"
}
