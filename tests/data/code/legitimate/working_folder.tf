locals {
  a = file("${path.cwd}/x.json")
}
