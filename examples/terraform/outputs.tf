# What a program that uses the cluster asks for.

output "writer_endpoint" {
  value = aws_rds_cluster.orders.endpoint
}

output "members" {
  value = { for member in aws_rds_cluster_instance.orders : member.identifier => member.instance_class }
}
