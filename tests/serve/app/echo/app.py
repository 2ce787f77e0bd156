"""Writes down what it is called with, and answers with it; fails where it is asked to."""

import json
import os

import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    if [r.get("body") for r in event.get("Records", ())] == ["fail"]:
        raise ValueError("asked to fail")
    sqs.send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(event))
    return {"statusCode": 200, "headers": {"X-Seen": "yes"}, "body": json.dumps(event)}
