variable "file" {
  description = "file(\"/etc/passwd\") and provisioner"
}
