"""Checkpoints: whole or not there, two of them, in a folder that belongs to one run."""

import errno

import pytest
import tiny_runs
import torch

from helpers.training import checkpoints

STATE = {"step": 1, "x": torch.ones(2)}


def test_a_damaged_checkpoint_is_passed_over(tmp_path):
    checkpoints.write(tmp_path, STATE)
    last = checkpoints.write(tmp_path, {**STATE, "step": 2})
    last.write_bytes(last.read_bytes()[:100])
    with pytest.warns(UserWarning, match="cannot be read"):
        assert checkpoints.newest(tmp_path)["step"] == 1


def test_only_the_two_newest_checkpoints_are_kept(tmp_path):
    for step in range(4):
        checkpoints.write(tmp_path, {"step": step})
    assert [path.name for path in checkpoints.complete(tmp_path)] == ["step-00000002.pt", "step-00000003.pt"]


def test_a_full_disk_leaves_the_old_checkpoint_whole(tmp_path, monkeypatch):
    checkpoints.write(tmp_path, STATE)

    def save(state, file):
        file.write(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(torch, "save", save)
    with pytest.raises(OSError, match="No space left"):
        checkpoints.write(tmp_path, {**STATE, "step": 2})
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001.pt"]
    assert torch.equal(checkpoints.newest(tmp_path)["x"], STATE["x"])


def test_a_full_disk_leaves_the_old_model_whole(tmp_path):
    class Part:
        def __init__(self, name, text):
            self.name, self.text = name, text

        def float(self):
            return self

        def save_pretrained(self, folder):
            folder.mkdir(exist_ok=True)
            (folder / self.name).write_text(self.text)
            if self.text == "full":
                raise OSError(errno.ENOSPC, "No space left on device")

    checkpoints.export(Part("model", "old"), Part("tokenizer", "old"), tmp_path / "model")
    with pytest.raises(OSError, match="No space left"):
        checkpoints.export(Part("model", "new"), Part("tokenizer", "full"), tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert {path.name: path.read_text() for path in (tmp_path / "model").iterdir()} == dict.fromkeys(
        ("model", "tokenizer"), "old"
    )


HOLD = "import sys; from helpers.training.checkpoints import locked\nwith locked(sys.argv[1]): {}"


def test_a_folder_belongs_to_one_run_at_a_time(tmp_path):
    with checkpoints.locked(tmp_path):
        second = tiny_runs.run("-c", HOLD.format("pass"), str(tmp_path))
    assert second.returncode and f"is training into {tmp_path}; wait for it" in second.stderr
    with pytest.raises(KeyError), checkpoints.locked(tmp_path):
        raise KeyError("a run that failed")
    with checkpoints.locked(tmp_path):
        pass


def test_the_lock_of_a_process_that_was_killed_is_no_lock(tmp_path):
    killed = tiny_runs.run("-c", HOLD.format("import os; os.kill(os.getpid(), 9)"), str(tmp_path))
    assert killed.returncode == -9 and (tmp_path / ".lock").exists()
    with checkpoints.locked(tmp_path):
        assert (tmp_path / "process").read_text() != ""
