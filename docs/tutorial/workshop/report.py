"""Week 3: turns a table of orders into a report."""

import csv
import json

import boto3

s3 = boto3.client("s3")


class BadTable(Exception):
    """The file has not the columns that a report needs."""


def handler(job, context):
    text = s3.get_object(Bucket=job["bucket"], Key=job["key"])["Body"].read().decode()
    rows = list(csv.DictReader(text.splitlines()))
    if not rows or not {"quantity", "price"} <= rows[0].keys():
        raise BadTable(f"{job['key']} needs the columns quantity and price")
    report = {"rows": len(rows), "revenue": sum(int(row["quantity"]) * int(row["price"]) for row in rows)}
    key = job["key"].replace(".csv", ".json")
    s3.put_object(Bucket="csv-reports", Key=key, Body=json.dumps(report) + "\n")
    return {**job, "report": key}
