from tools.local.environment import for_clients, for_ministack

OF_A_DEVELOPER = {
    "PATH": "/bin",
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "AKIA",
    "AWS_SESSION_TOKEN": "token",
    "AWS_ENDPOINT_URL_DYNAMODB": "https://dynamodb.example",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://credentials.example",
    "NO_PROXY": "intranet",
    "AUTH": "true",
    "EDITOR": "ed",
}


def test_clients_keep_nothing_that_leads_to_a_real_account() -> None:
    environment = for_clients(OF_A_DEVELOPER, endpoint="http://127.0.0.1:4566")
    assert {name: value for name, value in environment.items() if name.startswith("AWS_")} == {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    }
    assert environment["EDITOR"] == "ed"
    assert environment["NO_PROXY"] == "intranet,127.0.0.1,localhost"


def test_ministack_is_configured_by_us_alone() -> None:
    environment = for_ministack(OF_A_DEVELOPER, endpoint="http://127.0.0.1:4566")
    assert environment["PATH"] == "/bin"
    assert environment["GATEWAY_PORT"] == "4566"
    assert environment["AWS_ACCESS_KEY_ID"] == "test"
    assert not {"AUTH", "EDITOR", "AWS_PROFILE", "AWS_SESSION_TOKEN"} & environment.keys()
