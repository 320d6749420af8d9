"""Settings come from the environment, all of them, or the process does not start."""

import pytest

from errand.config import Settings, TrustedEdge, get_settings
from errand.errors import ConfigurationError

ENVIRONMENT = {
    "ERRAND_DATA_TABLE": "data",
    "ERRAND_LOG_TABLE": "log",
    "ERRAND_EPHEMERAL_TABLE": "ephemeral",
    "ERRAND_SIGNING_SECRET": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:signing",
}


def test_settings_are_read_from_the_environment() -> None:
    assert Settings.from_environment(ENVIRONMENT) == Settings(
        data_table="data",
        log_table="log",
        ephemeral_table="ephemeral",
        signing_secret=ENVIRONMENT["ERRAND_SIGNING_SECRET"],
        on_lambda=False,
    )


def test_lambda_is_recognised() -> None:
    environment = ENVIRONMENT | {"AWS_LAMBDA_FUNCTION_NAME": "errand-api"}
    assert Settings.from_environment(environment).on_lambda


@pytest.mark.parametrize(("value", "is_on"), [("1", True), ("0", False), ("", False)])
def test_server_timing_is_on_where_it_says_so(value: str, *, is_on: bool) -> None:
    environment = ENVIRONMENT | {"ERRAND_SERVER_TIMING": value}
    assert Settings.from_environment(environment).server_timing is is_on


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ({}, "https://imports.s3.eu-central-1.amazonaws.com"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "http://127.0.0.1:4566/imports"),
    ],
    ids=["AWS", "an AWS elsewhere"],
)
def test_forms_are_sent_to_the_bucket(endpoint: dict[str, str], url: str) -> None:
    of_bucket = {
        "ERRAND_IMPORT_BUCKET": "imports",
        "ERRAND_IMPORT_URL": "https://imports.s3.eu-central-1.amazonaws.com",
    }
    settings = Settings.from_environment(ENVIRONMENT | of_bucket | endpoint)
    assert (settings.import_bucket, settings.import_url) == ("imports", url)


@pytest.mark.parametrize(("url", "known"), [("https://sqs/push", "https://sqs/push"), ("", None)])
def test_nothing_is_sent_to_browsers_without_their_queue(url: str, known: str | None) -> None:
    settings = Settings.from_environment(ENVIRONMENT | {"ERRAND_PUSH_QUEUE_URL": url})
    assert settings.push_queue_url == known


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_missing_variable_is_named(name: str) -> None:
    environment = {key: value for key, value in ENVIRONMENT.items() if key != name}
    with pytest.raises(ConfigurationError, match=name):
        Settings.from_environment(environment)


@pytest.mark.parametrize("name", ENVIRONMENT)
@pytest.mark.parametrize("blank", ["", "  "])
def test_blank_variable_is_a_missing_one(name: str, blank: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Settings.from_environment(ENVIRONMENT | {name: blank})


def test_settings_are_made_on_first_use_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    first = get_settings()
    monkeypatch.setenv("ERRAND_DATA_TABLE", "another")
    assert get_settings() is first
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        ("errand-api", "none", (False, "")),
        ("errand-api", "logs", (True, "")),
        ("errand-api", "metrics", (True, "errand-api")),
        # A server has a log of its own.
        ("", "metrics", (False, "")),
    ],
)
def test_requests_are_logged_on_lambda_alone(
    function: str, value: str, expected: tuple[bool, str]
) -> None:
    given = {"AWS_LAMBDA_FUNCTION_NAME": function, "ERRAND_REQUEST_LINES": value}
    settings = Settings.from_environment(ENVIRONMENT | given)
    assert (settings.request_lines, settings.metrics_of) == expected


DIGEST = "0123456789abcdef" * 2


def test_edge_is_known_by_its_secrets_digest() -> None:
    assert Settings.from_environment(ENVIRONMENT).edge is None
    header = {"ERRAND_EDGE_ADDRESS_HEADER": "CF-Connecting-IP"}
    assert Settings.from_environment(ENVIRONMENT | header).edge is None
    settings = Settings.from_environment(
        ENVIRONMENT | header | {"ERRAND_EDGE_SECRET_DIGEST": DIGEST}
    )
    assert settings.edge == TrustedEdge(address_header="CF-Connecting-IP", secret_digest=DIGEST)


def test_edge_that_cannot_prove_itself_is_not_the_only_way() -> None:
    with pytest.raises(ConfigurationError, match="ERRAND_EDGE_SECRET_DIGEST"):
        Settings.from_environment(ENVIRONMENT | {"ERRAND_EDGE_ONLY": "1"})
