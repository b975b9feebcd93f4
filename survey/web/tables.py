"""What a table tells whoever does not see it, and whoever sees it on a phone, put into rows written without it."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from markupsafe import Markup, escape

from survey.web.saying import tell
from survey.wording import Phrase

_TAG = re.compile(r"<(tbody|tr|th|td)\b([^>]*)>")
_SPAN = re.compile(r' colspan="(\d+)"')
NO_LABEL = ' data-label=""'
ROLES = {"tbody": "rowgroup", "tr": "row", "th": "rowheader", "td": "cell"}


class Headed(Protocol):
    """A column as it is headed: its title, and whether its cells are numbers."""

    @property
    def title(self) -> str | Phrase:
        """What stands above the cells."""

    @property
    def number(self) -> bool:
        """Whether the cells stand right."""


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """The heading of a column nobody sorts by."""

    title: str | Phrase
    number: bool = False


def headings(columns: Iterable[str | Phrase | Headed], numbers: Collection[str] = ()) -> tuple[Headed, ...]:
    """Return the headings of columns; of those that are but titles, the ones in `numbers` head numbers."""
    return tuple(ColumnHead(one, one in numbers) if isinstance(one, str | Phrase) else one for one in columns)


def in_roles(rows: Markup, heads: Sequence[Headed], *, labelled: bool) -> Markup:
    """Return rows of a table with roles, scopes, the class of numbers and, when `labelled`, the heading of each cell.

    A table that a phone shows as blocks is no table to a screen reader any more; its roles say that it still is one,
    and the label stands where the heading cannot. A cell that has a class, a scope or a label of its own keeps it (an
    empty label is none), and one that reaches over several columns has none. Rows that stand in no group become one.

    >>> print(in_roles(Markup("<tr><th>A</th><td>1</td></tr>"), headings(["B", "C"], ["C"]), labelled=True))
    <tbody role="rowgroup">
    <tr role="row"><th role="rowheader" scope="row">A</th> <td role="cell" class="number" data-label="C">1</td></tr>
    </tbody>
    """
    place = 0

    def dress(tag: re.Match[str]) -> str:
        nonlocal place
        name, given = tag[1], tag[2]
        wide, head = _SPAN.search(given), heads[place] if place < len(heads) else None
        place = place + (int(wide[1]) if wide else 1) if name in ("th", "td") else 0
        more = ' scope="row"' if name == "th" and " scope=" not in given else ""
        if name == "td" and head and not wide:
            more = _of_its_column(head, given, labelled=labelled)
        # Cells that stand in one line of a template are still words apart for whoever reads text alone.
        return f'{" " if name == "td" else ""}<{name} role="{ROLES[name]}"{more}{given.replace(NO_LABEL, "")}>'

    text = rows if "<tbody" in rows else f"<tbody>\n{rows}\n</tbody>"
    return Markup(_TAG.sub(dress, text))  # noqa: S704  # what was escaped has no tag


def _of_its_column(head: Headed, given: str, *, labelled: bool) -> str:
    """Return the attributes a cell has of its column."""
    number = ' class="number"' if head.number and " class=" not in given else ""
    return number + (f' data-label="{escape(tell(head.title))}"' if labelled and " data-label=" not in given else "")
