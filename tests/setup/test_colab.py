"""What Colab lacks: torch is never touched, what fits is kept as it is, what is replaced is named."""

import importlib.metadata

import pytest

from helpers.setup import colab

REQUIRED = ["torch>=2.5", "numpy>=1.26", "bertviz>=1.4", "mpld3>=0.5"]
HERE = {"torch": "2.4", "numpy": "2.0", "mpld3": "0.4.1", "other": "1"}


def test_an_old_version_is_named_with_what_is_needed(monkeypatch, capsys, tmp_path):
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\ndependencies = ["packaging>=999", "pytest>=1", "torch>=999"]\n')
    asked = []
    monkeypatch.setattr(colab, "pip_install", lambda requirements, *, keep: asked.append((requirements, set(keep))))
    assert colab.install_missing(project) == ["packaging>=999"]
    here = importlib.metadata.version("packaging")
    assert capsys.readouterr().out.splitlines() == [
        f"packaging {here} is here, the course needs >=999: it is replaced",
        "installing: packaging>=999",
    ]
    assert asked == [(["packaging>=999"], {"pytest", "torch"})]


def test_what_is_absent_or_too_old_is_missing_but_never_torch():
    assert colab.missing(REQUIRED, HERE) == ["bertviz>=1.4", "mpld3>=0.5"]
    assert colab.missing(["scikit_learn>=1"], {"scikit-learn": "1.5"}) == []


def test_what_fits_keeps_its_version_and_what_is_replaced_does_not(monkeypatch, tmp_path):
    monkeypatch.setattr(colab, "installed", lambda requirements: {name: v for name, v in HERE.items() if v != "1"})
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
