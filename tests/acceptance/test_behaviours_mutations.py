"""Each scenario of a single behaviour of AWS fails when that behaviour is broken.

The table says in which way the harness is broken for which scenario; a scenario that is not in it fails here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import ExpectationFailed, ScenarioError
from harness.run import run
from harness.scenario.load import load_file
from tests.acceptance.mutations import (
    addresses,
    alarms,
    behaviours,
    chat,
    engines,
    events,
    gateway,
    http_apis,
    language,
    logs,
    outside,
    user_pools,
)

FOLDER = Path(__file__).parents[2] / "scenarios" / "behaviours"

Break = Callable[[pytest.MonkeyPatch], None]

BROKEN: list[tuple[Break, str, list[str]]] = [
    (alarms.levels_count_what_is_in_flight, "alarms.yaml", ["a dead letter mails the team"]),
    (
        alarms.one_bad_datapoint_is_enough,
        "alarms.yaml",
        ["a failure in one minute is no alarm where two of three are needed"],
    ),
    (alarms.all_datapoints_must_be_bad, "alarms.yaml", ["failures in two of three minutes are an alarm"]),
    (alarms.alarms_never_calm_down, "alarms.yaml", ["an alarm calms down once the bad minutes have passed"]),
    (
        alarms.composites_change_with_nobody,
        "alarms.yaml",
        ["a composite alarm goes off when both of its alarms have"],
    ),
    (
        alarms.one_alarm_of_a_rule_is_enough,
        "alarms.yaml",
        ["a composite alarm stays quiet while only one of its alarms has gone off"],
    ),
    (alarms.log_lines_are_no_metrics, "alarms.yaml", ["what a function logs as a metric can set off an alarm"]),
    (
        alarms.everything_is_filled,
        "alarms.yaml",
        ["an alarm on an expression looks back over all of its period"],
    ),
    (alarms.gaps_are_not_filled, "alarms.yaml", ["an alarm on an expression goes off when its period is over"]),
    (
        behaviours.streams_have_one_mapping,
        "kinesis.yaml",
        ["two functions read one stream, each shard in order"],
    ),
    (
        behaviours.failing_records_block_nobody,
        "kinesis.yaml",
        ["a bad record blocks its own shard, and the other function not at all"],
    ),
    (
        behaviours.states_are_forgotten,
        "streams.yaml",
        ["what is sold in a minute is added up over several calls"],
    ),
    (
        behaviours.windows_are_over_at_once,
        "streams.yaml",
        ["a minute without a next one is over two minutes later"],
    ),
    (
        behaviours.every_write_is_a_record,
        "streams.yaml",
        ["a write that changes nothing reaches nobody"],
    ),
    (
        behaviours.streams_give_up_after_three_retries,
        "streams.yaml",
        ["a poison record blocks its shard for a day"],
    ),
    (
        behaviours.batches_are_always_bisected,
        "streams.yaml",
        ["without bisecting good records are given up together with the bad one"],
    ),
    (behaviours.batches_are_never_bisected, "streams.yaml", ["bisecting gives up the bad record only"]),
    (
        behaviours.reported_records_bring_the_whole_batch_back,
        "streams.yaml",
        ["what came before a reported record is not sent again"],
    ),
    (
        behaviours.reports_are_always_heeded,
        "streams.yaml",
        ["reported records are lost when the mapping does not ask for them"],
    ),
    (
        behaviours.records_never_grow_too_old,
        "streams.yaml",
        ["records that grow too old behind a bad one are given up untried"],
    ),
    (
        behaviours.throttled_calls_are_attempts,
        "streams.yaml",
        ["throttling costs a stream time but no retries"],
    ),
    (
        behaviours.shards_have_one_lane,
        "streams.yaml",
        ["with several lanes a bad record holds up its own key and not all others"],
    ),
    (
        behaviours.nobody_knows_who_deleted,
        "streams.yaml",
        ["only what expired reaches the function that asks for expired items"],
    ),
    (
        behaviours.every_attempt_is_a_new_request,
        "async_events.yaml",
        ["a failing event is tried at 0, 60 and 180 seconds with one request id"],
    ),
    (
        engines.events_are_not_retried,
        "async_events.yaml",
        ["what a handler did before it failed is done again by each retry"],
    ),
    (
        behaviours.successes_are_told_to_nobody,
        "async_events.yaml",
        [
            "an event that fails once succeeds a minute later",
            "the answer of an asynchronous call reaches only its destination",
        ],
    ),
    (
        behaviours.failures_are_told_to_nobody,
        "async_events.yaml",
        [
            "the dead-letter queue gets the event, the destination a record about it",
            "without its dead-letter queue a given-up event is lost",
        ],
    ),
    (
        behaviours.dead_letter_queue_of_the_function_for_everything,
        "async_events.yaml",
        ["a synchronous call that fails is nobody's concern but the caller's"],
    ),
    (behaviours.events_are_always_retried, "async_events.yaml", ["without retries an event has one attempt"]),
    (
        behaviours.events_never_grow_too_old,
        "async_events.yaml",
        ["an event that grows too old is given up with retries left"],
    ),
    (
        behaviours.throttled_events_wait_a_minute,
        "async_events.yaml",
        ["throttling an event costs time but none of its retries"],
    ),
    (
        behaviours.stopped_functions_are_waited_for,
        "async_events.yaml",
        ["a function with reserved concurrency zero loses no event but runs none"],
    ),
    (
        behaviours.duplicates_are_forgotten_with_their_message,
        "fifo.yaml",
        ["a duplicate within five minutes is dropped though the first message is long done"],
    ),
    (
        behaviours.duplicates_are_never_forgotten,
        "fifo.yaml",
        ["after five minutes the same deduplication id is a new message"],
    ),
    (
        behaviours.calls_may_be_of_any_size,
        "functions.yaml",
        ["a call takes six megabytes, an event one, and neither a byte more"],
    ),
    (
        behaviours.answers_may_be_of_any_size,
        "functions.yaml",
        ["an answer of more than six megabytes is an error although the code succeeded"],
    ),
    (
        behaviours.there_is_always_room,
        "functions.yaml",
        [
            "the event that finds the account's concurrency used up runs later",
            "the caller who finds the account's concurrency used up is told so",
        ],
    ),
    (
        behaviours.reservations_only_take_away,
        "functions.yaml",
        ["reserved concurrency is free although the account's is used up"],
    ),
    (
        behaviours.loops_have_one_round_more,
        "functions.yaml",
        ["a function that feeds its own queue is stopped after sixteen runs"],
    ),
    (
        behaviours.every_version_is_the_latest,
        "functions.yaml",
        ["a change of the function does not reach the version behind its alias"],
    ),
    (
        behaviours.qualifiers_are_not_read,
        "functions.yaml",
        ["a version that does not exist is a function that does not exist"],
    ),
    (events.patterns_match_everything, "events.yaml", ["every rule that matches gets the event, and no other does"]),
    (events.every_bus_has_the_rules_of_all, "events.yaml", ["a rule sees the events of its own bus only"]),
    (events.any_source_will_do, "events.yaml", ["a refused entry fails neither the call nor the other entries"]),
    (
        events.targets_get_the_whole_event,
        "events.yaml",
        [
            "an input transformer makes the target's own message",
            "a state machine is started with the part of the event that the rule names",
        ],
    ),
    (
        events.dead_letters_are_forgotten,
        "events.yaml",
        ["what a target does not take goes to its dead-letter queue at once"],
    ),
    (
        behaviours.everybody_is_let_in,
        "events.yaml",
        ["a function without a permission is not called by its rule"],
    ),
    (
        engines.events_are_not_retried,
        "events.yaml",
        ["a failing function is retried by Lambda and not by EventBridge"],
    ),
    (events.rules_that_are_off_match, "events.yaml", ["a rule that is switched off sends nothing"]),
    (
        events.keys_on_the_bus_are_encoded,
        "events.yaml",
        ["a bucket tells the default bus, and keys are not encoded there"],
    ),
    (
        events.every_execution_has_failed,
        "events.yaml",
        ["a rule hears of the workflow that failed and not of the one that succeeded"],
    ),
    (
        events.only_what_customers_put_is_matched,
        "events.yaml",
        ["a container that could not start is somebody's trouble"],
    ),
    (events.replays_reach_every_rule, "events.yaml", ["a replay brings orders back to the one rule that it is for"]),
    (
        events.destinations_add_no_key,
        "destinations.yaml",
        ["an order becomes a request with the partner's address, key and body"],
    ),
    (
        events.nothing_is_tried_again,
        "destinations.yaml",
        ["a partner that is down for a while gets the order when it is back"],
    ),
    (
        events.every_error_passes,
        "destinations.yaml",
        ["an order that the partner does not want is a dead letter at once"],
    ),
    (events.tokens_are_forgotten, "destinations.yaml", ["the token of an API is asked for once"]),
    (events.nothing_is_delivered_twice, "events.yaml", ["a rule may send its target the same event twice"]),
    (events.nothing_is_delivered_twice, "kinesis.yaml", ["a batch that is read twice is counted twice"]),
    (events.schedules_never_fire, "events.yaml", ["in three minutes a rule of one minute fires three times"]),
    (events.a_minute_is_short, "events.yaml", ["a schedule does not keep a run from settling"]),
    (events.every_zone_is_utc, "events.yaml", ["a report is due each working day at seven in Berlin"]),
    (behaviours.groups_are_never_closed, "fifo.yaml", ["a message that fails blocks its own group and no other"]),
    (behaviours.any_handle_deletes, "fifo.yaml", ["a FIFO message cannot be deleted after its visibility timeout"]),
    (behaviours.ids_are_optional, "fifo.yaml", ["a message without a group or an id is refused"]),
    (behaviours.any_delay_will_do, "fifo.yaml", ["a FIFO message has no delay of its own"]),
    (behaviours.topics_take_duplicates, "fifo.yaml", ["a FIFO topic drops a duplicate before its subscribers"]),
    (behaviours.fifo_queues_subscribe_anywhere, "fifo.yaml", ["a FIFO queue cannot be subscribed to a standard topic"]),
    (engines.message_size_in_characters, "limits.yaml", ["a message's size is counted in bytes and not in characters"]),
    (behaviours.any_body_will_do, "limits.yaml", ["an empty body and control characters are refused"]),
    (behaviours.any_attributes_will_do, "limits.yaml", ["an eleventh message attribute is refused"]),
    (engines.messages_of_256_kib, "limits.yaml", ["one bad entry of a batch fails alone and without an exception"]),
    (behaviours.batches_of_any_length, "limits.yaml", ["a batch of eleven is refused as a whole"]),
    (
        behaviours.any_handle_deletes,
        "limits.yaml",
        ["deleting with an old receipt handle succeeds and the message stays"],
    ),
    (
        behaviours.late_handles_delete_nothing,
        "limits.yaml",
        ["a late delete counts if nobody received the message meanwhile"],
    ),
    (
        behaviours.polls_do_not_wait,
        "limits.yaml",
        ["a long poll returns when the message comes and a short one at once"],
    ),
    (behaviours.purges_at_any_time, "limits.yaml", ["a queue can be purged once a minute"]),
    (behaviours.names_are_free_at_once, "limits.yaml", ["a deleted queue's name is free after a minute"]),
    (behaviours.messages_hide_for_ever, "limits.yaml", ["a message cannot stay in flight for more than twelve hours"]),
    (behaviours.topic_sizes_in_characters, "limits.yaml", ["a topic takes 256 KiB and not a byte more"]),
    (behaviours.missing_queues_are_made, "limits.yaml", ["a queue that does not exist says so in its own words"]),
    (behaviours.policies_are_forgotten, "limits.yaml", ["changing one attribute of a queue leaves its policy alone"]),
    (
        outside.nobody_takes_answers,
        "custom_resources.yaml",
        ["a bucket that a custom resource sets up notifies its queue"],
    ),
    (
        outside.failures_are_successes,
        "custom_resources.yaml",
        ["a custom resource that fails ends the deployment with its reason"],
    ),
    (
        outside.silence_is_an_answer,
        "custom_resources.yaml",
        ["a custom resource that never answers is given up after its timeout"],
    ),
    (
        outside.requests_have_no_content,
        "outside.yaml",
        ["a picture's labels come from Rekognition and go to the catalogue"],
    ),
    (
        outside.first_answers_stay,
        "outside.yaml",
        ["a Textract that is busy for a moment is asked again by the SDK"],
    ),
    (outside.answers_come_at_once, "outside.yaml", ["a slow catalogue costs one attempt and a minute"]),
    (outside.everything_is_reachable, "outside.yaml", ["a catalogue that is not there leaves a record of the picture"]),
    (outside.python_is_asked_once, "outside.yaml", ["each receipt is read as what it is"]),
    (
        engines.one_failed_message_fails_the_batch,
        "partial_batches.yaml",
        [
            "of three messages only the reported one comes back",
            "misspelt keys and empty ids bring the whole batch back",
        ],
    ),
    (
        behaviours.reported_failures_always_count,
        "partial_batches.yaml",
        ["reported failures are lost when the mapping does not ask for them"],
    ),
    (
        behaviours.empty_answers_are_failures,
        "partial_batches.yaml",
        ["an answer that reports nothing deletes the batch", "an exception outweighs what would have been reported"],
    ),
    (
        behaviours.senseless_answers_are_success,
        "partial_batches.yaml",
        ["one unknown id in the answer brings the whole batch back"],
    ),
    (
        events.pipes_never_reshape,
        "pipes.yaml",
        ["a pipe gathers a batch, has it enriched and reshapes each event"],
    ),
    (events.pipes_filter_nothing, "pipes.yaml", ["what a pipe's filter does not let pass is gone"]),
    (events.empty_answers_go_on, "pipes.yaml", ["an empty answer of the enrichment is the end of the batch"]),
    (
        events.pipes_never_start,
        "pipes.yaml",
        ["a pipe's batch whose enrichment fails comes back until it is dead"],
    ),
    (events.pipes_take_no_answer, "pipes.yaml", ["a pipe's function brings back only what it could not do"]),
    (events.pipes_filter_nothing, "stream_pipes.yaml", ["new entries of a table become events on a bus"]),
    (
        events.pipes_take_kinesis_records_as_functions_do,
        "stream_pipes.yaml",
        ["a function gets a stream's records in batches, each reshaped"],
    ),
    (events.pipes_never_bisect, "stream_pipes.yaml", ["a pipe halves a failing batch until the bad record is alone"]),
    (events.pipes_never_stop, "pipes.yaml", ["a pipe that is stopped reads nothing"]),
    (
        behaviours.failures_are_visible_at_once,
        "queue_failures.yaml",
        [
            "a message that always fails is received at 0, 30 and 60 seconds and is dead at 90",
            "a message that fails once is done after the visibility timeout, not at once",
        ],
    ),
    (
        engines.redrive_one_receive_early,
        "queue_failures.yaml",
        ["after its third failure a message is still in flight for 30 seconds"],
    ),
    (
        behaviours.functions_never_time_out,
        "queue_failures.yaml",
        ["a function that runs into its timeout fails, and its message ends in the dead-letter queue"],
    ),
    (
        behaviours.dead_letter_queue_of_the_function_for_everything,
        "queue_failures.yaml",
        ["the function's own dead-letter queue gets nothing that came from a queue"],
    ),
    (
        behaviours.moved_messages_forget_their_receives,
        "queue_failures.yaml",
        ["a dead message remembers how often it was received and where"],
    ),
    (
        behaviours.moved_messages_are_new,
        "queue_failures.yaml",
        ["a message that dies at 90 seconds is gone at 100 if the dead-letter queue keeps messages for 100"],
    ),
    (
        behaviours.failures_count_as_success,
        "queue_failures.yaml",
        ["a message can reach the dead-letter queue although its function never ran"],
    ),
    (
        behaviours.throttled_batches_wait_for_their_visibility_timeout,
        "queue_failures.yaml",
        ["a throttled batch runs as soon as there is room"],
    ),
    (
        behaviours.disabled_mappings_poll,
        "queue_failures.yaml",
        ["messages from before a mapping was enabled are processed"],
    ),
    (
        behaviours.batches_are_of_one,
        "queue_failures.yaml",
        [
            "a handler that reads only the first record loses the rest of the batch",
            "one bad message takes its whole batch to the dead-letter queue",
        ],
    ),
    (
        engines.batches_have_no_window,
        "queue_failures.yaml",
        ["messages within the batching window of the first one share its batch"],
    ),
    (
        behaviours.concurrency_has_no_maximum,
        "queue_failures.yaml",
        ["a maximum concurrency of two works four slow messages off in two rounds"],
    ),
    (
        behaviours.event_filters_are_ignored,
        "queue_failures.yaml",
        ["messages that the filter does not match are deleted unseen"],
    ),
    (
        engines.nothing_is_delivered_twice,
        "queue_failures.yaml",
        ["a message may be delivered twice though nothing went wrong"],
    ),
    (behaviours.queues_keep_their_order, "queue_failures.yaml", ["of two messages the older may come last and win"]),
    (
        behaviours.failures_count_as_success,
        "queue_failures.yaml",
        ["a function that is killed after its work does it again"],
    ),
    (
        behaviours.faults_never_end,
        "queue_failures.yaml",
        ["a call that AWS throttles once succeeds on boto3's own second attempt"],
    ),
    (
        behaviours.calls_never_fail,
        "queue_failures.yaml",
        ["a call that AWS denies once fails the handler and is made again by the retry"],
    ),
    (behaviours.delays_are_ignored, "queue_failures.yaml", ["a delayed message is worked off when its delay ends"]),
    (
        behaviours.redrives_move_nothing,
        "redrive.yaml",
        [
            "once the function is mended a redrive brings its dead messages back to it",
            "a redrive before the function is mended costs another round of failures",
        ],
    ),
    (
        behaviours.redriven_messages_keep_their_ids,
        "redrive.yaml",
        ["a redriven message has another id, so it is no duplicate of itself"],
    ),
    (
        behaviours.redrives_know_no_rate,
        "redrive.yaml",
        ["a redrive with a rate brings the messages back one a second"],
    ),
    (
        behaviours.every_dead_message_has_a_source,
        "redrive.yaml",
        ["a message that was sent to a dead-letter queue by hand cannot be redriven to its source"],
    ),
    (
        behaviours.destinations_are_ignored,
        "redrive.yaml",
        ["a redrive to a queue that is named moves every message there"],
    ),
    (
        behaviours.every_queue_can_be_redriven,
        "redrive.yaml",
        ["the dead-letter queue of a function cannot be redriven"],
    ),
    (
        behaviours.every_rule_overlaps,
        "refused_templates.yaml",
        ["the template of these scenarios is accepted as it stands"],
    ),
    (
        behaviours.visibility_timeouts_are_not_compared,
        "refused_templates.yaml",
        ["a visibility timeout below the function's timeout is refused"],
    ),
    (
        behaviours.any_role_will_do,
        "refused_templates.yaml",
        ["a mapping whose function may not read the queue is refused"],
    ),
    (
        behaviours.batches_need_no_window,
        "refused_templates.yaml",
        ["a batch size over ten without a window is refused"],
    ),
    (
        behaviours.mappings_are_not_counted,
        "refused_templates.yaml",
        ["a second mapping from the same queue to the same function is refused"],
    ),
    (behaviours.any_pattern_will_do, "refused_templates.yaml", ["a filter pattern that is none is refused"]),
    (behaviours.overlaps_are_accepted, "refused_templates.yaml", ["overlapping rules of a bucket are refused"]),
    (
        behaviours.arns_are_not_read,
        "refused_templates.yaml",
        ["a FIFO queue as a bucket's target is refused", "a queue's URL in place of its ARN is refused"],
    ),
    (
        behaviours.destinations_are_not_looked_at,
        "refused_templates.yaml",
        ["a queue that is not there as a bucket's target is refused"],
    ),
    (
        behaviours.numbers_have_no_range,
        "refused_templates.yaml",
        [
            "a visibility timeout of more than twelve hours is refused",
            "a retention of five seconds is refused",
            "a delay of more than fifteen minutes is refused",
            "a maximum receive count of zero is refused",
            "a function timeout of more than fifteen minutes is refused",
        ],
    ),
    (
        behaviours.dead_letter_queues_may_be_anything,
        "refused_templates.yaml",
        [
            "a FIFO queue as a standard queue's dead-letter queue is refused",
            "a dead-letter queue that is not there is refused",
        ],
    ),
    (
        behaviours.fifo_queues_have_any_name,
        "refused_templates.yaml",
        ["a FIFO queue whose name does not say so is refused"],
    ),
    (behaviours.everybody_may_redrive, "refused_templates.yaml", ["a dead-letter queue that allows nobody is refused"]),
    (
        behaviours.transitions_are_not_checked,
        "refused_templates.yaml",
        ["a transition to a state that does not exist is refused"],
    ),
    (
        engines.events_are_not_retried,
        "s3_events.yaml",
        ["an upload whose function fails is tried three times and then given up"],
    ),
    (
        engines.keys_are_not_encoded,
        "s3_events.yaml",
        [
            "a handler that does not decode the key does not find the object",
            "a handler that decodes the key finds objects of any name",
        ],
    ),
    (
        behaviours.every_step_of_an_upload_is_an_event,
        "s3_events.yaml",
        ["a rule for Put misses files that are uploaded in parts", "a small and a large upload are one event each"],
    ),
    (behaviours.every_creation_is_a_put, "s3_events.yaml", ["a copy is told as a copy"]),
    (behaviours.metadata_is_forgotten, "s3_events.yaml", ["a function that hears of an object can read its metadata"]),
    (
        behaviours.there_are_no_test_events,
        "s3_events.yaml",
        ["the test event of a new bucket ends in the dead-letter queue of a careless consumer"],
    ),
    (behaviours.removals_have_a_size, "s3_events.yaml", ["the event of a removal has neither size nor eTag"]),
    (
        behaviours.delete_markers_are_deletions,
        "s3_events.yaml",
        [
            "deleting in a versioned bucket creates a delete marker",
            "deleting nothing is an event in a versioned bucket",
        ],
    ),
    (behaviours.s3_drops_in_silence, "s3_events.yaml", ["a queue that is gone never makes an upload fail"]),
    (engines.nothing_is_delivered_twice, "s3_events.yaml", ["an event of an upload may be delivered twice"]),
    (behaviours.filters_know_wildcards, "s3_events.yaml", ["a suffix with a wildcard matches no file"]),
    (behaviours.nothing_is_late, "s3_events.yaml", ["of two uploads under one key the older may be told last"]),
    (
        behaviours.everybody_is_let_in,
        "s3_events.yaml",
        ["a function that lost its permission hears of no upload"],
    ),
    (behaviours.subjects_of_s3_are_keys, "s3_events.yaml", ["mail about an upload has S3's own subject"]),
    (behaviours.old_rules_stay, "s3_events.yaml", ["a new notification configuration switches the old rules off"]),
    (
        behaviours.raw_delivery_is_ignored,
        "sns_fanout.yaml",
        ["a queue gets an envelope, or with raw delivery the message itself"],
    ),
    (behaviours.any_number_of_raw_attributes, "sns_fanout.yaml", ["raw delivery of eleven attributes is discarded"]),
    (
        behaviours.filters_are_ignored,
        "sns_fanout.yaml",
        ["a filter on attributes lets only numbers that are Numbers through"],
    ),
    (
        behaviours.filters_look_at_attributes_only,
        "sns_fanout.yaml",
        ["a filter on the body looks into the message and not at its attributes"],
    ),
    (
        behaviours.subscriptions_have_no_dead_letters,
        "sns_fanout.yaml",
        ["what a deleted queue should have got goes to the subscription's dead-letter queue"],
    ),
    (
        behaviours.nothing_says_what_was_dropped,
        "sns_fanout.yaml",
        ["without a dead-letter queue of the subscription the message is dropped"],
    ),
    (engines.events_are_not_retried, "sns_fanout.yaml", ["a failing function is retried by Lambda and not by SNS"]),
    (behaviours.subjects_are_never_null, "sns_fanout.yaml", ["a function gets subject and source as they are"]),
    (behaviours.everybody_confirms_at_once, "sns_fanout.yaml", ["an HTTP endpoint that never confirms gets nothing"]),
    (
        behaviours.any_publication_will_do,
        "sns_fanout.yaml",
        [
            "an error message with a line break is no subject",
            "a subject of 100 characters is refused and one of 99 is not",
            "an empty message is refused",
        ],
    ),
    (
        behaviours.structures_are_not_checked,
        "sns_fanout.yaml",
        ["each protocol gets its own text, and without a default nobody gets any"],
    ),
    (engines.nothing_is_delivered_twice, "sns_fanout.yaml", ["a subscriber may get a message twice"]),
    (
        behaviours.servers_errors_are_not_retried,
        "sns_fanout.yaml",
        ["a queue that is out of order for a while gets its message late"],
    ),
    (
        behaviours.any_publication_will_do,
        "sns_fanout.yaml",
        ["one bad entry of a batch of publications fails alone and without an exception"],
    ),
    (behaviours.nothing_is_late, "sns_fanout.yaml", ["a message of a topic may come after a later one"]),
    (
        engines.retries_of_states_come_at_once,
        "workflow_errors.yaml",
        ["a retry of 2 s with a rate of 2 and three attempts runs at 0, 2, 6 and 14 seconds"],
    ),
    (engines.throttling_is_an_unknown_error, "workflow_errors.yaml", ["a throttled call is an error of the task"]),
    (
        behaviours.causes_are_forgotten,
        "workflow_errors.yaml",
        ["an exception is caught by its type and its cause is the whole answer"],
    ),
    (engines.catch_finds_nothing, "workflow_errors.yaml", ["a catch without a result path loses the input"]),
    (
        behaviours.missing_paths_can_be_caught,
        "workflow_errors.yaml",
        ["a path that finds nothing fails the execution in spite of a catch for all"],
    ),
    (behaviours.large_data_has_one_byte_less, "workflow_errors.yaml", ["an answer of 262,144 bytes passes"]),
    (
        behaviours.large_data_can_be_caught,
        "workflow_errors.yaml",
        ["an answer of one byte more fails the execution in spite of a catch for all"],
    ),
    (
        behaviours.timeouts_are_failed_tasks,
        "workflow_errors.yaml",
        ["a task that takes too long is a timeout and no failed task"],
    ),
    (behaviours.branches_go_on, "workflow_errors.yaml", ["a failing branch ends the others before they act"]),
    (
        behaviours.choices_without_a_match_are_a_runtime_error,
        "workflow_errors.yaml",
        ["a choice without a match and without a default fails"],
    ),
    (
        engines.wait_states_do_not_wait,
        "workflow_errors.yaml",
        [
            "a wait of a day takes a day",
            "starting twice with the same name and input is one execution",
            "a stopped execution is aborted at once and catches nothing",
        ],
    ),
    (
        behaviours.maps_take_all_at_once,
        "workflow_errors.yaml",
        ["a map of five items, two at a time, takes three rounds"],
    ),
    (
        behaviours.answers_are_lost,
        "workflow_callbacks.yaml",
        [
            "a task with a token waits for the answer, however long it takes",
            "a refusal is an error that can be caught by its name",
        ],
    ),
    (behaviours.late_answers_are_taken, "workflow_callbacks.yaml", ["an answer that comes too late is refused"]),
    (
        behaviours.nobody_waits_for_an_express_execution,
        "workflow_callbacks.yaml",
        ["an Express workflow answers who started it"],
    ),
    (
        behaviours.express_executions_have_a_year,
        "workflow_callbacks.yaml",
        ["an Express workflow is over after five minutes"],
    ),
    (
        behaviours.every_execution_is_a_standard_one,
        "workflow_callbacks.yaml",
        ["the same name starts an Express workflow twice"],
    ),
    (
        behaviours.variables_are_there_at_once,
        "workflow_callbacks.yaml",
        ["an assigned variable is there from the next state on"],
    ),
    (
        behaviours.expressions_without_sense_give_zero,
        "workflow_callbacks.yaml",
        ["an expression that makes no sense fails the execution"],
    ),
    (
        behaviours.redrives_begin_at_the_beginning,
        "workflow_errors.yaml",
        ["a redriven execution goes on where it was stopped"],
    ),
    (
        behaviours.anything_can_be_redriven,
        "workflow_errors.yaml",
        ["an execution that succeeded cannot be redriven"],
    ),
    (engines.names_can_be_used_again, "workflow_errors.yaml", ["another input or a closed execution already exists"]),
    (behaviours.any_name_will_do, "workflow_errors.yaml", ["the key of an object is no name for an execution"]),
    (
        behaviours.destinations_are_not_looked_at,
        "refused_templates.yaml",
        [
            "a queue whose policy does not let S3 in as a bucket's target is refused",
            "a function that does not let S3 in as a bucket's target is refused",
        ],
    ),
    (
        behaviours.everybody_is_let_in,
        "sns_fanout.yaml",
        ["a queue without a policy gets nothing, and nobody is told", "a function without a permission is not called"],
    ),
    (
        language.loops_stop_after_their_first_round,
        "template_language.yaml",
        ["each region has its queue, and what comes in ends in the nested stack"],
    ),
    (
        language.loops_go_over_the_default,
        "template_language.yaml",
        ["another list of regions makes other queues"],
    ),
    (
        language.parameters_keep_their_defaults,
        "template_language.yaml",
        ["the tax rate is what Parameter Store holds when the stack is created"],
    ),
    (
        language.stored_parameters_are_their_own_names,
        "template_language.yaml",
        ["a tax rate that nobody put into Parameter Store is refused"],
    ),
    (
        language.keys_of_secrets_are_not_looked_for,
        "template_language.yaml",
        ["a secret without the key that is referred to is refused"],
    ),
    (language.anything_is_exported, "template_language.yaml", ["an import of what nobody exports is refused"]),
    (language.rules_are_not_looked_at, "template_language.yaml", ["in prod three receives are too few"]),
    (language.mappings_give_their_default, "template_language.yaml", ["in prod an order waits for ten seconds"]),
    (
        http_apis.apis_wait_for_ever,
        "http_apis.yaml",
        ["a function that takes longer than 29 seconds is a 504, and goes on"],
    ),
    (
        http_apis.an_error_is_the_body_of_a_200,
        "http_apis.yaml",
        ["a function that raises is a 502 for a REST API and a 500 for an HTTP API"],
    ),
    (
        http_apis.any_value_is_an_answer,
        "http_apis.yaml",
        ["an answer without a status is a 502 for a REST API and the body of a 200 for an HTTP API"],
    ),
    (
        http_apis.functions_let_everybody_in,
        "http_apis.yaml",
        ["a function that nobody let the API call is a 500"],
    ),
    (
        http_apis.a_missing_path_is_a_404,
        "http_apis.yaml",
        ["a path that is not there is a missing token for a REST API and not found for an HTTP API"],
    ),
    (
        http_apis.quotas_are_not_counted,
        "http_apis.yaml",
        ["an API key opens the way to a queue until its quota is used up"],
    ),
    (
        http_apis.preflights_need_a_route,
        "http_apis.yaml",
        ["an HTTP API answers a browser's preflight by itself"],
    ),
    (
        http_apis.throttled_is_passed_on,
        "http_apis.yaml",
        ["requests beyond the function's concurrency are answered with an error"],
    ),
    (
        gateway.whatever_is_missing_is_left_out,
        "gateway.yaml",
        ["an order goes into the queue without a function"],
    ),
    (
        gateway.requests_are_passed_on_unchanged,
        "gateway.yaml",
        ["rates come from elsewhere, and nobody's token goes there"],
    ),
    (
        gateway.addresses_are_waited_for_longer,
        "gateway.yaml",
        ["rates that do not come in 30 seconds are unavailable"],
    ),
    (gateway.tokens_never_expire, "gateway.yaml", ["a profile is for who is signed in"]),
    (gateway.scopes_are_not_looked_at, "gateway.yaml", ["a profile is changed with the scope for it only"]),
    (
        gateway.stages_let_everything_through,
        "gateway.yaml",
        ["orders beyond the burst are turned away until a second has passed"],
    ),
    (
        gateway.access_logs_tell_of_what_was_let_in_only,
        "gateway.yaml",
        ["the desk's access log has a line for each order, also for those that are turned away"],
    ),
    (gateway.apis_have_no_policy, "gateway.yaml", ["the audit is not for who asks from elsewhere, whoever it is"]),
    (chat.posts_reach_nobody, "chat.yaml", ["what one says all others in the room get"]),
    (chat.everybody_is_let_in, "chat.yaml", ["who gives no name is not let in"]),
    (chat.every_answer_goes_back, "chat.yaml", ["an answer goes back only where the route has a response"]),
    (chat.any_route_will_do, "chat.yaml", ["a message without a route is forbidden"]),
    (
        chat.connections_stand_for_ever,
        "chat.yaml",
        ["whoever says nothing for ten minutes is disconnected, and told to be gone"],
    ),
    (chat.the_gone_are_not_told_from_the_others, "chat.yaml", ["posting to who has left is answered with gone"]),
    (
        gateway.domains_have_no_paths,
        "gateway.yaml",
        ["the shop answers on its own domain, below the path that is mapped to it"],
    ),
    (
        behaviours.layers_have_modules_only,
        "functions.yaml",
        ["files and programs of a layer lie in /opt and the function's own in /var/task"],
    ),
    (addresses.every_answer_is_a_200, "addresses.yaml", ["a function asks the pipeline's own API"]),
    (
        addresses.clients_wait_for_ever,
        "addresses.yaml",
        ["a function that asks a slow function URL gives up when it said it would"],
    ),
    (
        addresses.endpoints_are_not_asked,
        "addresses.yaml",
        ["a topic tells an API that has confirmed its subscription"],
    ),
    (addresses.endpoints_have_one_chance, "addresses.yaml", ["an endpoint that fails is asked three times more"]),
    (
        addresses.what_is_put_is_lost,
        "addresses.yaml",
        ["a parcel that is put by a presigned address arrives"],
    ),
    (
        addresses.presigned_addresses_are_good_for_ever,
        "addresses.yaml",
        ["a presigned address that has expired is of no use"],
    ),
    (
        user_pools.tokens_are_as_they_are,
        "user_pools.yaml",
        ["an employee is confirmed at once, gets an account and a token that says so"],
    ),
    (
        user_pools.confirmations_are_not_told,
        "user_pools.yaml",
        ["a visitor has no account before the address is confirmed"],
    ),
    (user_pools.anybody_may_sign_up, "user_pools.yaml", ["who may not sign up is told why"]),
    (
        logs.patterns_let_everything_pass,
        "logs.yaml",
        ["an error in the log reaches whoever is subscribed to it"],
    ),
    (
        logs.the_platforms_lines_are_missing,
        "logs.yaml",
        ["a timeout is found in the log though the function could not say it"],
    ),
    (
        logs.values_are_always_one,
        "logs.yaml",
        ["how long orders take becomes a metric for each kind of order"],
    ),
    (
        logs.nothing_is_said_of_minutes_without_a_match,
        "logs.yaml",
        ["a minute of good orders counts zero failures and a quiet minute counts nothing"],
    ),
    (
        logs.no_metric_is_made,
        "logs.yaml",
        ["a metric filter that is put by hand counts from then on"],
    ),
]
ROWS = [(how, file, name) for how, file, names in BROKEN for name in names]


def test_every_scenario_is_in_the_table_once() -> None:
    there = [(file.name, s.name) for file in sorted(FOLDER.glob("*.yaml")) for s in load_file(file)]
    assert sorted((file, name) for _, file, name in ROWS) == sorted(there)


@pytest.mark.parametrize(("how", "file", "name"), [pytest.param(*row, id=f"{row[1]}: {row[2]}") for row in ROWS])
def test_a_scenario_fails_when_its_behaviour_is_broken(
    how: Break, file: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = next(s for s in load_file(FOLDER / file) if s.name == name)
    how(monkeypatch)
    result = run(scenario)
    assert result.outcome != "passed"
    # It is the scenario that complains, or AWS that refuses a step of it: not broken code that falls over.
    assert result.error is None or isinstance(result.error, ExpectationFailed | ScenarioError), result.error
