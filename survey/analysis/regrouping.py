"""The sums of a round by the agencies there are today: what was answered for A and B, taken over by N, told as N's.

Nothing is counted anew. The sums of a run add, so those of A, B and N together are what N would have had.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

import numpy as np

from survey.analysis.disclosure.decide import WithheldReason
from survey.analysis.figures.domains import DomainSums, sum_by
from survey.analysis.figures.indices import compute_rows, parts_of
from survey.analysis.figures.results import Domain, IndexRow
from survey.fieldwork import Agency
from survey.instrument.model import Instrument


@dataclass(frozen=True, slots=True)
class Regrouping:
    """Who answers today for what each agency of a run was asked for: domains of today by the code in the run.

    `parts` is the way back: what the run says was asked for, by the code of today.
    """

    now: Mapping[str, Domain]
    parts: Mapping[str, tuple[Domain, ...]]

    def changed(self) -> "Regrouping":
        """Return what of this is not as it was."""
        parts = {code: some for code, some in self.parts.items() if [one.agency_code for one in some] != [code]}
        codes = [one.agency_code for some in parts.values() for one in some]
        return Regrouping({code: self.now[code] for code in codes}, parts)

    def joined(self, answered: Collection[str]) -> dict[Domain, tuple[Domain, ...]]:
        """Return the agencies of today that took over some of those that were `answered` for, and their parts.

        Without any, then and now are the same.
        """
        found = {code: tuple(one for one in some if one.agency_code in answered) for code, some in self.parts.items()}
        made = {code: some for code, some in found.items() if {one.agency_code for one in some} - {code}}
        return {self.now[some[0].agency_code]: some for some in made.values()}


def is_over(agency: Agency, today: date) -> bool:
    """Tell whether an agency's last day has passed."""
    return agency.valid_to is not None and agency.valid_to < today


def successor_on(today: date, code: str, agencies: Mapping[str, Agency]) -> str:
    """Return the agency that does on `today` what another one did, itself while it has not ended.

    An agency that ended without a single successor, because it was split or dissolved, stays itself.

    >>> old = Agency("A", "A", "A", "", valid_to=date(2026, 6, 30), successor_code="N")
    >>> agencies = {"A": old, "N": Agency("N", "N", "N", "", valid_from=date(2026, 7, 1))}
    >>> successor_on(date(2026, 6, 30), "A", agencies), successor_on(date(2026, 7, 1), "A", agencies)
    ('A', 'N')
    """
    passed = {code}
    while (agency := agencies.get(code)) and is_over(agency, today):
        following = agency.successor_code
        if following is None or following in passed or following not in agencies:
            break
        passed.add(following)
        code = following
    return code


def regrouping_on(today: date, domains: Iterable[Domain], agencies: Mapping[str, Agency]) -> Regrouping:
    """Return how the agencies of a run come together on `today`.

    An agency that is in the run itself keeps the name and block it has there; any other has those of the registry.
    """
    then = {domain.agency_code: domain for domain in domains}
    now = {code: _domain_of(successor_on(today, code, agencies), then, agencies) for code in then}
    parts: dict[str, tuple[Domain, ...]] = {}
    for code, domain in now.items():
        parts[domain.agency_code] = (*parts.get(domain.agency_code, ()), then[code])
    return Regrouping(MappingProxyType(now), MappingProxyType(parts))


def _domain_of(code: str, then: Mapping[str, Domain], agencies: Mapping[str, Agency]) -> Domain:
    if code in then:
        return then[code]
    return Domain(agencies[code].block, code, agencies[code].name)


def regrouped(sums: DomainSums, regrouping: Regrouping, *, by: Collection[str]) -> DomainSums:
    """Return the sums of a run, agency by agency, added up to agencies of today as far as `by` asks for them.

    Only the agencies that `regrouping.now` names are added. As they were they stay the strata the standard errors
    rest on, as they do in the figures of a block: all of them were asked.
    """
    wanted = [place for place, domain in enumerate(sums.domains) if domain.agency_code in regrouping.now]
    # An agency of the run stands where a service point would: the finest thing there are sums of.
    points = [_as_point(sums.domains[place], regrouping) for place in wanted]
    places = np.array(wanted, np.int64)
    some = sums.strata.some(places, places)
    summed = sum_by(some.sums, points, by=by, strata="service_point")
    return replace(summed, strata=replace(summed.strata, province=some.province))


def _as_point(then: Domain, regrouping: Regrouping) -> Domain:
    now = regrouping.now[then.agency_code]
    return replace(now, service_point_code=then.agency_code, service_point=then.agency)


def rows_now(
    then: Iterable[IndexRow],
    sums: DomainSums,
    regrouping: Regrouping,
    instrument: Instrument,
    *,
    by: Collection[str],
) -> tuple[IndexRow, ...]:
    """Return the rows of the agencies of today as far as `by` asks for parts: new ones only for what came together.

    `then` are the rows of the run's agencies, `sums` what they were made of.
    """
    changed, parts = regrouping.changed(), {part.code for part in parts_of(instrument, by=by)}
    kept = (row for row in then if row.part in parts and row.domain.agency_code not in changed.now)
    made = compute_rows(regrouped(sums, changed, by=by), instrument, by=by) if changed.now else ()
    return (*kept, *made)


def hidden_now(
    rows: Iterable[IndexRow],
    then: Iterable[IndexRow],
    hidden: Mapping[IndexRow, WithheldReason],
    regrouping: Regrouping,
) -> Mapping[IndexRow, WithheldReason]:
    """Return what must not be shown, and why, of rows of today beside those a run hides of agencies as they were.

    A row is shown only where every part with responses is: the sum, less the parts that are shown, would
    tell the one that is hidden. So the rows of today say nothing that those of then do not.
    """
    changed = regrouping.changed()
    known = {(row.domain.agency_code, row.part): row for row in then if row.domain.agency_code in changed.now}
    withheld = dict(hidden)
    for row in rows:
        parts = (known[domain.agency_code, row.part] for domain in changed.parts.get(row.domain.agency_code, ()))
        counted = [part for part in parts if part.responses]
        reasons = [hidden[part] for part in counted if part in hidden]
        if reasons:
            withheld[row] = reasons[0] if len(counted) == 1 else WithheldReason.COMPLEMENT
    return MappingProxyType(withheld)
