"""What template.yaml promises of tables, events and queues: nothing lost, nothing endless."""

import pytest
from tools.sam_template import resources

from errand.realtime.model import SOCKET_SECONDS
from errand.tasks.model import Task
from errand.uploads.model import RUN_MS
from errand_testkit.stack import FUNCTIONS, RESOURCES, TEMPLATE, event_sources, properties, target

QUEUES = resources(TEMPLATE, "AWS::SQS::Queue")


# ------------------------------------------------------------------------------------------ tables


@pytest.mark.parametrize(
    ("name", "images"), [("DataTable", "NEW_AND_OLD_IMAGES"), ("LogTable", "NEW_IMAGE")]
)
def test_table_cannot_be_lost_and_streams_images(name: str, images: str) -> None:
    table = RESOURCES[name]
    # As Retain, but for what the operation that made it rolls back.
    assert table["DeletionPolicy"] == "RetainExceptOnCreate"
    assert table["UpdateReplacePolicy"] == "Retain"
    protected = {"Fn::If": ["ProtectsTables", True, False]}
    assert table["Properties"]["DeletionProtectionEnabled"] == protected
    assert TEMPLATE["Parameters"]["TableProtection"]["Default"] == "true"
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": True
    }
    assert table["Properties"]["StreamSpecification"] == {"StreamViewType": images}


def test_views_of_an_account_are_declared() -> None:
    """They can be made with the table only, and never changed."""
    views = {
        index["IndexName"]: (
            [key["AttributeName"] for key in index["KeySchema"]],
            index["Projection"],
        )
        for index in properties("DataTable")["LocalSecondaryIndexes"]
    }
    head = {"ProjectionType": "INCLUDE", "NonKeyAttributes": [Task.HEAD]}
    assert views == {
        "by_status": (["pk", "vs"], head),
        "by_due": (["pk", "vd"], head),
        "by_position": (["pk", "vp"], head),
        "by_priority": (["pk", "vr"], head),
        "by_tree": (["pk", "vt"], {"ProjectionType": "KEYS_ONLY"}),
    }


