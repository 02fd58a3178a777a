"""The domain: what happened to accounts, and what may happen next; no I/O in it."""
