"""Accounts, keys, the trail, forms that were sent."""
