"""The key a form's token carries, as the page's script reads it."""

from base64 import urlsafe_b64decode

from survey.responses import SubmissionKey


def key_in(token: str) -> SubmissionKey:
    """Return the key that a token carries."""
    return SubmissionKey(urlsafe_b64decode(token.split(".")[1] + "=="))
