"""Acts on the registry: agencies, service points, codes, tables and mergers."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from survey.fieldwork import Agency, ServicePoint
from survey.operations.registry import agencies as registry
from survey.operations.registry import codes
from survey.operations.registry.code_trail import ReplacementReason
from survey.operations.registry.codes import Acting
from survey.operations.registry.csv_import import import_registry
from survey.operations.registry.layouts import AGENCIES, SERVICE_POINTS, RegistrySheet
from survey.operations.registry.merger_undo import find_takeover, undo_takeover
from survey.operations.registry.mergers import MergerWish, plan_takeover, take_over
from survey.operations.registry.preview import apply_import, preview_import
from survey.operations.uploads.tables import TableRow
from survey.store.engine import Store
from survey.store.registry.editing import agency_version
from survey.store.registry.points import find_point
from tests.together.scenes import BY, DAY, ENDING, OVER, TAKER, TODAY, A, B, C, points
from tests.together.tries import Thunk, tries

MERGED_ON = TODAY + 5 * DAY


# The registry.


@tries("registry.agencies.add_agency")
def add_an_agency(store: Store) -> Thunk:
    return partial(registry.add_agency, store, Agency("N", "Cơ quan N", "N", "khối"), staff=BY)


@tries("registry.agencies.add_agency")
def add_it_in_small_letters(store: Store) -> Thunk:
    return partial(registry.add_agency, store, Agency("n", "Cơ quan n", "n", "khối"), staff=BY)


def _edit_agency(store: Store, code: str, **values: object) -> Thunk:
    with store.reading() as connection:
        seen = agency_version(connection, code)
    edit = partial(replace, **values)
    return partial(registry.change_agency, store, code, edit, seen=seen, staff=BY)


@tries("registry.agencies.change_agency")
def put_a_under_b(store: Store) -> Thunk:
    return _edit_agency(store, A, parent_code=B)


@tries("registry.agencies.change_agency")
def put_b_under_a(store: Store) -> Thunk:
    return _edit_agency(store, B, parent_code=A)


@tries("registry.agencies.change_agency")
def end_an_agency(store: Store) -> Thunk:
    return _edit_agency(store, OVER, valid_to=MERGED_ON)


@tries("registry.agencies.add_point")
def add_a_point(store: Store) -> Thunk:
    return partial(registry.add_point, store, ServicePoint("", OVER, "Quầy mới"), staff=BY)


def _edit_point(store: Store, agency: str, **values: object) -> Thunk:
    code = points(store)[agency]
    with store.reading() as connection:
        seen = find_point(connection, code).version
    edit = partial(replace, **values)
    return partial(registry.change_point, store, code, edit, seen=seen, staff=BY, today=TODAY)


@tries("registry.agencies.change_point")
def rename_a_point(store: Store) -> Thunk:
    return _edit_point(store, A, name="Quầy khác")


def _acting(store: Store, agency: str) -> Acting:
    code = points(store)[agency]
    with store.reading() as connection:
        return Acting(BY, code, find_point(connection, code).version, TODAY)


@tries("registry.codes.replace_code")
def replace_a_code(store: Store) -> Thunk:
    return partial(codes.replace_code, store, _acting(store, A), reason=next(iter(ReplacementReason)))


@tries("registry.codes.revoke_code")
def revoke_a_code(store: Store) -> Thunk:
    return partial(codes.revoke_code, store, _acting(store, A))


@tries("registry.codes.move_code")
def move_a_code(store: Store) -> Thunk:
    return partial(codes.move_code, store, _acting(store, A), name="Chỗ khác", day=TODAY)


@tries("registry.codes.undo_ending")
def undo_an_ending(store: Store) -> Thunk:
    return partial(codes.undo_ending, store, _acting(store, A))


def _sheets(store: Store) -> tuple[RegistrySheet, RegistrySheet]:
    own = {"code": A, "name": "Cơ quan A mới", "short_name": A, "block": "khối"}
    empty = {"parent_code": "", "valid_from": "", "valid_to": "", "successor_code": ""}
    old = {"agency_code": A, "name": "Quầy A, tầng 2", "code": points(store)[A], "valid_from": "", "valid_to": ""}
    new = {"agency_code": B, "name": "Quầy nhập", "code": "", "valid_from": "", "valid_to": ""}
    return RegistrySheet(AGENCIES, (TableRow(2, {**own, **empty}),)), RegistrySheet(
        SERVICE_POINTS, (TableRow(2, old), TableRow(3, new))
    )


@tries("registry.preview.apply_import")
def confirm_a_table(store: Store) -> Thunk:
    sheets = _sheets(store)
    return partial(apply_import, store, sheets, seen=preview_import(store, sheets).digest, staff=BY)


@tries("registry.csv_import.import_registry")
def import_a_folder(store: Store) -> Thunk:
    folder = Path(mkdtemp())
    for sheet in _sheets(store):
        columns = sheet.layout.columns
        rows = (",".join(f'"{row.cells[one]}"' for one in columns) for row in sheet.rows)
        (folder / sheet.layout.file).write_text("\n".join((",".join(columns), *rows)), encoding="utf-8")
    return partial(import_registry, store, folder)


def _merger(store: Store, source: str, target: str) -> Thunk:
    wish = MergerWish(MERGED_ON, (source,), (target,), (), {})
    seen = plan_takeover(store, wish, today=TODAY).digest
    return partial(take_over, store, wish, seen=seen, today=TODAY, by=BY)


@tries("registry.mergers.take_over")
def merge_a_into_b(store: Store) -> Thunk:
    return _merger(store, A, B)


@tries("registry.mergers.take_over")
def merge_b_into_c(store: Store) -> Thunk:
    return _merger(store, B, C)


@tries("registry.mergers.take_over")
def merge_b_into_a(store: Store) -> Thunk:
    return _merger(store, B, A)


@tries("registry.merger_undo.undo_takeover")
def undo_a_merger(store: Store) -> Thunk:
    if find_takeover(store, ENDING) is None:
        _merger(store, ENDING, TAKER)()
    found = find_takeover(store, ENDING)
    assert found
    return partial(undo_takeover, store, ENDING, reopened=(), seen=found.digest, today=TODAY, by=BY)
