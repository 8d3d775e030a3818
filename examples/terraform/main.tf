# An Aurora PostgreSQL cluster with a parameter group and two instances, for Terraform's AWS provider.
# With `endpoint` it is applied to a simulator (docs/simulator.md); without, to AWS.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  region = var.region

  # A simulator takes any credentials, and has no EC2 or IAM to ask about them.
  skip_metadata_api_check     = var.endpoint != null
  skip_credentials_validation = var.endpoint != null

  endpoints {
    rds = var.endpoint
    sts = var.endpoint
  }
}

resource "aws_rds_cluster_parameter_group" "orders" {
  name        = "${var.name}-16"
  family      = "aurora-postgresql16"
  description = "Parameters of ${var.name}"

  # Static: live after each member's restart, which Terraform does not bring about.
  parameter {
    name         = "max_connections"
    value        = tostring(var.max_connections)
    apply_method = "pending-reboot"
  }

  # Dynamic: live within a minute, in milliseconds.
  parameter {
    name  = "log_min_duration_statement"
    value = tostring(var.log_min_duration_milliseconds)
  }
}

resource "aws_rds_cluster" "orders" {
  cluster_identifier              = var.name
  engine                          = "aurora-postgresql"
  engine_version                  = "16.6"
  database_name                   = "orders"
  master_username                 = "keeper"
  master_password                 = var.master_password
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.orders.name
  availability_zones              = ["${var.region}a", "${var.region}b", "${var.region}c"]
  storage_encrypted               = true
  skip_final_snapshot             = true
  apply_immediately               = true
}

resource "aws_rds_cluster_instance" "orders" {
  count = 2

  identifier         = "${var.name}-${count.index + 1}"
  cluster_identifier = aws_rds_cluster.orders.id
  engine             = aws_rds_cluster.orders.engine
  engine_version     = aws_rds_cluster.orders.engine_version
  instance_class     = var.instance_class
  promotion_tier     = count.index
  apply_immediately  = true
}
