"""What is broken, and in which words the scenario that guards it must complain: read it row by row.

The keys are scenarios, ``file::name``, in their own order. ``code`` replaces a text of the pipeline (its functions, its
template), ``workflow`` changes a state, ``engine`` breaks the harness, the emulated AWS, itself.
"""

from __future__ import annotations

from tests.acceptance.mutations import engines
from tests.acceptance.mutations.breaking import Mutation, code, engine, workflow

TEMPLATE = "template.yaml"
VALIDATOR = "src/csv_validator/app.py"
PROCESSOR = "src/csv_processor/app.py"
PARSE = "src/parse_csv/app.py"
SCHEMA = "src/validate_schema/app.py"
TRANSFORM = "src/transform_data/app.py"
REPORT = "src/transform_data/report.py"
CSV_FILE = "src/common/csvfile.py"
FAILED_FILES = "src/common/failed_files.py"
JOBS = "src/common/jobs.py"
NAMES = "src/common/names.py"
NOTICES = "src/common/notices.py"
NUMBERS = "src/common/numbers.py"
STORAGE = "src/common/storage.py"

A_JOB = {
    "job_id": "1",
    "source_bucket": "raw",
    "source_key": "uploads/orders.csv",
    "destination_bucket": "processed",
    "file_size_bytes": 1,
    "row_count": 1,
    "headers": [],
    "submitted_at": "2030-01-15T09:00:00Z",
}

# What several rows break.
JOB_ID = '"utf-8", "surrogatepass")).hexdigest()[:32]'
A_NEW_JOB_EACH_TIME = code(JOBS, JOB_ID, '"utf-8") + __import__("os").urandom(8)).hexdigest()[:32]')
WRITES_WITHOUT_CONDITION = code(STORAGE, 'Body=body, IfNoneMatch="*", **options', "Body=body, **options")
NOTIFIES_WITHOUT_CLAIM = code(NOTICES, "if not _claim(s3, bucket, key, claim):", "if False:")
REJECTS_AND_SENDS = code(
    VALIDATOR,
    "_reject(ref, etag, rejected, delivery)\n            return",
    "_reject(ref, etag, rejected, delivery)\n            row_count, table = 0, type('T', (), {'header': []})",
)
RAISES_WHEN_IT_REJECTS = code(
    VALIDATOR,
    "_reject(ref, etag, rejected, delivery)\n            return",
    "raise ValueError(str(rejected)) from rejected",
)

