// A queue, its dead-letter queue and a Python function. `node app.js`, with aws-cdk-lib installed, writes cdk.out.
const { App, Duration, Stack, aws_lambda, aws_lambda_event_sources, aws_sns, aws_sns_subscriptions, aws_sqs } = require("aws-cdk-lib");

const app = new App({ outdir: "cdk.out", analyticsReporting: false });
const stack = new Stack(app, "Jobs");

const failed = new aws_sqs.Queue(stack, "Failed");
const jobs = new aws_sqs.Queue(stack, "Jobs", {
  visibilityTimeout: Duration.seconds(60),
  deadLetterQueue: { queue: failed, maxReceiveCount: 3 },
});
const orders = new aws_sns.Topic(stack, "Orders");
orders.addSubscription(new aws_sns_subscriptions.SqsSubscription(jobs, { rawMessageDelivery: true }));

const worker = new aws_lambda.Function(stack, "Worker", {
  runtime: aws_lambda.Runtime.PYTHON_3_12,
  handler: "index.handler",
  code: aws_lambda.Code.fromAsset("worker"),
  timeout: Duration.seconds(10),
});
worker.addEventSource(new aws_lambda_event_sources.SqsEventSource(jobs, { batchSize: 5, reportBatchItemFailures: true }));

// Scenarios name resources by logical id; CDK's own ends in a hash of the construct's path.
for (const [name, construct] of Object.entries({ Failed: failed, Jobs: jobs, Orders: orders, Worker: worker })) {
  construct.node.defaultChild.overrideLogicalId(name);
}

app.synth();
