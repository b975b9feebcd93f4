"""Drills of damage: one bit flipped, cut short, a row changed; on both databases each is named and nothing restored."""

from pathlib import Path
from random import Random

import pytest
from sqlalchemy import make_url

from survey.errors import BackupError
from survey.operations.backups.restoring import Wish, restore_backup
from survey.operations.backups.verifying import verify_backup
from survey.operations.clock import today_in_vietnam
from survey.store.backups.dumps import count_tables, opened
from tests.integration.backups.drills import PASSPHRASE, redigested, with_changed_row

pytestmark = pytest.mark.slow
RENAMED = "UPDATE agency SET name = 'Cơ quan khác' WHERE id = 1"
STRUCK_OUT = "DELETE FROM response WHERE key = (SELECT min(key::text)::bytea FROM response)"
STRUCK_OUT_OF_SQLITE = "DELETE FROM response WHERE key = (SELECT min(key) FROM response)"
OTHER_ANSWER = "UPDATE response SET answers = replace(answers, '5', '1')"


def flipped(drill, number):
    content = bytearray(drill.file.read_bytes())
    random = Random(number)
    place = random.randrange(len(content))
    content[place] ^= 1 << random.randrange(8)
    copy = drill.file.with_name(f"flipped-{number}")
    copy.write_bytes(content)
    return copy


def cut(drill, left_out):
    copy = drill.file.with_name("cut")
    content = drill.file.read_bytes()
    copy.write_bytes(content[: len(content) - left_out])
    return copy


def is_untouched(drill):
    """Tell whether nothing is in the empty target, and nothing lies about beside it."""
    url = make_url(drill.empty.database_url)
    if url.get_backend_name() == "sqlite":
        return {path.name for path in Path(url.database).parent.iterdir()} <= {"instance"}
    with opened(url) as store:
        return count_tables(store) == {}


def refused(drill, file):
    """Return why a file is refused by both commands, which agree, and leave the target as it was."""
    key = drill.empty.secret_key
    with pytest.raises(BackupError) as looked:
        verify_backup(file, drill.settings, passphrase=PASSPHRASE)
    with pytest.raises(BackupError) as restored:
        restore_backup(file, drill.empty, Wish(PASSPHRASE, today_in_vietnam()))
    assert str(looked.value) == str(restored.value)
    assert is_untouched(drill)
    assert (drill.empty.instance / "secret.key").read_bytes() == key
    return str(looked.value)


def test_one_flipped_bit_anywhere_is_found(drill):
    for number in range(20):
        assert "is damaged" in refused(drill, flipped(drill, number))


@pytest.mark.parametrize("left_out", [1, 1_000, 20_000])
def test_a_file_cut_short_is_found(drill, left_out):
    assert "cut short" in refused(drill, cut(drill, left_out))


def test_an_empty_file_and_another_file_are_no_backup(drill, tmp_path):
    for content in (b"", b"x" * 100, Path(__file__).read_bytes()):
        other = tmp_path / "other"
        other.write_bytes(content)
        assert "no backup" in refused(drill, other)


def test_a_row_changed_with_the_digest_list_untouched_is_found(drill):
    changed = with_changed_row(drill.file, drill.settings.database_url, RENAMED)
    assert "its member database has another digest" in refused(drill, changed)


def test_a_row_changed_with_new_digests_is_found_by_what_the_key_was_sealed_with(drill):
    changed = with_changed_row(drill.file, drill.settings.database_url, RENAMED, adjust=redigested)
    assert "its secret key was sealed with other members" in refused(drill, changed)


def test_without_the_passphrase_rows_and_runs_still_speak_against_a_forged_backup(drill):
    url, is_sqlite = drill.settings.database_url, drill.store.is_sqlite
    gone = with_changed_row(drill.file, url, STRUCK_OUT_OF_SQLITE if is_sqlite else STRUCK_OUT, adjust=redigested)
    with pytest.raises(BackupError, match="table response has 199 rows, the backup says 200"):
        verify_backup(gone, drill.settings)
    free = "DROP TRIGGER response_no_update" if is_sqlite else "DROP TRIGGER response_keep ON response"
    other = with_changed_row(drill.file, url, free, OTHER_ANSWER, adjust=redigested)
    with pytest.raises(BackupError, match="of round r1 does not hold in the backup"):
        verify_backup(other, drill.settings)
