"""Accounts as the other tests of the staff side make them."""

from tests.integration.staff.conftest import at_the_code, one_time, secret

__all__ = ["at_the_code", "one_time", "secret"]
