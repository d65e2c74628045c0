locals {
  a = file("x.json")
  b = file("./x.json")
  c = filemd5("${path.root}/x.json")
}
