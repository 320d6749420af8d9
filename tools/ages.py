"""How old what waits is: of all queues and streams in one request.

CloudWatch is asked for one metric of each, at $0.01 for 1,000. The embedded AWS has no metrics, but
shows its messages; how late its streams are read nobody can tell from outside.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

_PATIENCE = 10.0  # seconds
# Metrics come a minute or two late.
_BACK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Source:
    """`name`: for people; `scale`: of the metric's unit, to seconds."""

    name: str
    namespace: str
    metric: str
    dimension: str
    value: str
    scale: float = 1.0


def of_queue(name: str, url: str) -> Source:
    """Age of the oldest message that is neither deleted nor a dead letter yet."""
    queue = url.rpartition("/")[2]
    return Source(name, "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue)


def of_stream(name: str, function: str) -> Source:
    """Age of the last record that the function took. There is none where nothing was changed."""
    return Source(name, "AWS/Lambda", "IteratorAge", "FunctionName", function, scale=0.001)


def ages(cloudwatch: Any, sources: Iterable[Source]) -> dict[str, float | None]:
    """Seconds by name, of the latest minute that there is; None where CloudWatch knows none."""
    known = {f"m{number}": source for number, source in enumerate(sources)}
    if not known:
        return {}
    now = datetime.now(UTC)
    # All in one page: of each source ten values at most.
    found = cloudwatch.get_metric_data(
        MetricDataQueries=[_query(id_, source) for id_, source in known.items()],
        StartTime=now - _BACK,
        EndTime=now,
        ScanBy="TimestampDescending",
    )
    values = {one["Id"]: one["Values"] for one in found["MetricDataResults"]}
    return {
        source.name: latest[0] * source.scale if (latest := values.get(id_)) else None
        for id_, source in known.items()
    }


def of_embedded(endpoint: str, urls: Mapping[str, str]) -> dict[str, float | None]:
    """Seconds since the oldest message of each queue was sent; None of one that has none.

    Nothing if it does not tell, or is another AWS.
    """
    try:
        answer = httpx.get(f"{endpoint}/_ministack/sqs/messages", timeout=_PATIENCE)
        told = answer.raise_for_status().json()["messages"]
        sent = {
            url.rpartition("/")[2]: [float(one["SentTimestamp"]) for one in messages]
            for regions in told.values()
            for queues in regions.values()
            for url, messages in queues.items()
        }
    except (httpx.HTTPError, httpx.InvalidURL, AttributeError, LookupError, TypeError, ValueError):
        return {}
    now = time.time()
    return {
        name: max(now - min(times), 0.0) if (times := sent.get(url.rpartition("/")[2])) else None
        for name, url in urls.items()
    }


def spoken(seconds: float | None) -> str:
    """In the two largest units."""
    if seconds is None:
        return "unknown"
    left, parts = round(seconds), []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2]) or "0 s"


def _query(id_: str, source: Source) -> Mapping[str, Any]:
    dimensions = [{"Name": source.dimension, "Value": source.value}]
    metric = {
        "Namespace": source.namespace,
        "MetricName": source.metric,
        "Dimensions": dimensions,
    }
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
