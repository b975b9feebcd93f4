"""What an application keeps of codes that were scanned."""

from flask import Flask


def forget_scans(app: Flask) -> None:
    """Let the next scan be read anew: two seconds of real time say nothing about what changed in a moment."""
    invitations = app.extensions["hai-long"].invitations
    for kept in (invitations._kept, invitations._rounds):
        kept._values.clear()
