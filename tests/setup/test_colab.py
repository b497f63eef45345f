"""What Colab lacks: versions compared by their numbers, torch never touched, what fits kept as it is."""

import importlib.metadata
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

from helpers.setup import colab

REQUIRED = ["torch>=2.5", "numpy>=1.26", "bertviz>=1.4", "mpld3>=0.5"]
HERE = {"torch": "2.4", "numpy": "2.0", "mpld3": "0.4.1", "other": "1"}


@pytest.mark.parametrize(
    ("version", "fit"),
    [
        ("4.57.1", False),
        ("5.0", True),
        ("5", True),
        ("5.0.0", True),
        ("5.9.3+cu1", True),
        ("6.0", False),
        ("10", False),
    ],
)
def test_versions_are_compared_as_numbers(version, fit):
    requirement = "transformers>=5.0,<6"
    assert colab.fits(version, requirement) == fit
    assert colab.missing([requirement], {"Transformers": version}) == ([] if fit else [requirement])


def test_versions_agree_with_packaging():
    for requirement in ("x>=1.9", "x<2", "x==1.10.0", "x>1.4.1,<2", "x"):
        for version in ("1.4.1", "1.9", "1.10", "1.10.0", "2.0", "2.0.1"):
            assert colab.fits(version, requirement) == Requirement(requirement).specifier.contains(version)


def test_an_old_version_is_named_with_what_is_needed(monkeypatch, capsys, tmp_path):
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\ndependencies = ["packaging>=999", "pytest>=1", "torch>=999"]\n')
    asked = []
    monkeypatch.setattr(colab, "pip_install", lambda requirements, *, keep: asked.append((requirements, set(keep))))
    assert colab.install_missing(project) == ["packaging>=999"]
    here = importlib.metadata.version("packaging")
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"packaging {here} is here, the course needs >=999: it is replaced; restart the runtime")
    assert "torch" in said[1] and "choose a newer runtime" in said[1]
    assert asked == [(["packaging>=999"], {"pytest", "torch"})]


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
