"""Puts a parcel by a presigned address, fetches it by another, and tells how that went."""

from __future__ import annotations

import os
import time
from typing import Any

import boto3
import urllib3

s3 = boto3.client("s3")
http = urllib3.PoolManager(retries=False)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    parcel = {"Bucket": os.environ["BUCKET"], "Key": event["key"]}
    put = s3.generate_presigned_url("put_object", Params=parcel, ExpiresIn=60)
    get = s3.generate_presigned_url("get_object", Params=parcel, ExpiresIn=60)
    time.sleep(event.get("later", 0))
    stored = http.request("PUT", put, body=event["content"].encode())
    fetched = http.request("GET", get)
    plain = http.request("GET", get.partition("?")[0])
    return {
        "stored": stored.status,
        "fetched": [fetched.status, fetched.data.decode() if fetched.status == 200 else ""],
        "without signature": plain.status,
    }
