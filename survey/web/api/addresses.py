"""The addresses of the API and the ways it refuses, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey.web.api.door import PER_MINUTE
from survey.web.api.schemas import Schema


@dataclass(frozen=True, slots=True)
class RefusedAnswer:
    """A way in which a request is refused: its name, its status, what it means, and what stands in its head."""

    name: str
    status: int
    description: str
    headers: Mapping[str, Schema] | None = None


REFUSED = (
    RefusedAnswer("BadParameter", 400, "A parameter or the cursor cannot be used (`bad_parameter`, `bad_cursor`)."),
    RefusedAnswer(
        "Unauthorised",
        401,
        "No key, or one that is unknown or revoked (`unauthorised`).",
        {"WWW-Authenticate": {"description": "How to ask.", "schema": {"type": "string"}}},
    ),
    RefusedAnswer(
        "NotFound",
        404,
        "`unknown_round`; `not_published`; `unknown_agency` and `unknown_block`: it is not in the run, or not for this"
        " key.",
    ),
    RefusedAnswer(
        "PublishedAnew",
        410,
        "The result was published anew while pages were read; begin again without the cursor (`published_anew`).",
    ),
    RefusedAnswer(
        "TooMany",
        429,
        f"More than {PER_MINUTE} requests of this key within a minute (`too_many_requests`).",
        {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}},
    ),
    RefusedAnswer("Fault", 500, "A fault of the server."),
)


@dataclass(frozen=True, slots=True)
class ApiAddress:
    """An address: its operation, what it answers, and the parameters of its query by name."""

    path: str
    operation: str
    summary: str
    answer: str
    asks: Sequence[str] = ()

    @property
    def is_paged(self) -> bool:
        """Tell whether it answers with pages of rows."""
        return self.answer.endswith("Page")


ADDRESSES = (
    ApiAddress("/rounds", "listRounds", "Rounds that have a published run, the one published last first.", "Rounds"),
    ApiAddress("/rounds/{code}", "showRound", "A round and its latest run.", "Round"),
    ApiAddress(
        "/rounds/{code}/indices",
        "listIndices",
        "Indices of agencies, blocks or everybody, in the order of the run.",
        "IndexPage",
        ("by", "part", "agency"),
    ),
    ApiAddress(
        "/rounds/{code}/rankings",
        "listRankings",
        "Agencies in their blocks from the best on, those without a rank last. A key of one agency reads that agency's"
        " row.",
        "RankPage",
        ("block",),
    ),
    ApiAddress(
        "/rounds/{code}/distributions",
        "listDistributions",
        "How many of each agency gave each answer to each item.",
        "AnswersPage",
        ("agency",),
    ),
    ApiAddress(
        "/rounds/{code}/facts",
        "listFacts",
        "The share of every answer to each question outside the index.",
        "FactPage",
        ("by", "agency"),
    ),
    ApiAddress(
        "/rounds/{code}/method",
        "showMethod",
        "How the figures were made: questionnaire, formulas, sampling basis, uncertainty, rules of disclosure.",
        "Method",
    ),
)
