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

SESSION_IDLE_SECONDS_MAX = 3_600
"""An hour without a request, as for a session at assurance level 2."""
SESSION_SECONDS_MAX = 86_400
"""A day after sign-in the password is asked for again, however busy the session."""
SESSION_SEEN_SECONDS = 60
"""The latest use is known to the minute; finer would write on every request."""
CLIENT_CHARACTERS_MAX = 256
"""Of what a browser says it is: enough to tell two apart."""
