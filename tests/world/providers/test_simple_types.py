"""KMS, CloudWatch and Cognito: the API shows what the template said."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.world.conftest import Deployment

KEY = """\
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      Description: for orders
      EnableKeyRotation: true
      Enabled: true
      KeyPolicy: {Version: "2012-10-17", Statement: []}
      Tags: [{Key: team, Value: orders}]
  Alias:
    Type: AWS::KMS::Alias
    Properties: {AliasName: alias/orders, TargetKeyId: !Ref Key}
"""

ALARM = """\
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Bell: {Type: AWS::SNS::Topic}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: Somebody must look.
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{Name: QueueName, Value: !GetAtt Dead.QueueName}]
      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 1
      Threshold: "0.5"
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
      AlarmActions: [!Ref Bell]
  Board:
    Type: AWS::CloudWatch::Dashboard
    Properties: {DashboardBody: '{"widgets": []}'}
"""

POOL = """\
Resources:
  Pool:
    Type: AWS::Cognito::UserPool
    Properties:
      UserPoolName: people
      AutoVerifiedAttributes: [email]
      UsernameAttributes: [email]
      Policies: {PasswordPolicy: {MinimumLength: 12}}
      Schema: [{Name: email, Required: true, AttributeDataType: String}]
  Client:
    Type: AWS::Cognito::UserPoolClient
    Properties: {UserPoolId: !Ref Pool, GenerateSecret: true, ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH]}
  Domain:
    Type: AWS::Cognito::UserPoolDomain
    Properties: {UserPoolId: !Ref Pool, Domain: orders}
"""


def test_a_key_can_be_used_by_its_alias(deployed: Deployment) -> None:
    stack, kms = deployed(KEY), deployed.client("kms")
    key = stack.resource("Key")
    described = kms.describe_key(KeyId="alias/orders")["KeyMetadata"]
    assert (described["KeyId"], described["Arn"]) == (key.physical_id, key.arn)
    assert described["Description"] == "for orders"
    assert kms.get_key_rotation_status(KeyId=key.physical_id)["KeyRotationEnabled"] is True
    secret = kms.encrypt(KeyId="alias/orders", Plaintext=b"orders")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=secret)["Plaintext"] == b"orders"
    assert stack.resource("Alias").physical_id == "alias/orders"


def test_a_disabled_key_is_refused(deployed: Deployment) -> None:
    assert 'Enabled of "Key" (AWS::KMS::Key) cannot be "false" here.' in str(
        deployed.refused(KEY.replace("Enabled: true\n      KeyPolicy", "Enabled: false\n      KeyPolicy"))
    )


def test_an_alarm_stands_as_the_template_says(deployed: Deployment) -> None:
    stack, cloudwatch = deployed(ALARM), deployed.client("cloudwatch")
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert alarm["AlarmName"] == stack.resource("Alarm").physical_id
    assert alarm["AlarmArn"] == stack.resource("Alarm").arn
    assert (alarm["Threshold"], alarm["Period"], alarm["TreatMissingData"]) == (0.5, 60, "notBreaching")
    assert alarm["AlarmActions"] == [stack.resource("Bell").arn]
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": stack.resource("Dead").attributes["QueueName"]}]
    board = stack.resource("Board").physical_id
    assert cloudwatch.get_dashboard(DashboardName=board)["DashboardBody"] == '{"widgets": []}'


@pytest.mark.parametrize("period", [0, 45, 90])
def test_cw_07_a_period_that_aws_does_not_have_is_refused(deployed: Deployment, period: int) -> None:
    error = deployed.refused(ALARM.replace("Period: 60", f"Period: {period}"))
    assert f"is {period}; AWS allows" in str(error)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "GreaterThanThreshold",
            "Greater",
            'ComparisonOperator of "Alarm" (AWS::CloudWatch::Alarm) cannot be "Greater".',
        ),
        # CW-07
        ("EvaluationPeriods: 1", "EvaluationPeriods: 1441", "looks back over 86460 s (Period x EvaluationPeriods)"),
        ("Statistic: Maximum", "Statistic: Most", 'cannot be "Most".'),
        ("      Statistic: Maximum", "      EvaluationInterval: 60", 'asks for "EvaluationInterval", which AWS has'),
        ("'{\"widgets\": []}'", "'{'", "DashboardBody of"),
        ("      EvaluationPeriods: 1\n", "", "lacks EvaluationPeriods, which AWS requires."),
    ],
)
def test_an_alarm_that_aws_would_refuse_is_refused(deployed: Deployment, old: str, new: str, said: str) -> None:
    assert said in str(deployed.refused(ALARM.replace(old, new)))


def test_users_can_be_made_and_sign_in(deployed: Deployment) -> None:
    stack, cognito = deployed(POOL), deployed.client("cognito-idp")
    pool, client = stack.resource("Pool"), stack.resource("Client")
    assert pool.attributes["ProviderURL"] == f"https://cognito-idp.us-east-1.amazonaws.com/{pool.physical_id}"
    made = cognito.describe_user_pool_client(UserPoolId=pool.physical_id, ClientId=client.physical_id)["UserPoolClient"]
    assert made["ClientSecret"] == client.attributes["ClientSecret"] != ""
    assert cognito.describe_user_pool_domain(Domain="orders")["DomainDescription"]["UserPoolId"] == pool.physical_id
    with pytest.raises(ClientError, match="password"):
        cognito.sign_up(ClientId=client.physical_id, Username="ada@example.com", Password="short")


def test_functions_that_nobody_here_calls_for_cognito_are_refused(deployed: Deployment) -> None:
    error = deployed.refused(POOL.replace("      UserPoolName: people", "      LambdaConfig: {UserMigration: x}"))
    assert 'asks for "LambdaConfig.UserMigration", which AWS has and nothing here behaves like yet' in str(error)


MEMBERS = """\
  Staff:
    Type: AWS::Cognito::UserPoolGroup
    Properties: {UserPoolId: !Ref Pool, GroupName: staff, Description: who works here, Precedence: 1}
  Ada:
    Type: AWS::Cognito::UserPoolUser
    Properties:
      UserPoolId: !Ref Pool
      Username: ada@example.com
      MessageAction: SUPPRESS
      UserAttributes: [{Name: email, Value: ada@example.com}]
  Attachment:
    Type: AWS::Cognito::UserPoolUserToGroupAttachment
    Properties: {UserPoolId: !Ref Pool, Username: !Ref Ada, GroupName: !Ref Staff}
  Server:
    Type: AWS::Cognito::UserPoolResourceServer
    Properties:
      UserPoolId: !Ref Pool
      Identifier: https://orders.example.com
      Name: orders
      Scopes: [{ScopeName: read, ScopeDescription: see orders}]
"""


def test_groups_users_and_resource_servers_stand(deployed: Deployment) -> None:
    stack, cognito = deployed(POOL + MEMBERS), deployed.client("cognito-idp")
    pool = stack.resource("Pool").physical_id
    assert stack.resource("Staff").physical_id == "staff"
    (user,) = cognito.list_users_in_group(UserPoolId=pool, GroupName="staff")["Users"]
    assert user["Username"] == stack.resource("Ada").physical_id
    assert {"Name": "email", "Value": "ada@example.com"} in user["Attributes"]
    server = cognito.describe_resource_server(UserPoolId=pool, Identifier=stack.resource("Server").physical_id)
    assert server["ResourceServer"]["Scopes"] == [{"ScopeName": "read", "ScopeDescription": "see orders"}]
