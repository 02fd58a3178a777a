"""The customer's pages, one blueprint per noun."""
