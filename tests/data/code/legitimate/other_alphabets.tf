locals {
  이름    = "값"
  größe = 1
}
