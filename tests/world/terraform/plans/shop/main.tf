terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
}

provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  endpoints {
    sfn = "http://127.0.0.1:5599"
  }
}

variable "stages" {
  type    = set(string)
  default = ["validate", "bill"]
}

locals {
  prefix = "shop"
}

resource "aws_s3_bucket" "uploads" {
  bucket = "${local.prefix}-uploads"
}

resource "aws_sqs_queue" "failed" {
  name = "${local.prefix}-failed"
}

module "worker" {
  source          = "./modules/worker"
  for_each        = var.stages
  name            = "${local.prefix}-${each.key}"
  dead_letter_arn = aws_sqs_queue.failed.arn
  topic_arn       = aws_sns_topic.news.arn
}

resource "aws_sns_topic" "news" {
  name = "${local.prefix}-news"
}

resource "aws_s3_bucket_notification" "uploads" {
  bucket = aws_s3_bucket.uploads.id
  queue {
    queue_arn     = module.worker["validate"].queue_arn
    events        = ["s3:ObjectCreated:*"]
    filter_suffix = ".csv"
  }
  depends_on = [aws_sqs_queue_policy.validate]
}

data "aws_iam_policy_document" "uploads_may_send" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [module.worker["validate"].queue_arn]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_s3_bucket.uploads.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "validate" {
  queue_url = module.worker["validate"].queue_url
  policy    = data.aws_iam_policy_document.uploads_may_send.json
}

resource "aws_iam_role" "flow" {
  name_prefix = "flow"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "states.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "flow" {
  role = aws_iam_role.flow.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = [for w in module.worker : w.queue_arn] }]
  })
}

resource "aws_sfn_state_machine" "flow" {
  name     = "${local.prefix}-flow"
  role_arn = aws_iam_role.flow.arn
  definition = templatefile("${path.module}/flow.asl.json", {
    queue_url = module.worker["bill"].queue_url
  })
}

resource "aws_cloudwatch_event_rule" "orders" {
  name          = "${local.prefix}-orders"
  event_pattern = jsonencode({ source = ["shop"], "detail-type" = ["order"] })
}

resource "aws_cloudwatch_event_target" "flow" {
  rule     = aws_cloudwatch_event_rule.orders.name
  arn      = aws_sfn_state_machine.flow.arn
  role_arn = aws_iam_role.events.arn
}

resource "aws_iam_role" "events" {
  name = "events"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "events.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "events" {
  role = aws_iam_role.events.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "states:StartExecution", Resource = aws_sfn_state_machine.flow.arn }]
  })
}
