// A stage with a bucket that is emptied when it goes, a function that it notifies, and a table with a first item. CDK
// adds functions of its own for all three. `node app.js`, with aws-cdk-lib installed, writes cdk.out.
const { App, Duration, RemovalPolicy, Stack, Stage, aws_dynamodb, aws_iam, aws_lambda, aws_s3, aws_s3_notifications, custom_resources } = require("aws-cdk-lib");

const app = new App({ outdir: "cdk.out", analyticsReporting: false, treeMetadata: false });
const stack = new Stack(new Stage(app, "Prod"), "Uploads");

const uploads = new aws_s3.Bucket(stack, "Uploads", { autoDeleteObjects: true, removalPolicy: RemovalPolicy.DESTROY });
const totals = new aws_dynamodb.Table(stack, "Totals", {
  partitionKey: { name: "id", type: aws_dynamodb.AttributeType.STRING },
  billingMode: aws_dynamodb.BillingMode.PAY_PER_REQUEST,
});
new custom_resources.AwsCustomResource(stack, "FirstTotal", {
  onCreate: {
    service: "DynamoDB",
    action: "putItem",
    parameters: { TableName: totals.tableName, Item: { id: { S: "lines" }, amount: { N: "100" } } },
    physicalResourceId: custom_resources.PhysicalResourceId.of("first-total"),
  },
  policy: custom_resources.AwsCustomResourcePolicy.fromStatements([
    new aws_iam.PolicyStatement({ actions: ["dynamodb:PutItem"], resources: [totals.tableArn] }),
  ]),
});

const counter = new aws_lambda.Function(stack, "Counter", {
  runtime: aws_lambda.Runtime.PYTHON_3_12,
  handler: "index.handler",
  code: aws_lambda.Code.fromAsset("counter"),
  environment: { TOTALS: totals.tableName },
  timeout: Duration.seconds(10),
});
uploads.grantRead(counter);
totals.grantReadWriteData(counter);
uploads.addEventNotification(aws_s3.EventType.OBJECT_CREATED, new aws_s3_notifications.LambdaDestination(counter), { suffix: ".csv" });

// Scenarios name resources by logical id; CDK's own ends in a hash of the construct's path.
for (const [name, construct] of Object.entries({ Uploads: uploads, Totals: totals, Counter: counter })) {
  construct.node.defaultChild.overrideLogicalId(name);
}

app.synth();
