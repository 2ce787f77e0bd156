"""Asks Rekognition what is in a picture, keeps it, and tells the catalogue."""

import json
import os
import urllib.request
from urllib.parse import unquote_plus

import boto3

SURE_PERCENT = 80
CATALOGUE_TIMEOUT_S = 5

rekognition = boto3.client("rekognition")
s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        found = rekognition.detect_labels(Image={"S3Object": {"Bucket": bucket, "Name": key}})
        labels = [label["Name"] for label in found["Labels"] if label["Confidence"] >= SURE_PERCENT]
        number = announce({"key": key, "labels": labels})
        result = {"labels": labels, "catalogue_number": number}
        s3.put_object(Bucket=os.environ["RESULTS"], Key=f"{key}.json", Body=json.dumps(result))


def announce(picture):
    request = urllib.request.Request(
        os.environ["CATALOGUE_URL"],
        data=json.dumps(picture).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=CATALOGUE_TIMEOUT_S) as answer:
        return json.load(answer)["number"]
