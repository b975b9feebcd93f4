"""A code that Telex altered leads to the counter it can only be of, and to none where two can be meant."""

import pytest

from survey.fieldwork import codes_typed, normalise_code
from survey.operations.registry.csv_import import import_registry
from tests.conftest import open_sample_round

# Á is an A with an S right behind it or later in the word: both codes are well formed.
TYPED = "KÁDWQD"
AGENCIES = "code,name,short_name,block,parent_code,valid_from,valid_to,successor_code\nSYT,Sở Y tế,SYT,Sở,,,,\n"


def with_counters(store, tmp_path, codes):
    rows = [f"SYT,Quầy {number},{code},,\n" for number, code in enumerate(sorted(codes))]
    (tmp_path / "agencies.csv").write_text(AGENCIES, encoding="utf-8")
    (tmp_path / "service_points.csv").write_text(
        "agency_code,name,code,valid_from,valid_to\n" + "".join(rows), encoding="utf-8"
    )
    import_registry(store, tmp_path)
    open_sample_round(store, "r1", "sipas-2023")


@pytest.mark.parametrize("place", range(2))
def test_the_registry_tells_which_of_two_codes_was_typed(app, store, tmp_path, place):
    code = sorted(codes_typed(TYPED))[place]
    with_counters(store, tmp_path, [code])
    for address in (f"/{TYPED}", f"/k/{TYPED}", f"/k?code={TYPED.lower()}"):
        answer = app.test_client().get(address, follow_redirects=True)
        assert (answer.status_code, answer.request.path) == (200, f"/K/{code}")


def test_where_both_codes_hang_somewhere_none_is_guessed(app, store, tmp_path):
    with_counters(store, tmp_path, codes_typed(TYPED))
    answer = app.test_client().get(f"/k?code={TYPED}", follow_redirects=True)
    assert answer.status_code == 404
    assert normalise_code(TYPED) == TYPED
