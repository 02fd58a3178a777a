"""The world outside, one third-party library per file."""
