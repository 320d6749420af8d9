"""Items of accounts in memory, as DynamoDB writes them."""

from errand.export.repository import Position
from errand.storage.operations import RawItem


class InMemoryCollection:
    """CollectionRepository of one table; `page_max` stands for the 1 MB of a page."""

    def __init__(self, *, page_max: int = 1000) -> None:
        self.items: list[RawItem] = []
        self._page_max = page_max

    def page(
        self, *, user_id: str, after: Position | None
    ) -> tuple[list[RawItem], Position | None]:
        found = sorted(
            (
                item
                for item in self.items
                if item["pk"]["S"] == f"USER#{user_id}"
                and (after is None or item["sk"]["S"] > after[1])
            ),
            key=lambda item: item["sk"]["S"],
        )
        page = found[: self._page_max]
        more = len(found) > len(page)
        return page, ("data", page[-1]["sk"]["S"]) if more else None
