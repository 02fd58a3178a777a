"""Name & picture: what receipts print, what others see who know the address."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from commands import accounts as use
from commands import profiles
from commands.gateways.pictures import PicturesBusy
from commands.limits import PICTURE_BYTES_MAX
from commands.owners import profile_of
from ledger.refusals import Invalid, PictureRefused
from web import access, formats, pages
from web.panel import forms
from web.policies import ANYONE, CUSTOMER, IMMUTABLE, allow
from web.words import current_language, gettext

blueprint = Blueprint("profile", __name__)


@blueprint.get("/profile")
@allow(CUSTOMER)
def show() -> Response:
    """Show name, billing details, picture, and who may look the account up."""
    return _page(_recorded(), {})


@blueprint.get("/billing-details", endpoint="billing_details")
@allow(CUSTOMER)
def billing_details() -> AnyResponse:
    """Lead to where the details stand now."""
    return redirect(url_for("profile.show"), 303)


@blueprint.post("/profile")
@allow(CUSTOMER, bucket="forms")
def change() -> Response:
    """Change what is printed on the receipts to come."""
    form = forms.texts(*forms.DETAILS)
    if errors := forms.unprintable_errors(form):
        return _page(form, errors)
    command = forms.details_command(access.account_id(), form)
    try:
        use.change_billing_details(
            access.service().journal, command, access.form_context()
        )
    except Invalid as refusal:
        return _page(form, forms.field_errors(refusal))
    return _done(gettext("Saved"))


@blueprint.post("/profile/picture")
@allow(CUSTOMER, bucket="uploads", bytes_max=PICTURE_BYTES_MAX + 100_000)
def picture() -> Response:
    """Show another picture, made anew from the file that was sent."""
    sent = request.files.get("picture")
    data = b"" if sent is None else sent.stream.read(PICTURE_BYTES_MAX + 1)
    command = profiles.ChangePicture(account_id=access.account_id(), data=data)
    try:
        profiles.change_picture(
            access.service().journal, command, access.form_context()
        )
    except PictureRefused as refusal:
        return _page(_recorded(), {"picture": _why(refusal.reason)})
    except PicturesBusy:
        later = gettext("Other pictures are being made. Send it again in a moment.")
        return _page(_recorded(), {"picture": later}, 503)
    return _done(gettext("The picture is shown from now on"))


@blueprint.post("/profile/picture/remove")
@allow(CUSTOMER, bucket="forms")
def remove_picture() -> Response:
    """Show no picture."""
    command = profiles.RemovePicture(account_id=access.account_id())
    profiles.remove_picture(access.service().journal, command, access.form_context())
    return _done(gettext("No picture is shown any more"))


@blueprint.post("/profile/look-up")
@allow(CUSTOMER, bucket="forms")
def look_up() -> Response:
    """Be found by whoever knows the exact address, or not."""
    listed = bool(request.form.get("listed"))
    command = profiles.ChooseLookup(account_id=access.account_id(), listed=listed)
    profiles.choose_lookup(access.service().journal, command, access.form_context())
    return _done(gettext("Saved"))


@blueprint.get("/pictures/<name>.webp", endpoint="picture_file")
@allow(ANYONE, bucket="downloads", cache=IMMUTABLE, cookieless=True)
def picture_file(name: str) -> AnyResponse:
    """Serve a picture by its name, which nobody guesses."""
    data = profiles.picture_bytes(access.service().journal, name[:64])
    if data is None:
        return pages.problem_page(404)
    response = Response(data, mimetype="image/webp")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _why(reason: str) -> str:
    if reason == "large":
        return gettext("The file is larger than 2 MB.")
    if reason == "kind":
        return gettext("Only PNG, JPEG and WEBP pictures are taken.")
    if reason == "size":
        return gettext(
            "The picture has more than 4,096 pixels on a side, or 12 million."
        )
    return gettext("The file is broken: it cannot be read as a picture.")


def _recorded() -> dict[str, str]:
    account = use.account_of(access.service().journal, access.account_id())
    return forms.details_of(account)


def _done(title: str) -> Response:
    note = {"kind": "ok", "title": title, "text": None, "action": None}
    return _page(_recorded(), {}, notices=[note])


def _page(
    form: dict[str, str], errors: dict[str, str], code: int = 422, **more: Any
) -> Response:
    journal = access.service().journal
    profile = profile_of(journal, access.account_id())
    picture = profile.picture
    name = picture and profiles.picture_name(journal, picture.picture_id)
    return pages.page(
        "profile/show.html",
        code if errors else 200,
        form=form,
        errors=errors,
        countries=formats.countries(current_language()),
        picture=name,
        listed=profile.listed,
        command_id=access.new_command_id(),
        **more,
    )