MUTATIONS: dict[str, list[Mutation]] = {
    "awkward_keys.yaml::keys with spaces, plus, percent, Thai letters and emoji work": [
        Mutation(
            "the validator does not decode keys",
            code(VALIDATOR, "unquote_plus(notification", "str(notification"),
            fails="ProcessedBucket holds exactly",
        ),
        Mutation(
            "the validator takes a plus for a plus",
            code(VALIDATOR, "import unquote_plus", "import unquote as unquote_plus"),
            fails="ProcessedBucket holds exactly",
        ),
        Mutation(
            "S3 does not encode keys", engine(engines.keys_are_not_encoded), fails="ProcessedBucket holds exactly"
        ),
        Mutation(
            "results are named in ASCII",
            code(NAMES, 'decode(errors="ignore")', 'decode("ascii", errors="ignore")'),
            fails="ProcessedBucket holds exactly",
        ),
        Mutation(
            "subjects are in ASCII",
            code(NOTICES, '"\\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in unwanted', '"?" if ord(c) > 127'),
            fails="CSV processed: 🎉 party & co.csv",
        ),
    ],
    "bad_schema.yaml::a file without the needed columns is kept and reported": [
        Mutation(
            "the date is not asked for",
            code(SCHEMA, "if name not in names]", 'if name not in [*names, "date"]]'),
            fails='object "failed/2030/01/15/orders.csv"',
        ),
        Mutation(
            "the copy keeps the metadata of the upload",
            code(FAILED_FILES, 'MetadataDirective="REPLACE"', 'MetadataDirective="COPY"'),
            fails='object "failed/2030/01/15/orders.csv"',
        ),
        Mutation(
            "the missing columns are not named",
            code(NOTICES, 'if failure["missing_columns"]:', "if False:"),
            fails="Missing columns: price, date",
        ),
        Mutation(
            "nobody is told",
            workflow(lambda states: states["MoveToFailed"].update(Next="ValidationFailed")),
            fails="CSV failed: orders.csv",
        ),
        Mutation(
            "the execution succeeds",
            workflow(lambda states: states.update(ValidationFailed={"Type": "Succeed"})),
            fails="the status FAILED",
        ),
        Mutation(
            "it counts as a processing error",
            workflow(lambda states: states["RouteFile"]["Choices"][0].update(Next="SendToDeadLetterQueue")),
            fails="DeadLetterQueue holds 0 messages",
        ),
        Mutation("mail is lost", engine(engines.mail_is_lost), fails="ops@example.com"),
    ],
    "burst.yaml::a burst of 1000 uploads is accounted for to the last one": [
        Mutation(
            "one notification of a thousand is lost",
            engine(engines.one_notification_is_lost),
            fails="every upload to RawBucket ends in exactly one of",
        ),
        Mutation(
            "files with the same content are one job",
            code(JOBS, "for part in (bucket, key, etag)", "for part in (bucket, etag)"),
            fails="every upload to RawBucket ends in exactly one of",
            repetitions=30,
        ),
        Mutation(
            "batches that have ended keep their place",
            engine(engines.ended_batches_keep_their_place),
            fails="MainQueue holds 0 messages",
            repetitions=30,
        ),
        Mutation(
            "messages are not deleted",
            engine(engines.nothing_is_deleted),
            fails="DeadLetterQueue holds 0 messages",
            repetitions=30,
        ),
        Mutation(
            "each mail comes twice", engine(engines.mail_comes_twice), fails="receives 30 e-mails", repetitions=30
        ),
    ],
    "burst.yaml::a mixed burst leaves nothing unaccounted for": [
        Mutation(
            "a parse that fails is not caught",
            workflow(lambda states: states["ParseCSV"].pop("Catch")),
            fails="every upload to RawBucket ends in exactly one of",
        ),
        Mutation(
            "no Catch finds its error", engine(engines.catch_finds_nothing), fails="DeadLetterQueue holds 5 messages"
        ),
        Mutation(
            "rejected files are sent on as jobs",
            REJECTS_AND_SENDS,
            fails="every upload to RawBucket ends in exactly one of",
        ),
        Mutation(
            "the rejected are not told of",
            code(
                VALIDATOR, "notified = notify_once(s3, sns, NOTIFICATION_TOPIC_ARN, ref, delivery, ", "notified = bool("
            ),
            fails="receives 55 e-mails",
        ),
    ],
    "duplicates.yaml::the same file uploaded twice gives one report": [
        Mutation("each upload is a new job", A_NEW_JOB_EACH_TIME, fails="1 object under"),
        Mutation(
            "a job that came before fails its message",
            code(PROCESSOR, '"ExecutionAlreadyExists":', '"None of them":'),
            fails="DeadLetterQueue holds 0 messages",
        ),
        Mutation(
            "the validator passes over what it has seen",
            code(VALIDATOR, "return JobRef.from_dict(", "raise ValueError("),
            fails="CsvValidator has 2 invocations",
        ),
    ],
    "duplicates.yaml::the same object event delivered twice gives one report": [
        Mutation("each event is a new job", A_NEW_JOB_EACH_TIME, fails="1 object under"),
        Mutation(
            "the event does not come twice",
            engine(engines.events_are_never_redelivered),
            fails="CsvValidator has 2 invocations",
        ),
    ],
    "duplicates.yaml::the same object event delivered twice at once gives one report": [
        Mutation("each event is a new job", A_NEW_JOB_EACH_TIME, fails="1 object under"),
        Mutation(
            "executions have no name",
            code(PROCESSOR, "name=job_id, ", ""),
            fails="ProcessCsvWorkflow has 1 execution",
        ),
        Mutation(
            "the event does not come twice",
            engine(engines.nothing_is_delivered_twice),
            fails="CsvValidator has 2 invocations",
        ),
    ],
    "duplicates.yaml::a rejected file whose event is delivered twice is reported once": [
        Mutation("nobody claims the notification", NOTIFIES_WITHOUT_CLAIM, fails="receives 1 e-mail"),
        Mutation("claims overwrite each other", WRITES_WITHOUT_CONDITION, fails="receives 1 e-mail"),
        Mutation("each event is a new job", A_NEW_JOB_EACH_TIME, fails="1 object under"),
        Mutation(
            "a failed file is copied anew for each event",
            code(
                FAILED_FILES,
                "    for key in failed_keys(ref):\n",
                "    for key in failed_keys(ref):\n        s3.delete_object(Bucket=bucket, Key=key)\n",
            ),
            fails="writes.py:each_once holds",
        ),
    ],
    "duplicates.yaml::a rejected file uploaded again the next day is reported once": [
        Mutation(
            "the day is that of the latest upload",
            code(VALIDATOR, "if create_once(s3, PROCESSED_BUCKET, record_key, json", "if ref or (json"),
            fails="ProcessedBucket holds exactly",
        ),
        Mutation("nobody claims the notification", NOTIFIES_WITHOUT_CLAIM, fails="receives 1 e-mail"),
    ],
    "duplicates.yaml::the same message delivered twice gives one report": [
        Mutation(
            "executions have no name", code(PROCESSOR, "name=job_id, ", ""), fails="ProcessCsvWorkflow has 1 execution"
        ),
        Mutation(
            "the message does not come twice",
            engine(engines.nothing_is_delivered_twice),
            fails="CsvProcessor has 2 invocations",
        ),
    ],
    "duplicates.yaml::the same message delivered again after the work is done gives one report": [
        Mutation(
            "a job that came before fails its message",
            code(PROCESSOR, '"ExecutionAlreadyExists":', '"None of them":'),
            fails="DeadLetterQueue holds 0 messages",
        ),
        Mutation(
            "the name of an ended execution is free again",
            engine(engines.names_can_be_used_again),
            fails="ParseCsv has 1 invocation",
        ),
        Mutation(
            "the message does not come again",
            engine(engines.deleted_messages_are_never_redelivered),
            fails="CsvProcessor has 2 invocations",
        ),
    ],
    "empty_file.yaml::an empty file is rejected at the door": [
        Mutation(
            "an empty file passes for one without rows",
            code(CSV_FILE, 'raise Rejected("EmptyFile", "the file is empty")', "return Table([], rows)"),
            fails="metadata",
        ),
        Mutation("S3 sends no event for empty objects", engine(engines.empty_objects_have_no_event), fails="metadata"),
        Mutation("the validator raises", RAISES_WHEN_IT_REJECTS, fails="CsvValidator has 1 invocation"),
        Mutation("logs are lost", engine(engines.logs_are_lost), fails="the log of CsvValidator"),
    ],
    "empty_file.yaml::a file with a header and no rows is rejected at the door": [
        Mutation(
            "rows are not counted",
            code(VALIDATOR, "row_count = count_rows(table)", "row_count = 1"),
            fails="CsvProcessor has 0 invocations",
        ),
    ],
    "happy_path.yaml::a good file becomes a report": [
        Mutation(
            "products are not added up",
            code(REPORT, "total.quantity = EXACT.add(total.quantity, order", "total.quantity = (order"),
            fails="summary.products.Widget",
        ),
        Mutation(
            "the average counts products",
            code(REPORT, "orders = self.total_rows - self.unreadable_rows", "orders = len(self.products)"),
            fails="summary.average_order_value",
        ),
        Mutation(
            "nobody is told",
            workflow(lambda states: states["TransformData"].update(Next="Succeeded")),
            fails="CSV processed: orders.csv",
        ),
        Mutation(
            "the schema is checked after the choice",
            workflow(lambda states: states["RouteFile"].update(Default="WaitForLargeFile")),
            fails="the path",
        ),
        Mutation("messages are not deleted", engine(engines.nothing_is_deleted), fails="CsvProcessor has 1 invocation"),
        Mutation("each mail comes twice", engine(engines.mail_comes_twice), fails="receives 1 e-mail"),
        Mutation("logs are lost", engine(engines.logs_are_lost), fails="the log of TransformData"),
    ],
    "large_file.yaml::a file over 1 MB waits 30 seconds and becomes a report": [
        Mutation(
            "large is more than 2 MB",
            workflow(
                lambda states: states["InspectFile"]["Branches"][1]["States"]["CheckFileSize"]["Choices"][0].update(
                    NumericGreaterThan=2 * 1048576
                )
            ),
            fails="the path",
        ),
        Mutation(
            "the wait is 20 s", workflow(lambda states: states["WaitForLargeFile"].update(Seconds=20)), fails="30s"
        ),
        Mutation("Wait states do not wait", engine(engines.wait_states_do_not_wait), fails="30s"),
        Mutation(
            "the rows travel through the state",
            code(
                PARSE, '"headers": table.header,', '"headers": table.header, "rows": ["a row of the file"] * row_count,'
            ),
            fails="the status SUCCEEDED",
        ),
        Mutation(
            "only the beginning of the file is read",
            code(
                CSV_FILE,
                "data = self._body.read(len(buffer))",
                "data = self._body.read(len(buffer))\n        self._body = io.BytesIO()",
            ),
            fails="summary.products.Widget.orders",
        ),
    ],
    "missing_header.yaml::a file without a header is rejected at the door": [
        Mutation(
            "values pass for column names",
            code(CSV_FILE, "if not known and any(", "if False and any("),
            fails="CsvProcessor has 0 invocations",
        ),
        Mutation("the validator raises", RAISES_WHEN_IT_REJECTS, fails="CsvValidator has 1 invocation"),
    ],
    "not_a_csv.yaml::files that only call themselves CSV are rejected at the door": [
        Mutation(
            "binary data is not looked for",
            code(CSV_FILE, 'if b"\\0" in start:', "if False:"),
            fails='object "failed/2030/01/15/picture.csv"',
        ),
        Mutation(
            "JSON passes for a CSV",
            code(CSV_FILE, 'startswith(("{", "[", "<"))', 'startswith("<")'),
            fails='object "failed/2030/01/15/export.csv"',
        ),
    ],
    "not_utf8.yaml::a file that is not UTF-8 is rejected at the door": [
        Mutation(
            "every byte is some letter",
            code(CSV_FILE, 'encoding="utf-8-sig"', 'encoding="latin-1"'),
            fails="CsvProcessor has 0 invocations",
        ),
        Mutation(
            "bytes that are none are replaced",
            code(CSV_FILE, 'encoding="utf-8-sig"', 'encoding="utf-8-sig", errors="replace"'),
            fails="CsvProcessor has 0 invocations",
        ),
    ],
    "one_bad_in_batch.yaml::one bad message in a batch of five does not take the others with it": [
        Mutation(
            "the mapping does not ask for item failures",
            code(TEMPLATE, "            FunctionResponseTypes:\n              - ReportBatchItemFailures\n", ""),
            fails="DeadLetterQueue holds 1 message",
        ),
        Mutation(
            "the answer names items by another word",
            code(PROCESSOR, '{"itemIdentifier": message_id}', '{"messageId": message_id}'),
            fails="DeadLetterQueue holds 1 message",
        ),
        Mutation(
            "the handler raises for the bad one",
            code(PROCESSOR, "error=str(error)))\n        return False", "error=str(error)))\n        raise"),
            fails="DeadLetterQueue holds 1 message",
        ),
        Mutation(
            "the poller deletes whatever the function was given",
            engine(engines.every_message_is_deleted),
            fails="DeadLetterQueue holds 1 message",
        ),
        Mutation(
            "the poller keeps the batch for one that failed",
            engine(engines.one_failed_message_fails_the_batch),
            fails="batches.py:sizes_are_5_1_1 holds",
        ),
        Mutation(
            "batches have four messages",
            code(TEMPLATE, "BatchSize: 5", "BatchSize: 4"),
            fails="batches.py:sizes_are_5_1_1 holds",
        ),
        Mutation(
            "batches have one message",
            engine(engines.batches_have_one_message),
            fails="batches.py:sizes_are_5_1_1 holds",
        ),
    ],
    "outside_uploads.yaml::what lies outside uploads starts nothing": [
        Mutation(
            "the bucket notifies of archives",
            code(TEMPLATE, "Value: uploads/", "Value: archive/"),
            fails="CsvValidator has 0 invocations",
        ),
        Mutation(
            "the bucket notifies of text files",
            code(TEMPLATE, "Value: .csv", "Value: .txt"),
            fails="CsvValidator has 0 invocations",
        ),
        Mutation("S3 ignores prefixes", engine(engines.prefix_is_ignored), fails="CsvValidator has 0 invocations"),
        Mutation("S3 ignores suffixes", engine(engines.suffix_is_ignored), fails="CsvValidator has 0 invocations"),
        Mutation("S3 ignores case", engine(engines.filters_do_not_mind_case), fails="CsvValidator has 0 invocations"),
    ],
    "parse_always_fails.yaml::a parse that always fails leaves the job in the dead-letter queue with its error": [
        Mutation(
            "the error is not caught",
            workflow(lambda states: states["ParseCSV"].pop("Catch")),
            fails="DeadLetterQueue holds 1 message",
        ),
        Mutation(
            "no Catch finds its error", engine(engines.catch_finds_nothing), fails="DeadLetterQueue holds 1 message"
        ),
        Mutation(
            "the job goes to the main queue",
            code(TEMPLATE, "DeadLetterQueueUrl: !Ref DeadLetterQueue", "DeadLetterQueueUrl: !Ref MainQueue"),
            fails="CsvProcessor has 1 invocation",
        ),
        Mutation(
            "the error is left out",
            workflow(lambda states: states["SendToDeadLetterQueue"]["Parameters"]["MessageBody"].pop("error.$")),
            fails="DeadLetterQueue holds 1 message",
        ),
        Mutation(
            "the execution succeeds",
            workflow(lambda states: states.update(ProcessingError={"Type": "Succeed"})),
            fails="the status FAILED",
        ),
        Mutation(
            "every error is retried",
            workflow(lambda states: states["ParseCSV"]["Retry"].append({"ErrorEquals": ["States.ALL"]})),
            fails="ParseCsv has 1 invocation",
        ),
    ],
    "parse_always_fails.yaml::a throttled parse is retried until Lambda lets it through": [
        Mutation(
            "it is retried twice",
            workflow(lambda states: states["ParseCSV"]["Retry"][0].update(MaxAttempts=2)),
            fails="ParseCsv has 1 success and 3 throttles",
        ),
        Mutation(
            "it is not retried at all",
            workflow(lambda states: states["ParseCSV"].pop("Retry")),
            fails="the status SUCCEEDED",
        ),
        Mutation(
            "the waits do not grow",
            workflow(lambda states: states["ParseCSV"]["Retry"][0].update(BackoffRate=1)),
            fails="a time it took",
        ),
        Mutation("retries come at once", engine(engines.retries_of_states_come_at_once), fails="a time it took"),
        Mutation(
            "throttling has another name",
            engine(engines.throttling_is_an_unknown_error),
            fails="the status SUCCEEDED",
        ),
    ],
    "payload_limits.yaml::a job of exactly the largest size is processed": [
        Mutation(
            "the limit is the first size that does not fit",
            code(JOBS, "> MAX_JOB_BYTES:", ">= MAX_JOB_BYTES:"),
            fails="the status SUCCEEDED",
        ),
    ],
    "payload_limits.yaml::a job one byte too large ends in the dead-letter queue": [
        Mutation(
            "the limit is one byte higher",
            code(JOBS, "> MAX_JOB_BYTES:", "> MAX_JOB_BYTES + 1:"),
            fails="ProcessCsvWorkflow has 0 executions",
        ),
        Mutation("the queue has no redrive", engine(engines.redrive_never), fails="DeadLetterQueue holds 1 message"),
    ],
    "payload_limits.yaml::SQS takes a message of exactly 1 MiB and refuses one byte more": [
        Mutation(
            "SQS counts characters",
            engine(engines.message_size_in_characters),
            fails="SQS took a message of 1048577 bytes",
        ),
        Mutation(
            "SQS takes 256 KiB, as it once did",
            engine(engines.messages_of_256_kib),
            fails="SQS refused a message of 1048576 bytes",
        ),
    ],
    "payload_limits.yaml::a workflow takes an input of exactly 262,144 bytes and refuses one byte more": [
        Mutation(
            "Step Functions counts characters",
            engine(engines.input_size_in_characters),
            fails="Step Functions took an input of 262145 bytes",
        ),
        Mutation(
            "Step Functions takes inputs of any size",
            engine(engines.inputs_of_any_size),
            fails="Step Functions took an input of 262145 bytes",
        ),
        Mutation(
            "Step Functions' limit does not fit",
            engine(engines.inputs_one_byte_too_small),
            fails="Step Functions refused an input of 262144 bytes",
        ),
    ],
    "poison.yaml::a message that is not JSON ends in the dead-letter queue after exactly three receives": [
        Mutation(
            "two receives are enough",
            code(TEMPLATE, "maxReceiveCount: 3", "maxReceiveCount: 2"),
            fails="CsvProcessor has 3 invocations",
        ),
        Mutation(
            "SQS moves one receive early",
            engine(engines.redrive_one_receive_early),
            fails="CsvProcessor has 3 invocations",
        ),
        Mutation(
            "SQS moves one receive late",
            engine(engines.redrive_one_receive_late),
            fails="CsvProcessor has 3 invocations",
        ),
        Mutation(
            "the queue's visibility timeout is ignored",
            engine(engines.visibility_timeout_is_the_default),
            fails="the virtual time that passes",
        ),
        Mutation(
            "the poller deletes what failed",
            engine(engines.every_message_is_deleted),
            fails="DeadLetterQueue holds 1 message",
        ),
        Mutation(
            "the handler takes it for done",
            code(PROCESSOR, "error=str(error)))\n        return False", "error=str(error)))\n        return True"),
            fails="DeadLetterQueue holds 1 message",
        ),
        Mutation(
            "the handler raises",
            code(PROCESSOR, "error=str(error)))\n        return False", "error=str(error)))\n        raise"),
            fails="CsvProcessor has 3 invocations and 0 errors",
        ),
        Mutation("logs are lost", engine(engines.logs_are_lost), fails="the log of CsvProcessor"),
    ],
    "poison.yaml::JSON without the fields of a job ends in the dead-letter queue too": [
        Mutation(
            "fields that are missing are made up",
            code(JOBS, "return cls.from_dict(value)", f"return cls.from_dict({A_JOB} | value)"),
            fails="ProcessCsvWorkflow has 0 executions",
        ),
    ],
    "several_uploads.yaml::several uploads at once each get their own report": [
        Mutation(
            "results are named after the file alone",
            code(
                NAMES, 'stem = name[: -len(".csv")]', 'name = name.rpartition("/")[2]\n    stem = name[: -len(".csv")]'
            ),
            fails="ProcessedBucket holds exactly",
        ),
        Mutation(
            "revenue is computed with floats",
            code(
                REPORT,
                'to_cents(EXACT.multiply(order["quantity"], order["price"]))',
                'Decimal(str(round(float(order["quantity"]) * float(order["price"]), 2)))',
            ),
            fails='object "processed/2030/01/15/extra_result.json"',
        ),
        Mutation(
            "half a cent goes to the even neighbour",
            code(NUMBERS, "rounding=ROUND_HALF_UP", 'rounding="ROUND_HALF_EVEN"'),
            fails='object "processed/2030/01/15/extra_result.json"',
        ),
        Mutation(
            "returns count as sales",
            code(REPORT, "self.total_revenue = EXACT.add(self.total_revenue, order", "self.total_revenue += abs(order"),
            fails='object "processed/2030/01/15/extra_result.json"',
        ),
        Mutation(
            "a byte order mark is part of the first column",
            code(CSV_FILE, 'encoding="utf-8-sig"', 'encoding="utf-8"'),
            fails='object "processed/2030/01/15/quoted_result.json"',
        ),
        Mutation(
            "line ends in quotes are changed",
            code(CSV_FILE, 'encoding="utf-8-sig", newline=""', 'encoding="utf-8-sig"'),
            fails='object "processed/2030/01/15/quoted_result.json"',
        ),
        Mutation(
            "batches have four messages",
            code(TEMPLATE, "BatchSize: 5", "BatchSize: 4"),
            fails="CsvProcessor has 1 invocation",
        ),
    ],
    "several_uploads.yaml::uploads a few seconds apart are handed on together": [
        Mutation(
            "batches have no window", engine(engines.batches_have_no_window), fails="CsvProcessor has 1 invocation"
        ),
        Mutation(
            "the window is 5 s",
            code(TEMPLATE, "MaximumBatchingWindowInSeconds: 10", "MaximumBatchingWindowInSeconds: 5"),
            fails="CsvProcessor has 1 invocation",
        ),
        Mutation(
            "the window is 15 s",
            code(TEMPLATE, "MaximumBatchingWindowInSeconds: 10", "MaximumBatchingWindowInSeconds: 15"),
            fails="the virtual time that passes",
        ),
    ],
    "several_uploads.yaml::rows that cannot be read are listed, not lost": [
        Mutation(
            "they are passed over in silence",
            code(REPORT, "summary.unreadable_rows += 1", "summary.total_rows -= 1"),
            fails="summary.unreadable_rows",
        ),
        Mutation(
            "rows are numbered from the data",
            code(CSV_FILE, "strict=True), start=1)", "strict=True), start=0)"),
            fails="unreadable_rows[0].row",
        ),
        Mutation(
            "they lower the average",
            code(REPORT, "orders = self.total_rows - self.unreadable_rows", "orders = self.total_rows"),
            fails="summary.average_order_value",
        ),
        Mutation(
            "thousands' commas are guessed at",
            code(NUMBERS, "stripped = text.strip()", 'stripped = text.strip().replace(",", "")'),
            fails="summary.unreadable_rows",
        ),
        Mutation(
            "the operators are not told",
            code(NOTICES, 'if result["unreadable_rows"]:', "if False:"),
            fails="could not be read",
        ),
    ],
    "transform_retry.yaml::a transform that fails once succeeds on its retry": [
        Mutation(
            "only errors of Lambda's own are retried",
            workflow(lambda states: states["TransformData"]["Retry"].pop(1)),
            fails="the status SUCCEEDED",
        ),
        Mutation(
            "it is retried at once",
            workflow(lambda states: states["TransformData"]["Retry"][1].update(IntervalSeconds=1)),
            fails="a time it took",
        ),
        Mutation("retries come at once", engine(engines.retries_of_states_come_at_once), fails="a time it took"),
    ],
    "transform_retry.yaml::a transform that dies after writing its report does not write it twice": [
        Mutation("reports are written without a look", WRITES_WITHOUT_CONDITION, fails="writes.py:each_once holds"),
        Mutation(
            "its own report is somebody else's",
            code(TRANSFORM, "key) == ref.job_id:", "key) is None:"),
            fails="1 object under",
        ),
    ],
    "validator_retry.yaml::a validator that fails once is tried again a minute later": [
        Mutation(
            "Lambda does not try again", engine(engines.events_are_not_retried), fails="CsvValidator has 2 invocations"
        ),
        Mutation(
            "Lambda tries again too soon",
            engine(engines.retries_of_events_come_too_soon),
            fails="the virtual time that passes",
        ),
    ],
    "validator_retry.yaml::a validator that always fails leaves the event in the dead-letter queue": [
        Mutation(
            "the function has no dead-letter queue",
            code(
                TEMPLATE,
                "      DeadLetterQueue:\n        Type: SQS\n        TargetArn: !GetAtt DeadLetterQueue.Arn\n",
                "",
            ),
            fails="DeadLetterQueue holds 1 message",
        ),
        Mutation(
            "the events go to the main queue",
            code(
                TEMPLATE,
                "SQS\n        TargetArn: !GetAtt DeadLetterQueue.Arn",
                "SQS\n        TargetArn: !GetAtt MainQueue.Arn",
            ),
            fails="CsvProcessor has 0 invocations",
        ),
        Mutation(
            "Lambda forgets what it gave up",
            engine(engines.given_up_events_are_forgotten),
            fails="DeadLetterQueue holds 1 message",
        ),
        Mutation(
            "Lambda does not try again", engine(engines.events_are_not_retried), fails="CsvValidator has 3 invocations"
        ),
    ],
    "validator_retry.yaml::a validator that dies after it rejected a file does not report it twice": [
        Mutation(
            "its own claim counts even when the notice was sent",
            code(NOTICES, 'if found["state"] == "sent":', "if False:"),
            fails="receives 1 e-mail",
        ),
        Mutation("nobody claims the notification", NOTIFIES_WITHOUT_CLAIM, fails="receives 1 e-mail"),
    ],
    "validator_retry.yaml::a rejected file is reported although publishing failed at first": [
        Mutation(
            "a claim of its own keeps it silent",
            code(NOTICES, 'if found["delivery"] == claim["delivery"]:\n        return True', ""),
            fails="receives 1 e-mail",
        ),
        Mutation("Lambda does not try again", engine(engines.events_are_not_retried), fails="receives 1 e-mail"),
    ],
}
