"""Every number that guards accounts, sessions and keys, with the reason beside it."""

from __future__ import annotations

from datetime import timedelta

from ledger.accounts import SIGN_UP_TERM

PASSWORD_CHARACTERS_MIN = 15
"""NIST SP 800-63B-4 asks for it where a password is the only factor."""
PASSWORD_CHARACTERS_MAX = 256
"""Room for any sentence; at least 64 must be taken."""
PASSWORD_BYTES_MAX = 1024
"""Longer input is refused before a hash function sees it."""
PASSWORD_REMAINDER_MIN = 8
"""Characters left of a password without common and personal words in it."""
PASSWORD_DIFFERENT_MIN = 5
"""Different characters; `aaaaabbbbbccccc` has three."""
PASSWORD_UNIT_MAX = 10
"""A password that only repeats so short a piece is no longer than the piece."""

ARGON2_MEMORY_KIB = 19_456
"""OWASP's floor for argon2id with two passes: 40 ms on one small core."""
ARGON2_PASSES = 2
ARGON2_LANES = 1
ARGON2_SALT_BYTES = 16
ARGON2_HASH_BYTES = 32
ARGON2_MEMORY_KIB_MAX = 262_144
"""A stored hash that claims more is not computed: 4 GiB would take a minute."""
ARGON2_PASSES_MAX = 10
ARGON2_LANES_MAX = 8
PASSWORDS_AT_ONCE = 4
"""Hashes under way in a process: 76 MiB at most, and the others keep their cores."""
PASSWORD_WAIT_SECONDS_MAX = 2.0
"""After so long a wait a sign-in is told to come back, and holds no thread."""

SECRET_BYTES = 32
"""Of a session, a mailed link or a key: 256 bits, where 128 would do."""
SIGN_UP_HOURS = SIGN_UP_TERM // timedelta(hours=1)
"""Mail may be slow and people asleep; after a day the sign-up is void."""

CHALLENGE_SECONDS = 600
"""Between password and code, or between a QR code and its first code: ten minutes."""
CHALLENGE_TRIES_MAX = 5
"""Of a million codes three are good at once: five tries find one in 67,000."""
RECENT_SECONDS = 600
"""So long after the password was asked for it is not asked for again, except by
whatever shows a secret or turns two-factor off."""
RESET_MINUTES = 30
"""A reset's link; shorter than a sign-up's, because it opens an account."""
PANEL_LINK_SECONDS = 60
"""From a click in the application to the browser's first request."""

SESSION_IDLE_SECONDS_MAX = 3_600
"""An hour without a request, as for a session at assurance level 2."""
SESSION_SECONDS_MAX = 86_400
"""A day after sign-in the password is asked for again, however busy the session."""
DEVICE_IDLE_SECONDS_MAX = 30 * 86_400
"""An application stays signed in while it is used once a month,"""
DEVICE_SECONDS_MAX = 90 * 86_400
"""and asks for the password every quarter; it can change nothing that guards the
account without asking again."""
STAFF_IDLE_SECONDS_MAX = 1_800
"""Half an hour: a desk that was left shows other people's accounts."""
STAFF_SECONDS_MAX = 43_200
"""One working day with its breaks."""
SESSIONS_MAX = 50
"""The oldest is ended when a further one begins."""
SESSION_SEEN_SECONDS = 60
"""The latest use is known to the minute; finer would write on every request."""
CLIENT_CHARACTERS_MAX = 256
"""Of what a browser says it is: enough to tell two apart."""
APPLICATION_CHARACTERS_MAX = 80
"""Of what an application calls itself and its device."""
KNOWN_BROWSER_SECONDS = 365 * 86_400
"""A browser that was signed in within a year is no news, and keeps tries of its own."""
KNOWN_BROWSER_ACCOUNTS_MAX = 4
"""Accounts that one browser is known to: a household's, or a book-keeper's latest."""
API_KEYS_MAX = 20
"""Of one account; revoked ones do not count."""
API_KEY_DAYS = 365
"""Unless the customer chooses another end, or none."""

DOMAINS_MAX = 20
"""Of one account; removed ones do not count. A brand and its languages fit."""

TOTP_SEED_BYTES = 20
"""160 bits, as long as the SHA-1 that the seed goes into (RFC 4226)."""
TOTP_STEPS_AROUND = 1
"""A code is good one step before and after its own: 30 s for clocks and typing."""
TOTP_STEPS_HINTED = 10
"""A code of these steps is refused too, but the clock is named: five minutes off."""

RECOVERY_CODES = 10
"""A sheet that lasts for years at one lost telephone a year."""
RECOVERY_CODE_CHARACTERS = 16
"""Of five bits: 80 bits, which are out of reach of guessing once they are hashed."""
RECOVERY_TYPED_CHARACTERS_MAX = 64
"""A code with any blanks and hyphens; longer input is refused before it is hashed."""

PASSKEY_SECONDS = 300
"""To find the key or the telephone; the challenge itself lives longer."""
PASSKEY_ANSWER_CHARACTERS_MAX = 20_000
"""An answer with an RSA key and a certificate chain has a quarter of it."""
PASSKEY_ID_BYTES_MAX = 1_023
"""The longest name of a credential that WebAuthn knows."""
PASSKEY_RSA_BITS_MIN = 2_048
"""Less can be computed back, and no authenticator offers less;"""
PASSKEY_RSA_BITS_MAX = 4_096
"""more costs milliseconds a sign-in for nothing."""

PICTURE_BYTES_MAX = 2 * 1_048_576
"""A photo of a telephone as it is usually sent; refused before a header is read."""
PICTURE_SIDE_MAX = 4_096
"""Pixels; read in the header, before anything is decoded."""
PICTURE_PIXELS_MAX = 12_000_000
"""A telephone's photo. 81 million fit in 10 KB of PNG and take 400 MB to decode."""
PICTURE_SIDE = 512
"""Pixels of the square that is kept: sharp at 256 on any screen."""
PICTURE_MEMORY_BYTES_MAX = 512 * 1_048_576
"""Address space of the process that decodes; 12 megapixels take up to 300 MiB."""
PICTURE_SECONDS_MAX = 5
"""Of processor and of clock; the largest pictures we take need 0.7 s."""
PICTURES_AT_ONCE = 2
"""Decoders under way in a process: a gigabyte at worst."""
PICTURE_WAIT_SECONDS_MAX = 5.0
"""After so long a wait an upload is told to come back, and holds no thread."""

DNS_TRY_SECONDS_MAX = 2.0
"""A resolver nearby answers in milliseconds, and in a second from the other side of
the world; a datagram that was lost is sent once more."""
DNS_QUESTION_SECONDS_MAX = 4.0
"""Both tries, and the answer over TCP if it is too long for a datagram."""
DNS_LOOKUP_SECONDS_MAX = 8.0
"""All questions of a check: somebody looks at the page meanwhile."""
DNS_QUESTIONS_MAX = 12
"""Of a check, to each resolver: four records, their usual mistakes, and the zone's
name servers."""
DNS_CHAIN_MAX = 8
"""Aliases that an answer leads along; more are a mistake or a trap."""
DNS_ANSWER_OCTETS_MAX = 16_384
"""Of an answer over TCP: 64 KiB of small texts take a third of a second to read."""
DNS_STRAYS_MAX = 100
"""Datagrams that are no answer to the question; a flood of them ends the try."""
DNS_CHECKS_AT_ONCE = 3
"""Of people who wait for one, in a process: its other threads go on serving pages."""
DNS_CHECK_WAIT_SECONDS_MAX = 1.0
"""After so long a wait a check is told to come back, and holds no thread."""
