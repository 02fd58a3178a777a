"""A domain of the tests, its wanted records, and answers in few words."""

from __future__ import annotations

from ledger.dns_records import Answer, Question, Wanted, wanted_records, wanted_tracking

NAME = "example.com"
LABEL = "abcdefghijklmnopqrstuvwxyz"
ZONE = "mail.daybook.net"
DKIM1, DKIM2, RETURN_PATH, DMARC = wanted_records(NAME, LABEL, ZONE)
BELOW = wanted_records(f"news.{NAME}", LABEL, ZONE)
TRACKING = wanted_tracking(f"track.{NAME}", f"xyz.trk.{ZONE}")

NO_NAME = Answer(status="no_name")
NO_DATA = Answer(status="no_data")
FAILURE = Answer(status="server_failure")
TIMEOUT = Answer(status="timeout")

Answers = dict[Question, Answer]


def says(*values: str) -> Answer:
    return Answer(status="answered", values=values)


def own(wanted: Wanted, answer: Answer) -> Answers:
    return {Question(wanted.host, wanted.type): answer}


def texts(by_host: dict[str, list[str]]) -> Answers:
    """The texts at each host."""
    return {Question(host, "TXT"): says(*values) for host, values in by_host.items()}
