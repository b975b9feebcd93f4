"""Answers to programs: which run they are of, one page of rows at a time, not sent again while they still hold."""

import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from flask import Response, request

from survey.fieldwork import SurveyRound
from survey.operations.results.published import PublishedRun
from survey.settings import VERSION
from survey.store.results.heads import RunHead
from survey.web.api.asking import CursorPlace, RowQuery, digest_of
from survey.web.api.door import reader
from survey.web.api.shapes import HeadShape, RoundShape, RunShape

Row = TypeVar("Row")


def send_content(content: Mapping[str, object]) -> Response:
    """Return an answer of one piece."""
    return send_text(_json(content))


def send_text(text: str) -> Response:
    """Return a JSON text, or only say that the program's copy holds."""
    response = Response(text, mimetype="application/json")
    response.add_etag()
    response.make_conditional(request)
    return response


def send_rows(
    published: PublishedRun,
    query: RowQuery,
    rows: Sequence[Row],
    plain: Callable[[Row], Mapping[str, object]],
    *,
    beside: Mapping[str, object] = MappingProxyType({}),
) -> Response:
    """Return the page of `rows` that is asked for, each as `plain` tells it, with what stands `beside` them.

    A run never changes, so its identity and the question tell whether a program's copy holds, before any
    row is made. Raises Refusal on a cursor that cannot be used.
    """
    run_id, question = published.head.id, digest_of(request.path, query.values, reader().agency_code)
    start = CursorPlace.read(query.cursor, run_id=run_id, question=question).offset if query.cursor else 0
    tag, end = digest_of(VERSION, run_id, question, start, query.limit), start + query.limit
    if request.if_none_match.contains_weak(tag):
        return _tagged(Response(status=304), tag)
    content = {
        **plain_head(published),
        **beside,
        "rows": [plain(row) for row in rows[start:end]],
        "next": CursorPlace(run_id, question, end).cursor if end < len(rows) else None,
    }
    return _tagged(Response(_json(content), mimetype="application/json"), tag)


def plain_head(published: PublishedRun) -> HeadShape:
    """Return what stands above all figures of a run."""
    survey_round = published.survey_round
    return {
        "round": survey_round.code,
        "run": plain_run(published.head),
        "basis": survey_round.basis,
        "simulated": survey_round.simulated,
    }


def plain_round(survey_round: SurveyRound, run: RunHead) -> RoundShape:
    """Return a round with its latest run."""
    return {
        "code": survey_round.code,
        "title": survey_round.title,
        "instrument": survey_round.instrument,
        "opens": survey_round.opens.isoformat(),
        "closes": survey_round.closes.isoformat(),
        "seals": survey_round.seals.isoformat(),
        "basis": survey_round.basis,
        "simulated": survey_round.simulated,
        "previous_round": survey_round.previous_code,
        "run": plain_run(run),
    }


def plain_run(run: RunHead) -> RunShape:
    """Return which publication it is."""
    return {
        "id": run.id,
        "number": run.number,
        "number_in_round": run.of_round,
        "kind": run.kind,
        "published_on": run.published_on.isoformat(),
    }


def _tagged(response: Response, tag: str) -> Response:
    response.set_etag(tag)
    return response


def _json(content: Mapping[str, object]) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
