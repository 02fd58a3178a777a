"""Whether a key of ours is seen as receivers must see it."""

from __future__ import annotations

import pytest

from ledger.dns_dkim import judge_key, key_tags
from ledger.dns_records import Answer, Finding, Question
from tests.ledger.dns_samples import FAILURE, NO_DATA, NO_NAME, TIMEOUT, says

HOST = "dm1.abc.dkim.mail.daybook.net"
KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A+/=="


def judged(*each: Answer) -> Finding:
    return judge_key(HOST, KEY, [{Question(HOST, "TXT"): one} for one in each])


@pytest.mark.parametrize(
    "text",
    [
        f"v=DKIM1; k=rsa; p={KEY}",
        f"v=DKIM1;p={KEY};",
        f"p={KEY}",
        f"v=DKIM1; p={KEY[:10]} {KEY[10:]}; h=sha1:sha256; s=email; n=note=1",
        f"s=*;p={KEY};t=y",
    ],
)
def test_the_key_is_found_whatever_stands_beside_it(text: str) -> None:
    assert judged(says(text), says(text)).state == "found"


@pytest.mark.parametrize(
    ("answer", "state", "mistake"),
    [
        (says("v=DKIM1; k=rsa; p="), "different", "revoked"),
        (says("v=DKIM1; k=rsa"), "different", "revoked"),
        (says(f"v=DKIM2; p={KEY}"), "different", None),
        (says(f"k=ed25519; p={KEY}"), "different", None),
        (says(f"h=sha1; p={KEY}"), "different", None),
        (says(f"s=tlsrpt; p={KEY}"), "different", None),
        (says(f"p={KEY.lower()}"), "different", None),
        (says(f"p={KEY[:-1]}"), "different", None),
        (says(f"p={KEY}", f"p={KEY}x"), "several", None),
        (NO_NAME, "waiting", None),
        (NO_DATA, "waiting", None),
        (FAILURE, "dns_error", None),
        (TIMEOUT, "timed_out", None),
    ],
)
def test_anything_else_is_told_apart(
    answer: Answer, state: str, mistake: str | None
) -> None:
    finding = judged(answer, answer)
    assert (finding.kind, finding.state, finding.mistake) == ("key", state, mistake)


def test_all_resolvers_must_see_the_key() -> None:
    good = says(f"p={KEY}")
    assert judged(good, NO_NAME).state == "dns_error"
    assert judged(good, TIMEOUT).state == "timed_out"
    assert judge_key(HOST, KEY, [{}]).state == "timed_out"


def test_tags_lose_their_blanks_and_nothing_else() -> None:
    assert key_tags(" v = DKIM1 ;; p=a b\tc== ; =x; y") == {"v": "DKIM1", "p": "abc=="}
