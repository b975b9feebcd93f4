"""Who reports on a task of an improvement plan: the agencies chosen, or those its lead units are the names of."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from survey.fieldwork import Agency
from survey.formatting import fold, to_nfc
from survey.operations.registry.acting import CaseAgencies
from survey.operations.staff.rights import Scope
from survey.store.plans.plans import Plan, PlanTask

# Lead units stand behind or below one another; no name goes over such a border.
BORDER = re.compile(r"[;\n]")
WORD = re.compile(r"\w+")
COMMITTEE = re.compile(r"(?:ủy|uỷ|uy)\s+ban\s+nh[âa]n\s+d[âa]n")

Words: TypeAlias = tuple[str, ...]
# The agencies a name stands for, by its words without marks and then by those with them.
Names: TypeAlias = Mapping[Words, Mapping[Words, set[str]]]


def holds_plan(scope: Scope, plan: Plan) -> bool:
    """Tell whether a plan is in scope; a plan of all agencies is where everything is."""
    return scope.agencies is None or (plan.agency_code is not None and scope.holds(plan.agency_code))


def owns(scope: Scope, task: PlanTask) -> bool:
    """Tell whether an agency in scope reports on a task."""
    return any(scope.holds(code) for code in task.owners)


def may_report(scope: Scope, plan: Plan, task: PlanTask, *, manages: bool) -> bool:
    """Tell whether somebody reports on a task: who owns it, and in a plan in scope who `manages` plans.

    A task without owners in a plan in scope is everybody's there.
    """
    return owns(scope, task) or (holds_plan(scope, plan) and (manages or not task.owners))


def with_owners(task: PlanTask, agencies: CaseAgencies) -> PlanTask:
    """Return a task for which nobody was chosen with the agencies its lead units name."""
    return task if task.owners else replace(task, owners=named_in(task.lead, names_of(agencies)))


def handed_on(tasks: Iterable[PlanTask], agencies: CaseAgencies) -> list[PlanTask]:
    """Return tasks with those as their owners who do the work of these today, or whom their lead units name."""
    names = names_of(agencies)
    acting = [(one, _acting(one, agencies)) for one in tasks]
    return [replace(one, owners=owners or named_in(one.lead, names)) for one, owners in acting]


def _acting(task: PlanTask, agencies: CaseAgencies) -> tuple[str, ...]:
    return tuple(sorted({one.code for one in map(agencies.acting_for, task.owners) if agencies.works(one)}))


def named_in(text: str, names: Names) -> tuple[str, ...]:
    """Return the codes of the working agencies whose names, long or short, stand in a text as whole phrases.

    Marks and case do not matter. Inside a name no shorter one is looked for. A name of several agencies stands for
    the one that is written with the same marks, and for none where that does not tell them apart.
    """
    return tuple(sorted({code for part in BORDER.split(text) for code in _named(_words(part), names)}))


def _named(words: Words, names: Names) -> Iterator[str]:
    free = [fold(word) for word in words]
    for length in sorted({len(name) for name in names}, reverse=True):
        for start in range(len(free) - length + 1):
            place = slice(start, start + length)
            if (marked := names.get(tuple(free[place]))) is not None:
                # An empty word stands in no name: this place is taken.
                free[place] = [""] * length
                yield from _meant(marked, words[place])


def _meant(found: Mapping[Words, set[str]], words: Words) -> set[str]:
    codes = found.get(words) or {code for some in found.values() for code in some}
    return codes if len(codes) == 1 else set()


def names_of(agencies: CaseAgencies) -> Names:
    """Return the names of those who work today, and where it is free the name of whoever handed its work to them."""
    own = _by_words((one, one.code) for one in agencies.offered())
    over = [one for one in agencies.by_code.values() if agencies.is_over(one)]
    heirs = ((one, agencies.acting_for(one.code)) for one in over)
    former = _by_words((one, heir.code) for one, heir in heirs if agencies.works(heir))
    return {**former, **own}


def _by_words(named: Iterator[tuple[Agency, str]]) -> dict[Words, dict[Words, set[str]]]:
    found: defaultdict[Words, defaultdict[Words, set[str]]] = defaultdict(lambda: defaultdict(set))
    for agency, code in named:
        for words in filter(None, map(_words, (agency.name, agency.short_name))):
            found[tuple(map(fold, words))][words].add(code)
    return {folded: dict(marked) for folded, marked in found.items()}


def _words(text: str) -> Words:
    return tuple(WORD.findall(COMMITTEE.sub("ubnd", to_nfc(text).casefold())))
