"""Reads uploaded objects. Under in/raw/ it takes the event's key as it stands, elsewhere it decodes it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")


def handler(event: dict[str, Any], context: Any) -> None:
    for record in event["Records"]:
        key = record["s3"]["object"]["key"]
        if not key.startswith("in/raw/"):
            key = unquote_plus(key)
        found = s3.get_object(Bucket=record["s3"]["bucket"]["name"], Key=key)
        print(f"{record['eventName']} {key}: {found['Body'].read().decode()} by {found['Metadata'].get('author')}")


def on_removals(event: dict[str, Any], context: Any) -> None:
    for message in event["Records"]:
        for record in json.loads(message["body"])["Records"]:
            about = record["s3"]["object"]
            print(f"{record['eventName']} {about['key']} has {', '.join(sorted(about))}")
