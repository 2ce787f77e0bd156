"""Reads the lines of a receipt with Textract."""

import json
import os
from urllib.parse import unquote_plus

import boto3

textract = boto3.client("textract")
s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        found = textract.detect_document_text(Document={"S3Object": {"Bucket": bucket, "Name": key}})
        lines = [block["Text"] for block in found["Blocks"] if block["BlockType"] == "LINE"]
        s3.put_object(Bucket=os.environ["RESULTS"], Key=f"{key}.json", Body=json.dumps({"lines": lines}))
