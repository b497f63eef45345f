"""Files of rows are whole or old, whatever happens while they are written."""

import errno

import pytest

from helpers.training import rows


def test_rows_come_back_and_a_line_cut_short_is_left_out(tmp_path):
    path = tmp_path / "deep" / "rows.jsonl"
    assert rows.read(path) == []
    rows.write(path, [{"a": 1}, {"a": "é"}])
    path.write_text(path.read_text() + '{"a": 3')
    assert rows.read(path) == [{"a": 1}, {"a": "é"}]


def test_a_full_disk_leaves_the_old_file_whole_and_nothing_beside_it(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows.write(path, [{"a": 1}])
    with pytest.raises(OSError, match="No space left"), rows.atomic_write(path) as file:
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert rows.read(path) == [{"a": 1}] and [p.name for p in tmp_path.iterdir()] == ["rows.jsonl"]
