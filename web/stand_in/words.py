"""What the checkout page says, in English and in French, and amounts of money."""

from __future__ import annotations

from collections.abc import Iterable

NO_BREAK = "\u00a0"
NARROW = "\u202f"
SYMBOLS = {"eur": "€", "usd": "$", "gbp": "£", "jpy": "¥", "cad": "CA$"}
DIGITS = {
    "jpy": 0,
    "krw": 0,
    "clp": 0,
    "xof": 0,
    "xaf": 0,
    "xpf": 0,
    "kwd": 3,
    "tnd": 3,
}

DECLINES = {
    "generic_decline": (
        "The card was declined; nothing was charged.",
        "La carte a été refusée ; rien n’a été débité.",
    ),
    "insufficient_funds": (
        "The card has insufficient funds; nothing was charged.",
        "Les fonds de la carte sont insuffisants ; rien n’a été débité.",
    ),
    "lost_card": (
        "The card was declined; nothing was charged.",
        "La carte a été refusée ; rien n’a été débité.",
    ),
    "expired_card": (
        "The card has expired; nothing was charged.",
        "La carte a expiré ; rien n’a été débité.",
    ),
    "incorrect_cvc": (
        "The card’s security code is wrong; nothing was charged.",
        "Le code de sécurité de la carte est incorrect ; rien n’a été débité.",
    ),
    "processing_error": (
        "The bank could not process the card; nothing was charged.",
        "La banque n’a pas pu traiter la carte ; rien n’a été débité.",
    ),
    "test_mode_live_card": (
        "The card was declined: only test cards pay here. Nothing was charged.",
        "La carte a été refusée : seules les cartes de test paient ici. "
        "Rien n’a été débité.",
    ),
    "authentication_required": (
        "The bank wants its client to confirm; nothing was charged.",
        "La banque demande une confirmation de son client ; rien n’a été débité.",
    ),
    "payment_intent_authentication_failure": (
        "The bank did not confirm that it is you; nothing was charged.",
        "La banque n’a pas confirmé votre identité ; rien n’a été débité.",
    ),
}

