resource "aws_apigatewayv2_api" "http" {
  name          = "shop"
  protocol_type = "HTTP"
}
resource "aws_apigatewayv2_integration" "bill" {
  api_id                 = aws_apigatewayv2_api.http.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.api.invoke_arn
  payload_format_version = "2.0"
}
resource "aws_apigatewayv2_route" "bill" {
  api_id    = aws_apigatewayv2_api.http.id
  route_key = "POST /bills"
  target    = "integrations/${aws_apigatewayv2_integration.bill.id}"
}
resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.http.id
  name        = "$default"
  auto_deploy = true
}
resource "aws_lambda_function" "api" {
  function_name = "api"
  role          = aws_iam_role.events.arn
  runtime       = "python3.12"
  handler       = "index.handler"
  filename      = "${path.root}/code"
}
resource "aws_lambda_permission" "api" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.api.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.http.execution_arn}/*/*"
}
resource "aws_lambda_function_url" "api" {
  function_name      = aws_lambda_function.api.function_name
  authorization_type = "NONE"
}
resource "aws_kinesis_stream" "clicks" {
  name        = "clicks"
  shard_count = 1
}
resource "aws_ssm_parameter" "rate" {
  name  = "/shop/rate"
  type  = "String"
  value = "19"
}
resource "aws_secretsmanager_secret" "key" {
  name = "shop-key"
}
resource "aws_secretsmanager_secret_version" "key" {
  secret_id     = aws_secretsmanager_secret.key.id
  secret_string = jsonencode({ key = "s3cret" })
}
resource "aws_cloudwatch_metric_alarm" "stuck" {
  alarm_name          = "failed-jobs"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "ApproximateNumberOfMessagesVisible"
  namespace           = "AWS/SQS"
  period              = 60
  statistic           = "Maximum"
  threshold           = 0
  dimensions          = { QueueName = aws_sqs_queue.failed.name }
  alarm_actions       = [aws_sns_topic.news.arn]
}
resource "aws_scheduler_schedule" "hourly" {
  name                = "hourly"
  schedule_expression = "rate(1 hour)"
  flexible_time_window { mode = "OFF" }
  target {
    arn      = aws_sqs_queue.failed.arn
    role_arn = aws_iam_role.events.arn
    input    = jsonencode({ source = aws_sns_topic.news.arn })
  }
}
