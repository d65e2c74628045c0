module "evil" {
  source = "git::file://{root}?ref=--upload-pack=touch%20{marks}/ref-that-is-an-option"
}
