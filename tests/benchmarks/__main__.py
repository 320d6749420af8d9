"""`make bench`: measures, prints the tables and writes them into docs/performance.md."""

import argparse
import sys
from pathlib import Path

from tests.benchmarks import data, report, suite
from tests.benchmarks.artifacts import BUILD, WORK, runtime_client
from tests.benchmarks.aws import LocalAws
from tests.benchmarks.certificates import Certificates
from tests.benchmarks.measure import Bench
from tests.benchmarks.subjects import Subjects


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description="Speed and size beside the peers.")
    parser.add_argument("--rounds", type=int, default=15, help="runs of which a median is taken")
    parser.add_argument("--build", type=Path, default=BUILD, help="where `sam build` left it")
    arguments = parser.parse_args()
    subjects = Subjects.prepare(arguments.build)
    certificates = Certificates.made_for(data.HOSTS, WORK / "tls")
    for artifact in subjects.artifacts:
        certificates.trust(artifact)
    with LocalAws(data.answers(), certificates.server) as aws:
        bench = Bench.prepare(runtime_client(), aws.port, suite.tokens())
        figures = suite.run(subjects, bench, rounds=arguments.rounds)
    tables = report.tables(figures)
    print(tables)  # noqa: T201 - what it is for
    aws.check()
    report.write(tables)
    return 0


if __name__ == "__main__":
    sys.exit(main())
