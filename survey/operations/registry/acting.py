"""Which agency answers for a case: the one it was sent to, or whoever took that one over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from survey.errors import UnknownCodeError
from survey.fieldwork import Agency
from survey.store.engine import Store
from survey.store.feedback.cases import CaseHead
from survey.store.registry.agencies import list_agencies

# The kind an UnknownCodeError names for an agency that is known and whose work nobody does.
AT_WORK = "agency at work"


@dataclass(frozen=True, slots=True)
class CaseAgencies:
    """The registry as it is on a day: agencies by row number and by code, and row numbers by code."""

    by_id: Mapping[int, Agency]
    by_code: Mapping[str, Agency]
    ids: Mapping[str, int]
    today: date

    def acting_for(self, code: str) -> Agency:
        """Return who does the work of an agency today; raises UnknownCodeError.

        An agency that ended without one successor (it was split, or closed) still stands for itself.
        """
        if code not in self.by_code:
            raise UnknownCodeError("agency", code)
        agency, passed = self.by_code[code], {code}
        while self.is_over(agency) and agency.successor_code and agency.successor_code not in passed:
            agency = self.by_code[agency.successor_code]
            passed.add(agency.code)
        return agency

    def receiver(self, code: str) -> Agency:
        """Return who takes in today what is sent to an agency; raises UnknownCodeError, of kind AT_WORK for nobody."""
        found = self.acting_for(code)
        if not self.works(found):
            raise UnknownCodeError(AT_WORK, code)
        return found

    def answering(self, case: CaseHead) -> Agency:
        """Return who answers for a case: an open one goes with its agency's work, a closed one stays where it was."""
        agency = self.by_id[case.agency_id]
        return self.acting_for(agency.code) if case.is_open else agency

    def parent_of(self, agency: Agency) -> Agency | None:
        """Return who does the work of the agency above."""
        return self.acting_for(agency.parent_code) if agency.parent_code else None

    def offered(self) -> tuple[Agency, ...]:
        """Return the agencies that work today."""
        return tuple(agency for agency in self.by_id.values() if self.works(agency))

    def works(self, agency: Agency) -> bool:
        """Tell whether an agency has begun and is not over."""
        return (agency.valid_from or self.today) <= self.today and not self.is_over(agency)

    def is_over(self, agency: Agency) -> bool:
        """Tell whether the last day of an agency has passed."""
        return agency.valid_to is not None and agency.valid_to < self.today


def agencies_on(store: Store, today: date) -> CaseAgencies:
    """Return the registry as it is on a day, read by itself."""
    with store.reading() as connection:
        return read_agencies(connection, today)


def read_agencies(connection: Connection, today: date) -> CaseAgencies:
    """Return the registry as it is on a day."""
    by_id = list_agencies(connection)
    by_code = {agency.code: agency for agency in by_id.values()}
    return CaseAgencies(by_id, by_code, {agency.code: number for number, agency in by_id.items()}, today)
