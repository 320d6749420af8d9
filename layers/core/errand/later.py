"""Rules that are made when something is first sent for them: most instances never need them."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from errand.refusals import refused


class Later:
    """`make`: what it is an annotation of. What is wrong inside is told by its place in it."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self._make())

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validated)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(self._adapter.core_schema)

    def _validated(self, sent: Any) -> Any:
        try:
            return self._adapter.validate_python(sent)
        except ValidationError as wrong:
            error = wrong.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, error["loc"][1:] or error["loc"]))
            raise refused(
                error["type"], f"{place}: {error['msg']}" if place else error["msg"]
            ) from None
