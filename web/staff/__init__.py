"""The staff area: other people's accounts, each act and each look recorded."""
