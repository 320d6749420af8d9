"""What a list of tasks can be asked for."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from errand import ids
from errand.inputs import Digits, Moment, true_or_false
from errand.projects.model import PROJECT_PATTERN
from errand.refusals import refused
from errand.schemas import IF_SENT
from errand.tasks.lists import Sort, View
from errand.tasks.model import LIMIT_MAX, PRIORITY_DEFAULT, SKIP_MAX

FILTER_MAX = 1024
type Order = Annotated[Literal["asc", "desc"], Field(description="Upwards or downwards")]


class ListQuery(BaseModel):
    """Which page of one's tasks."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX, description="Tasks on a page"), Digits] = 10
    skip: Annotated[
        int,
        Field(
            ge=0,
            description="Tasks to leave out first; they are read, and paid for, all the same. "
            "To go further follow the Link header.",
            json_schema_extra={"maximum": SKIP_MAX},
        ),
        Digits,
    ] = 0
    cursor: Annotated[str | SkipJsonSchema[None], Field(description="From the Link header")] = None
    completed: Annotated[
        bool | SkipJsonSchema[None],
        BeforeValidator(true_or_false),
        Field(description="Only those that are, or are not, completed"),
    ] = None
    view: Annotated[
        View,
        Field(
            description="Open tasks due today, later or before, on the calendar of the account's "
            "time zone, by when they are due; those of the Inbox; completed ones, by when they "
            "were; or those in the trash, by when they were deleted"
        ),
    ] = IF_SENT
    project_id: Annotated[
        str, Field(pattern=PROJECT_PATTERN, description="Only open tasks of this project")
    ] = IF_SENT
    section_id: Annotated[
        str,
        Field(
            pattern=ids.PATTERN,
            description="With project_id: only open tasks of this section of it, without subtasks",
        ),
    ] = IF_SENT
    parent_id: Annotated[
        str, Field(pattern=ids.PATTERN, description="Only open subtasks of this task")
    ] = IF_SENT
    filter: Annotated[
        str,
        Field(
            max_length=FILTER_MAX,
            description='Such as `due < tomorrow & priority <= 2 & (#home | text ~ "rent")`: the '
            "grammar is in docs/filters.md. In the order of the view that is read for it",
            json_schema_extra={
                "format": "task-filter",
                "examples": ["due < tomorrow & priority <= 2 & !completed"],
            },
        ),
    ] = IF_SENT
    saved_filter: Annotated[
        str, Field(pattern=ids.PATTERN, description="What the saved filter of this id means")
    ] = IF_SENT
    priority: Annotated[
        int,
        Field(ge=1, le=PRIORITY_DEFAULT - 1, description="Only open tasks of this priority"),
        Digits,
    ] = IF_SENT
    completed_since: Annotated[
        Moment,
        Field(description="Only tasks completed then or later, by when they were"),
    ] = IF_SENT
    completed_until: Annotated[
        Moment,
        Field(description="Only tasks completed before, by when they were"),
    ] = IF_SENT
    sort: Annotated[
        Sort,
        Field(
            description="The order of any list of up to about 3,000 tasks, which all are read for "
            "each page; what is not due comes last"
        ),
    ] = IF_SENT
    order: Annotated[
        Order,
        Field(
            description="asc has the oldest first, or what is due or stands first; without it that "
            "is the order of what is due and of what stands in a project, section or task, and all "
            "else has the newest first"
        ),
    ] = IF_SENT

    explain: Annotated[
        bool | SkipJsonSchema[None],
        BeforeValidator(true_or_false),
        Field(
            description="Whether headers tell what is read for the page: X-Query-Plan, "
            "X-Items-Read, X-Consumed-Capacity"
        ),
    ] = None

    count: Annotated[
        bool | SkipJsonSchema[None],
        BeforeValidator(true_or_false),
        Field(
            description="Whether the header X-Total-Count tells how many tasks all pages of the "
            "list have together; 422 for a list of more than 1 MB whose size is not kept"
        ),
    ] = None

    @model_validator(mode="after")
    def _is_one_list(self) -> Self:
        period = self.completed_since is not None or self.completed_until is not None
        is_due = self.view not in {None, View.COMPLETED}
        of_open = [self.completed, self.project_id, self.parent_id, self.priority, self.filter]
        of_open.append(self.saved_filter)
        if self.section_id is not None and self.project_id is None:
            raise refused("section_of_project", "section_id goes with project_id")
        asked = sum(one is not None for one in of_open) + (is_due or period or bool(self.view))
        if asked > 1 or (is_due and period):
            names = "completed, view, project_id, parent_id, priority, filter and saved_filter"
            raise refused("one_list", f"{names} are different lists")
        return self

    @property
    def ascending(self) -> bool:
        if self.order:
            return self.order == "asc"
        if self.sort:
            return self.sort not in {Sort.CREATED, Sort.UPDATED}
        is_by_hand = self.project_id is not None or self.parent_id is not None
        return is_by_hand or self.view not in {None, View.COMPLETED, View.TRASH}

    @property
    def shown(self) -> str:
        """Which list it is, and in what order: what its cursors are good for."""
        period = f"{self.completed_since}|{self.completed_until}"
        place = f"{self.project_id}|{self.section_id}|{self.parent_id}"
        of_open = f"{self.completed}|{place}|{self.priority}"
        by_filter = f"{self.filter}|{self.saved_filter}"
        return f"{of_open}|{self.view}|{period}|{self.ascending}|{self.sort}|{by_filter}"
