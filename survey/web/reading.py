"""A page is of one moment: who asks, what is theirs, the list and what is published are read in one transaction."""

from contextlib import ExitStack

from flask import Flask, g, request

from survey.services import services

SAFE = frozenset({"GET", "HEAD"})


def register_reading(app: Flask) -> None:
    """Let every request that changes nothing read in one moment; register it before all that reads."""

    @app.before_request
    def begin() -> None:
        if request.method in SAFE:
            g.moment = ExitStack()
            g.moment.enter_context(services().store.one_moment())

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        moment: ExitStack | None = g.pop("moment", None)
        if moment is not None:
            moment.close()
