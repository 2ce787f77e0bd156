from __future__ import annotations

from tests.world.conftest import Deployment

TEMPLATE = """
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      NotificationConfiguration:
        QueueConfigurations:
          - {Event: "%s", Queue: !GetAtt Queue.Arn}
"""


def test_s3e_16_a_rule_for_an_event_that_never_happens_here_is_refused(deployed: Deployment) -> None:
    error = deployed.refused(TEMPLATE % "s3:ObjectRestore:Completed")
    assert '"s3:ObjectRestore:Completed"' in str(error)
