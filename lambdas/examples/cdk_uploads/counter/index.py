"""Counts the lines of each uploaded file, and adds them to the total that the stack began with."""

import os
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")
totals = boto3.resource("dynamodb").Table(os.environ["TOTALS"])


def handler(event, context):
    for record in event["Records"]:
        key = unquote_plus(record["s3"]["object"]["key"])
        body = s3.get_object(Bucket=record["s3"]["bucket"]["name"], Key=key)["Body"].read()
        totals.update_item(
            Key={"id": "lines"},
            UpdateExpression="ADD amount :more",
            ExpressionAttributeValues={":more": len(body.splitlines())},
        )
