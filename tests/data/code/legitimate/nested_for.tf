locals {
  folder = "${path.module}/policies"
  all = {
    for f in fileset(local.folder, "**") :
    basename(f) => jsondecode(file("${local.folder}/${f}")) if endswith(f, ".json")
  }
}
