"""The use cases: one module per noun, one handler per command."""