def test_accounts_are_listed_by_age() -> None:
    [index] = properties("DataTable")["GlobalSecondaryIndexes"]
    assert index == {
        "IndexName": "accounts",
        "KeySchema": [
            {"AttributeName": "ak", "KeyType": "HASH"},
            {"AttributeName": "pk", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    }


def test_history_of_a_record_is_found_in_the_log() -> None:
    """Keys alone: an entry is hardly ever looked at, and written with every change."""
    [index] = properties("LogTable")["GlobalSecondaryIndexes"]
    assert index == {
        "IndexName": "by_record",
        "KeySchema": [
            {"AttributeName": "rk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    # A local one would end an account's log, and with it the writer of all logs, at 10 GB.
    assert "LocalSecondaryIndexes" not in properties("LogTable")


@pytest.mark.parametrize("name", resources(TEMPLATE, "AWS::DynamoDB::Table"))
def test_items_expire_where_they_say_so(name: str) -> None:
    expiry = properties(name)["TimeToLiveSpecification"]
    assert expiry == {"AttributeName": "expires_at", "Enabled": True}


def test_ephemeral_items_are_not_streamed() -> None:
    assert "StreamSpecification" not in properties("EphemeralTable")


@pytest.mark.parametrize("name", resources(TEMPLATE, "AWS::DynamoDB::Table"))
def test_table_costs_nothing_when_idle(name: str) -> None:
    table = properties(name)
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    # Encrypted with the service's own key, as always; a KMS key would be billed by the request.
    assert "SSESpecification" not in table
    assert table["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]


# ---------------------------------------------------------------------------------- uploaded files


def test_uploaded_files_are_nobodys_else_and_go_within_a_day() -> None:
    bucket = properties("ImportBucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    [expiry] = bucket["LifecycleConfiguration"]["Rules"]
    assert (expiry["Status"], expiry["ExpirationInDays"]) == ("Enabled", 1)
    assert "VersioningConfiguration" not in bucket


def test_uploaded_files_are_sent_and_read_over_tls_alone() -> None:
    [statement] = properties("ImportBucketPolicy")["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == (
        "Deny",
        "*",
        "s3:*",
    )
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}
    assert len(statement["Resource"]) == 2


def test_every_uploaded_file_is_told_of() -> None:
    told = properties("ImportBucket")["NotificationConfiguration"]["QueueConfigurations"]
    assert told == [
        {"Event": "s3:ObjectCreated:*", "Queue": {"Fn::GetAtt": ["ImportQueue", "Arn"]}}
    ]
    assert RESOURCES["ImportBucket"]["DependsOn"] == "ImportQueuePolicy"


def test_pages_that_may_call_the_api_may_send_files() -> None:
    [condition, cors, _] = properties("ImportBucket")["CorsConfiguration"]["Fn::If"]
    [rule] = cors["CorsRules"]
    assert condition == "HasCors"
    assert rule["AllowedOrigins"] == {"Fn::Split": [",", {"Ref": "CorsAllowOrigins"}]}
    assert rule["AllowedMethods"] == ["POST"]


def test_run_at_an_import_ends_before_another_takes_it_for_dead() -> None:
    assert FUNCTIONS["ImportTasksFunction"].timeout * 1000 <= RUN_MS


# ------------------------------------------------------------------------------- events and queues


@pytest.mark.parametrize("name", QUEUES)
def test_queue_is_encrypted_and_keeps_messages_as_long_as_it_can(name: str) -> None:
    assert properties(name)["SqsManagedSseEnabled"] is True
    assert properties(name)["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_consumed_queue_has_dead_letters_and_hides_a_message_long_enough() -> None:
    sources = event_sources("SQS")
    assert sources
    for function, source in sources:
        queue = properties(target(source["Queue"]))
        assert target(queue["RedrivePolicy"]["deadLetterTargetArn"]) in QUEUES
        assert queue["VisibilityTimeout"] >= 6 * function.timeout


def test_stream_consumer_gives_up_a_record_but_never_silently() -> None:
    sources = event_sources("DynamoDB")
    assert sources
    for _, source in sources:
        assert target(source["DestinationConfig"]["OnFailure"]["Destination"]) in QUEUES
        assert source["BisectBatchOnFunctionError"] is True
        assert 0 < source["MaximumRecordAgeInSeconds"] <= 24 * 3600


def test_streams_are_read_as_often_as_it_takes_and_as_long_as_they_last() -> None:
    for function, source in event_sources("DynamoDB"):
        if function.name == "PushHintsFunction":
            # What it tells is worth nothing a minute later.
            continue
        assert source["MaximumRetryAttempts"] == -1
        assert source["MaximumRecordAgeInSeconds"] == 24 * 3600


def test_log_is_made_of_the_data_and_events_of_the_log() -> None:
    streams = [
        (function.name, target(source["Stream"])) for function, source in event_sources("DynamoDB")
    ]
    # AWS promises full speed to two readers of a stream, and no more.
    assert streams == [
        ("RecordChangesFunction", "DataTable"),
        ("PublishChangesFunction", "LogTable"),
        ("PushHintsFunction", "LogTable"),
        ("PushHintsFunction", "DataTable"),
    ]


def test_hints_are_given_up_at_once_and_ends_as_late_as_a_socket_can_live() -> None:
    hints, ends = (s for function, s in event_sources("DynamoDB") if "Hints" in function.name)
    assert target(hints["Stream"]) == "LogTable"
    assert (hints["MaximumRetryAttempts"], hints["MaximumRecordAgeInSeconds"]) == (3, 60)
    assert target(ends["Stream"]) == "DataTable"
    assert ends["MaximumRetryAttempts"] == -1
    assert ends["MaximumRecordAgeInSeconds"] == SOCKET_SECONDS


def test_somebody_is_told_of_sockets_that_are_not() -> None:
    alarm = properties("HintDeadLettersAlarm")
    [dimension] = alarm["Dimensions"]
    assert (dimension["Name"], target(dimension["Value"])) == ("QueueName", "HintDeadLetters")
    assert alarm["Threshold"] == 0
    [dimension] = properties("SocketAlarm")["Dimensions"]
    assert target(dimension["Value"]) == "ServeSocketsFunction"


def test_changes_of_an_account_come_in_order() -> None:
    """With more lanes only those of one item would.

    https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
    """
    for _, source in event_sources("DynamoDB"):
        assert source["ParallelizationFactor"] == 1


@pytest.mark.parametrize(
    ("name", "function"),
    [("LogLagAlarm", "RecordChangesFunction"), ("EventLagAlarm", "PublishChangesFunction")],
)
def test_somebody_is_told_long_before_a_stream_forgets(name: str, function: str) -> None:
    alarm = properties(name)
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "IteratorAge")
    [dimension] = alarm["Dimensions"]
    assert target(dimension["Value"]) == function
    assert alarm["Threshold"] * alarm["EvaluationPeriods"] < 3_600_000


def test_log_is_written_for_every_kind_that_the_registry_names() -> None:
    """No filter has to be told of a new one."""
    [source] = [s for function, s in event_sources("DynamoDB") if "Record" in function.name]
    assert "FilterCriteria" not in source


@pytest.mark.parametrize("kind", ["SQS", "DynamoDB"])
def test_batch_consumer_reports_single_failures(kind: str) -> None:
    for _, source in event_sources(kind):
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("name", resources(TEMPLATE, "AWS::Events::Rule"))
def test_rule_target_has_dead_letters(name: str) -> None:
    for rule_target in properties(name)["Targets"]:
        assert target(rule_target["DeadLetterConfig"]["Arn"]) in QUEUES


def test_purge_waits_until_cached_sessions_are_gone() -> None:
    assert properties("PurgeQueue")["DelaySeconds"] == {"Ref": "PurgeDelaySeconds"}
    assert TEMPLATE["Parameters"]["PurgeDelaySeconds"]["Default"] > 30
