"""What an account shows of itself, to whom, and who gets the newsletter."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from PIL import Image

from commands import limits
from commands.closing import CloseAccount, close_account
from commands.owners import profile_of
from commands.profiles import (
    ChangePicture,
    ChooseLookup,
    ChooseNewsletter,
    Person,
    RemovePicture,
    change_picture,
    choose_lookup,
    choose_newsletter,
    look_up,
    picture_bytes,
    picture_name,
    remove_picture,
    unsubscribe_token,
    unsubscriber_of,
)
from ledger.journal import Journal, Recorded
from ledger.refusals import (
    AccountClosed,
    NoSuchAccount,
    PictureRefused,
    TooManyAttempts,
    UndeliverableAddress,
)
from tests.commands.gateways.drawn import corners, decoded, encoded, plain
from tests.commands.people import counted, member, new_email, rows_of, signed_up
from tests.commands.signed import topics
from tests.conftest import NOON, context_at

RED = plain(color="red")
BLUE = plain(color="blue")


def change(
    journal: Journal, account_id: UUID, data: bytes = RED, key: str | None = None
) -> Recorded:
    command = ChangePicture(account_id=account_id, data=data)
    return change_picture(journal, command, context_at(NOON, key=key))


def remove(journal: Journal, account_id: UUID) -> Recorded:
    command = RemovePicture(account_id=account_id)
    return remove_picture(journal, command, context_at(NOON))


def name_of(journal: Journal, account_id: UUID) -> str:
    picture = profile_of(journal, account_id).picture
    assert picture is not None
    return picture_name(journal, picture.picture_id)


def newsletter(
    journal: Journal, account_id: UUID, subscribed: bool, how: str = "panel"
) -> Recorded:
    command = ChooseNewsletter(account_id=account_id, subscribed=subscribed, how=how)
    return choose_newsletter(journal, command, context_at(NOON))


def close(journal: Journal, account_id: UUID) -> None:
    close_account(journal, CloseAccount(account_id=account_id), context_at(NOON))


def test_a_picture_is_made_anew_and_served_under_a_name_nobody_guesses(
    journal: Journal,
) -> None:
    account_id, data = member(journal).account_id, encoded(corners())
    change(journal, account_id, data)
    name = name_of(journal, account_id)
    served = picture_bytes(journal, name)
    assert served is not None
    assert served != data
    assert decoded(served).format == "WEBP"
    assert len(name) == 32
    assert picture_bytes(journal, name[:-1]) is None
    picture = profile_of(journal, account_id).picture
    assert picture is not None
    assert picture.sha256 == hashlib.sha256(served).hexdigest()


def test_what_a_camera_adds_is_not_kept(journal: Journal) -> None:
    account_id, exif = member(journal).account_id, Image.Exif()
    exif[0x8825] = {1: "N", 2: (50.0, 51.0, 0.0)}
    exif[0x010F] = "Spy Camera"
    change(journal, account_id, encoded(corners(), "JPEG", exif=exif))
    served = picture_bytes(journal, name_of(journal, account_id))
    assert served is not None
    assert b"Spy Camera" not in served
    assert not decoded(served).getexif()


def test_the_bytes_lie_sealed_and_only_once(journal: Journal) -> None:
    account_id = member(journal).account_id
    change(journal, account_id)
    served = picture_bytes(journal, name_of(journal, account_id))
    (row,) = rows_of(journal, "pictures", account_id)
    assert served is not None
    assert served[:4] == b"RIFF"
    assert served[8:60] not in bytes(row["sealed"])
    assert topics(journal, account_id)[2:] == [
        "profiles.Begun",
        "profiles.PictureChanged",
    ]


def test_another_picture_takes_the_place_of_the_first_and_its_name(
    journal: Journal,
) -> None:
    account_id = member(journal).account_id
    change(journal, account_id)
    old = name_of(journal, account_id)
    change(journal, account_id, BLUE)
    assert picture_bytes(journal, old) is None
    assert picture_bytes(journal, name_of(journal, account_id)) is not None
    assert len(rows_of(journal, "pictures", account_id)) == 1


def test_the_same_picture_again_is_no_news(journal: Journal) -> None:
    account_id, key = member(journal).account_id, uuid4().hex
    change(journal, account_id, key=key)
    before = topics(journal, account_id)
    assert change(journal, account_id).repeated
    assert change(journal, account_id, key=key).repeated
    assert topics(journal, account_id) == before


def test_a_removed_picture_is_deleted_and_removed_once(journal: Journal) -> None:
    account_id = member(journal).account_id
    assert remove(journal, account_id).repeated
    change(journal, account_id)
    name = name_of(journal, account_id)
    remove(journal, account_id)
    assert picture_bytes(journal, name) is None
    assert rows_of(journal, "pictures", account_id) == []
    assert remove(journal, account_id).repeated
    assert topics(journal, account_id).count("profiles.PictureRemoved") == 1


def test_what_is_no_picture_is_refused_and_leaves_no_trace(journal: Journal) -> None:
    account_id = member(journal).account_id
    before = counted(journal, account_id)
    for data, reason in (
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "kind"),
        (RED[: len(RED) // 2], "broken"),
        (RED + bytes(limits.PICTURE_BYTES_MAX), "large"),
    ):
        with pytest.raises(PictureRefused) as refused:
            change(journal, account_id, data)
        assert refused.value.reason == reason
    assert counted(journal, account_id) == before


def test_nobody_and_a_closed_account_show_no_picture(journal: Journal) -> None:
    closed, nobody = member(journal).account_id, uuid4()
    close(journal, closed)
    with pytest.raises(AccountClosed):
        change(journal, closed)
    for account_id in (nobody, signed_up(journal).account_id):
        with pytest.raises(NoSuchAccount):
            change(journal, account_id)
        with pytest.raises(NoSuchAccount):
            newsletter(journal, account_id, subscribed=True)


def test_the_exact_address_in_any_spelling_finds_name_and_picture(
    journal: Journal,
) -> None:
    person, asker = member(journal, name="Ann Lee"), uuid4()
    found = look_up(journal, asker, f" {person.email.upper()} ", context_at(NOON))
    assert found == Person(account_id=person.account_id, name="Ann Lee", picture=None)
    change(journal, person.account_id)
    found = look_up(journal, asker, person.email, context_at(NOON))
    assert found is not None
    assert found.picture == name_of(journal, person.account_id)


def test_unknown_unverified_closed_and_opted_out_are_answered_alike(
    journal: Journal,
) -> None:
    hidden, closed = member(journal), member(journal)
    command = ChooseLookup(account_id=hidden.account_id, listed=False)
    choose_lookup(journal, command, context_at(NOON))
    close(journal, closed.account_id)
    asker = uuid4()
    for email in (
        new_email(),
        signed_up(journal).email,
        hidden.email,
        closed.email,
        hidden.email[:-1],
    ):
        assert look_up(journal, asker, email, context_at(NOON)) is None


def test_who_opted_out_is_found_again_after_opting_in(journal: Journal) -> None:
    person, asker = member(journal), uuid4()
    for listed in (False, True, True):
        command = ChooseLookup(account_id=person.account_id, listed=listed)
        choose_lookup(journal, command, context_at(NOON))
        found = look_up(journal, asker, person.email, context_at(NOON))
        assert (found is not None) == listed
    assert topics(journal, person.account_id).count("profiles.LookupChosen") == 2


def test_thirty_people_an_hour_are_looked_up_and_no_more(journal: Journal) -> None:
    asker, email = uuid4(), new_email()
    with pytest.raises(UndeliverableAddress):
        look_up(journal, asker, "no address", context_at(NOON))
    for _ in range(30):
        look_up(journal, asker, email, context_at(NOON))
    with pytest.raises(TooManyAttempts):
        look_up(journal, asker, email, context_at(NOON))
    look_up(journal, uuid4(), email, context_at(NOON))
    look_up(journal, asker, email, context_at(NOON + timedelta(hours=1)))


def test_the_newsletter_comes_when_it_is_wanted_and_says_how_it_ended(
    journal: Journal,
) -> None:
    account_id = member(journal).account_id
    assert newsletter(journal, account_id, subscribed=False).repeated
    newsletter(journal, account_id, subscribed=True)
    assert newsletter(journal, account_id, subscribed=True).repeated
    newsletter(journal, account_id, subscribed=False, how="one_click")
    assert not profile_of(journal, account_id).subscribed
    rows = rows_of(journal, "journal", account_id)
    last = max(rows, key=lambda row: row["position"])
    assert last["topic"] == "profiles.NewsletterChosen"
    assert b"one_click" in bytes(last["payload"])


def test_the_newsletters_link_stays_good_and_is_its_accounts_alone(
    journal: Journal,
) -> None:
    ann, eve = member(journal).account_id, member(journal).account_id
    token = unsubscribe_token(journal, ann)
    assert unsubscribe_token(journal, ann) == token
    assert unsubscriber_of(journal, token) == ann
    for text in (
        "",
        "x",
        str(ann),
        token[:-1],
        token.upper(),
        f"{eve}.{token.split('.')[1]}",
        f"{{{ann}}}.{token.split('.')[1]}",
        token[:-1] + "é",
    ):
        assert unsubscriber_of(journal, text) is None


def test_the_newsletters_link_of_a_closed_account_is_nobodys(journal: Journal) -> None:
    account_id = member(journal).account_id
    token = unsubscribe_token(journal, account_id)
    close(journal, account_id)
    assert unsubscriber_of(journal, token) is None
