"""Week 1: looks at an uploaded file. Week 2: sends it on as a job."""

import json
import os
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")
sqs = boto3.client("sqs")


def handler(event, context):
    for record in event.get("Records", []):
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        print(f"CSV {key}: {len(text.splitlines()) - 1} rows")
        if "JOBS_QUEUE" in os.environ:
            job = json.dumps({"bucket": bucket, "key": key})
            sqs.send_message(QueueUrl=os.environ["JOBS_QUEUE"], MessageBody=job)
