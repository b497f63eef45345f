"""What Colab lacks: versions compared by their numbers, torch never touched, what fits kept as it is."""

from types import SimpleNamespace

import pytest

from helpers.setup import colab

REQUIRED = ["torch>=2.5", "numpy>=1.26", "bertviz>=1.4", "mpld3>=0.5"]
HERE = {"torch": "2.4", "numpy": "2.0", "mpld3": "0.4.1", "other": "1"}


@pytest.mark.parametrize(
    ("version", "requirement", "fit"),
    [
        ("5", "x>=5.0.0", True),
        ("5.0.1", "x<=5", False),
        ("5.10", "x>=5.9", True),
        ("5.9", "x>5.9", False),
        ("5.9.0", "x==5.9", True),
        ("6.0.0", "x>=5,<6", False),
        ("1.0", "x", True),
    ],
)
def test_versions_are_compared_number_by_number(version, requirement, fit):
    assert colab.fits(version, requirement) is fit


def test_what_is_absent_or_too_old_is_missing_but_never_torch():
    assert colab.missing(REQUIRED, HERE) == ["bertviz>=1.4", "mpld3>=0.5"]
    assert colab.missing(["scikit_learn>=1"], {"Scikit-Learn": "1.5"}) == []


def test_what_does_not_fit_is_named_with_its_remedy():
    torch, mpld3 = colab.misfits(REQUIRED, HERE)
    assert torch.startswith("torch 2.4 is here, the course needs >=2.5: choose a newer runtime")
    assert mpld3 == "mpld3 0.4.1 is here, the course needs >=0.5: it is replaced"


def test_what_fits_keeps_its_version_and_what_is_replaced_does_not(monkeypatch, tmp_path):
    installed = [SimpleNamespace(metadata={"Name": name}, version=version) for name, version in HERE.items()]
    monkeypatch.setattr(colab.importlib.metadata, "distributions", lambda: installed)
    calls = []
    monkeypatch.setattr(colab, "pip_install", lambda wanted, *, keep: calls.append((wanted, keep)))
    (tmp_path / "pyproject.toml").write_text(f"[project]\ndependencies = {REQUIRED}\n", encoding="utf-8")
    assert colab.install_missing(tmp_path / "pyproject.toml") == ["bertviz>=1.4", "mpld3>=0.5"]
    assert calls == [(["bertviz>=1.4", "mpld3>=0.5"], {"torch": "2.4", "numpy": "2.0"})]


def test_what_pip_cannot_do_is_said_in_one_message(monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(RuntimeError, match="pip could not install no-such-package-of-the-course"):
        colab.pip_install(["no-such-package-of-the-course"], keep={})
