"""Writes a bill for each order."""

import json
import os

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    for message in event["Records"]:
        order = json.loads(message["body"])
        bill = {"order": order["id"], "total": order["quantity"] * order["price"]}
        s3.put_object(Bucket=os.environ["BILLS_BUCKET"], Key=f"{order['id']}.json", Body=json.dumps(bill))
