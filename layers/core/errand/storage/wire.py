"""DynamoDB's answers as they come.

botocore walks the shape of every attribute of every item to turn JSON into the same JSON: a third
of the CPU of a page. Only binary attributes would differ, and there are none.
"""

from typing import Any

from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.session import Session


class _PlainParser(JSONParser):
    def _parse_shape(self, _shape: object, node: Any) -> Any:
        return node


class _PlainParsers(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> Any:
        if protocol_name != "json":
            raise NotImplementedError(f"DynamoDB now speaks {protocol_name}")
        return _PlainParser()


def use_plain_answers(session: Session) -> None:
    """For the DynamoDB clients that `session` makes from now on."""
    session.register_component("response_parser_factory", _PlainParsers())
