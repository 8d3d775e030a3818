# What differs from one use to the next.

variable "endpoint" {
  description = "The URL of a simulator, such as http://127.0.0.1:4510; null for AWS itself."
  type        = string
  default     = null
}

variable "region" {
  type    = string
  default = "us-east-1"
}

variable "name" {
  description = "The cluster's identifier, and the beginning of all other names."
  type        = string
  default     = "orders"
}

variable "instance_class" {
  description = "The class of both members."
  type        = string
  default     = "db.t3.medium"
}

variable "max_connections" {
  type    = number
  default = 400
}

variable "log_min_duration_milliseconds" {
  description = "Statements that take longer are logged."
  type        = number
  default     = 500
}

variable "master_password" {
  description = "Give it with TF_VAR_master_password. It stands in Terraform's state."
  type        = string
  sensitive   = true
}
