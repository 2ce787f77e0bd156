"""Week 2: takes jobs from the queue, and says which it could not take. Week 3: starts the workflow for each."""

import json
import os

import boto3

stepfunctions = boto3.client("stepfunctions")


def handler(event, context):
    failed = []
    for message in event["Records"]:
        try:
            job = json.loads(message["body"])
            print(f"JOB {job['key']}")
            if "STATE_MACHINE" in os.environ:
                stepfunctions.start_execution(stateMachineArn=os.environ["STATE_MACHINE"], input=json.dumps(job))
        except (ValueError, KeyError) as error:
            print(f"POISON {message['body']}: {error}")
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}