PAGE = {
    "test": (
        "Test payments: no card is charged, no money moves.",
        "Paiements de test : aucune carte n’est débitée, rien n’est payé.",
    ),
    "pay_title": ("Pay {amount}", "Payer {amount}"),
    "subscribe_month": ("{amount} a month", "{amount} par mois"),
    "subscribe_year": ("{amount} a year", "{amount} par an"),
    "subscribe": ("Subscribe", "S’abonner"),
    "save_title": ("Save another card", "Enregistrer une autre carte"),
    "save": ("Save card", "Enregistrer la carte"),
    "invoice_title": ("Pay {amount}", "Payer {amount}"),
    "for": ("To {host}", "À {host}"),
    "order": ("Your order", "Votre commande"),
    "item": ("Item", "Article"),
    "amount": ("Amount", "Montant"),
    "each": ("{quantity} × {amount}", "{quantity} × {amount}"),
    "total": ("Total to pay", "Total à payer"),
    "card_only": ("Card", "Carte"),
    "card_head": ("Pay by card", "Payer par carte"),
    "email": ("E\u2011mail address", "Adresse électronique"),
    "number": ("Card number", "Numéro de carte"),
    "expiry": ("Expires", "Expiration"),
    "expiry_hint": ("MM/YY", "MM/AA"),
    "cvc": ("Security code", "Code de sécurité"),
    "cvc_hint": ("Three digits, or four", "Trois ou quatre chiffres"),
    "name": ("Name on card", "Nom sur la carte"),
    "pay": ("Pay {amount}", "Payer {amount}"),
    "cancel": ("Cancel and go back", "Annuler et revenir"),
    "cards_head": ("Test cards", "Cartes de test"),
    "cards_hint": (
        "Any later month and any security code go with them.",
        "N’importe quel mois à venir et n’importe quel code conviennent.",
    ),
    "does": ("What it does", "Ce qu’elle fait"),
    "pays": ("Pays", "Paie"),
    "generic_decline": ("Is declined", "Est refusée"),
    "insufficient_funds": ("Has insufficient funds", "Fonds insuffisants"),
    "expired_card": ("Has expired", "A expiré"),
    "3d_secure": ("Asks for 3\u2011D Secure", "Demande 3\u2011D Secure"),
    "fails_later": (
        "Pays now, is declined at every renewal",
        "Paie maintenant, est refusée à chaque renouvellement",
    ),
    "error": ("Error: {title}", "Erreur : {title}"),
    "fix_one": (
        "Nothing was charged: one field needs a correction",
        "Rien n’a été débité : un champ est à corriger",
    ),
    "fix_many": (
        "Nothing was charged: {count} fields need a correction",
        "Rien n’a été débité : {count} champs sont à corriger",
    ),
    "try_other": (
        "Try another card, or cancel.",
        "Essayez une autre carte, ou annulez.",
    ),
    "bad_email": (
        "Enter an e\u2011mail address, such as name@example.com.",
        "Saisissez une adresse, par exemple nom@example.com.",
    ),
    "bad_number": (
        "Enter the whole card number; this one has a wrong digit or is too short.",
        "Saisissez le numéro complet ; un chiffre est faux ou manque.",
    ),
    "bad_expiry": (
        "Enter month and year, such as 08/34.",
        "Saisissez le mois et l’année, par exemple 08/34.",
    ),
    "past_expiry": (
        "This month is over; enter one to come.",
        "Ce mois est passé ; saisissez un mois à venir.",
    ),
    "bad_cvc": (
        "Enter three digits, or four for American Express.",
        "Saisissez trois chiffres, ou quatre pour American Express.",
    ),
    "bad_name": ("Enter the name on the card.", "Saisissez le nom sur la carte."),
    "secure_title": ("Confirm with your bank", "Confirmer auprès de votre banque"),
    "secure_text": (
        "Your bank asks whether you are paying {amount} with the card ending "
        "in {last4}.",
        "Votre banque demande si vous payez {amount} avec la carte se terminant "
        "par {last4}.",
    ),
    "complete": ("Complete", "Confirmer"),
    "fail": ("Fail", "Refuser"),
    "paid_title": ("This payment is complete", "Ce paiement est terminé"),
    "paid_text": (
        "{amount} was paid; nothing more is due.",
        "{amount} ont été payés ; il n’y a plus rien à payer.",
    ),
    "back": ("Back to {host}", "Revenir à {host}"),
    "over_title": ("This payment page has expired", "Cette page a expiré"),
    "over_text": (
        "Nothing was charged. Start the purchase again to pay.",
        "Rien n’a été débité. Recommencez l’achat pour payer.",
    ),
    "mailbox": ("Mailbox", "Boîte aux lettres"),
    "mailbox_text": (
        "Mails the service would have sent. They stay on this machine.",
        "Les messages que le service aurait envoyés. Ils restent sur cette machine.",
    ),
    "no_mails": ("No mails yet", "Aucun message"),
    "no_mails_text": (
        "What the service sends will stand here, newest first.",
        "Les envois du service s’afficheront ici, le plus récent en premier.",
    ),
    "refresh": ("Refresh", "Actualiser"),
    "all_mails": ("All mails", "Tous les messages"),
    "to": ("To", "À"),
    "from": ("From", "De"),
    "date": ("Received", "Reçu"),
    "no_subject": ("No subject", "Sans objet"),
    "attachments": ("Attachments", "Pièces jointes"),
    "as_text": ("As text", "En texte"),
    "as_html": ("As the mail program shows it", "Dans le logiciel de courrier"),
    "headers": ("Headers", "En‑têtes"),
    "bytes": ("{count} bytes", "{count} octets"),
    "no_mail_title": ("There is no such mail", "Ce message n’existe pas"),
    "no_mail_text": (
        "The newest 500 are kept; it may have gone.",
        "Les 500 plus récents sont gardés ; il a pu disparaître.",
    ),
    "gone_title": ("There is no such payment page", "Cette page n’existe pas"),
    "gone_text": (
        "The link may be incomplete. Start the purchase again to pay.",
        "Le lien est peut-être incomplet. Recommencez l’achat pour payer.",
    ),
}


def spoken(wanted: Iterable[str]) -> str:
    """The first of the browser's languages that we speak, best first; else `en`."""
    ours = (one[:2].lower() for one in wanted)
    return next((one for one in ours if one in ("en", "fr")), "en")


def word(key: str, language: str, **values: object) -> str:
    """The page's words of this key in `en` or `fr`, with the values put in."""
    said = PAGE[key][1 if language == "fr" else 0]
    return spaced(said, language).format(**values)


def decline_message(code: str | None, language: str) -> str:
    """What a person is told about a decline; unknown codes read as a plain one."""
    both = DECLINES.get(code or "", DECLINES["generic_decline"])
    return spaced(both[1 if language == "fr" else 0], language)


def spaced(said: str, language: str) -> str:
    """French signs kept on the line of the word before them."""
    if language != "fr":
        return said
    return said.replace(" ;", f"{NARROW};").replace(" :", f"{NO_BREAK}:")


def money(minor: int, currency: str, language: str) -> str:
    """Minor units as `€1,234.50` or `1 234,50 €`."""
    digits = DIGITS.get(currency, 2)
    whole, part = divmod(minor, 10**digits)
    grouped = f"{whole:,}"
    tail = f"{part:0{digits}d}" if digits else ""
    symbol = SYMBOLS.get(currency, currency.upper())
    if language == "fr":
        figure = grouped.replace(",", NARROW) + (f",{tail}" if digits else "")
        return f"{figure}{NO_BREAK}{symbol}"
    gap = NO_BREAK if symbol.isalpha() else ""
    return f"{symbol}{gap}{grouped}" + (f".{tail}" if digits else "")
