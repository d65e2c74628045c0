output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "cidr_block" {
  description = "Addresses of the network."
  value       = aws_vpc.this.cidr_block
}

output "public_subnet_ids" {
  description = "Public subnets, in the order of availability_zones; once they have their way to the internet."
  value       = [for zone in var.availability_zones : aws_subnet.public[zone].id]
  depends_on  = [aws_route.internet, aws_route_table_association.public]
}

output "private_subnet_ids" {
  description = "Private subnets, in the order of availability_zones; once their routes are there."
  value       = [for zone in var.availability_zones : aws_subnet.private[zone].id]
  depends_on  = [aws_route.nat, aws_route_table_association.private]
}
