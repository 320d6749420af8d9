"""The key of the view by status."""

import pytest

from errand.tasks.model import Status, status_key


@pytest.mark.parametrize(("completed", "status"), [(False, Status.OPEN), (True, Status.COMPLETED)])
def test_task_is_in_the_view_of_its_status(*, completed: bool, status: Status) -> None:
    assert Status.of(completed=completed) == status
    assert status_key("06h08q0rf9qcv4e83s3ndg2tl8", completed=completed).startswith(status)


def test_views_of_the_two_statuses_do_not_overlap() -> None:
    assert not Status.OPEN.startswith(Status.COMPLETED)


def test_view_sorts_by_age() -> None:
    ids = ["06h08q0rf9qcv4e83s3ndg2tl8", "06h08q0rf9qcv4e83s3ndg2tlc"]
    keys = [status_key(task_id, completed=True) for task_id in ids]
    assert keys == sorted(keys)
