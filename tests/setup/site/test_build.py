"""The build fetches its tools once, names what is missing and copies only what the site needs."""

import json
import re
import tomllib

import pytest
from books import ROOT

from helpers.setup.site import build

LOCK = json.loads((ROOT / "site" / "package-lock.json").read_text(encoding="utf-8"))


def test_every_package_of_the_site_is_pinned_exactly():
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["site"]
    assert [pin for pin in extra if not re.fullmatch(r"[\w-]+==[\d.]+", pin)] == []
    asked = json.loads((ROOT / "site" / "package.json").read_text(encoding="utf-8"))
    pins = {**asked["dependencies"], **asked["devDependencies"]}
    locked = {name: LOCK["packages"][f"node_modules/{name}"] for name in pins}
    assert {name: package["version"] for name, package in locked.items()} == pins
    assert all(package["integrity"].startswith("sha512-") for package in locked.values())


def test_what_is_copied_belongs_to_a_package_that_is_pinned():
    names = tuple(name.removeprefix("node_modules/") + "/" for name in LOCK["packages"] if name)
    assert [source for source, _ in build.PARTS if not source.startswith(names)] == []


@pytest.fixture
def calls(monkeypatch):
    """The commands that would have been run."""
    found = []
    monkeypatch.setattr(build, "run", lambda command, **_: found.append([str(part) for part in command]))
    return found


def test_tools_are_installed_once_for_each_set_of_pins(calls, tmp_path):
    into = tmp_path / ".venv-site"
    packages = into / "lib" / "python3" / "site-packages"
    packages.mkdir(parents=True)
    python = build.tools(into=into)
    assert [command[1:3] for command in calls] == [["-m", "venv"], ["-m", "pip"]]
    assert python == into / "bin" / "python" and "addsitedir" in (packages / "course.pth").read_text()
    build.tools(into=into)
    assert len(calls) == 2
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(project.replace("sphinx==", "sphinx==1"), encoding="utf-8")
    build.tools(tmp_path, into=into)
    assert len(calls) == 4


@pytest.fixture
def npm(monkeypatch):
    """A stand-in for npm that counts its calls; `npm.meanwhile` is done while it fetches."""

    def run(command, *, cwd, **_):
        run.calls.append([str(part) for part in command[:3]])
        for source, _ in build.PARTS:
            (cwd / "node_modules" / source).parent.mkdir(parents=True, exist_ok=True)
            (cwd / "node_modules" / source).write_text(f"fetched by call {len(run.calls)}")
        meanwhile, run.meanwhile = run.meanwhile, lambda: None
        meanwhile()

    run.calls, run.meanwhile = [], lambda: None
    monkeypatch.setattr(build, "run", run)
    return run


def test_npm_is_asked_once_for_each_lock(npm, tmp_path):
    build.parts(out=tmp_path)
    build.parts(out=tmp_path)
    assert npm.calls == [["npm", "ci", "--ignore-scripts"]]
    assert (tmp_path / "static" / "mathjax" / "tex-mml-chtml.js").read_text() == "fetched by call 1"
    (tmp_path / "site").mkdir()
    for name in ("package.json", "package-lock.json"):
        (tmp_path / "site" / name).write_text("another lock")
    build.parts(tmp_path, out=tmp_path)
    assert len(npm.calls) == 2


def test_two_that_fetch_at_the_same_time_use_the_packages_of_the_one_that_is_done_first(npm, tmp_path):
    npm.meanwhile = lambda: build.packages(out=tmp_path)
    folder = build.packages(out=tmp_path)
    assert len(npm.calls) == 2 and (folder / build.PARTS[0][0]).read_text() == "fetched by call 2"
    assert list(tmp_path.iterdir()) == [folder]


def test_packages_that_were_not_fetched_whole_are_fetched_again(npm, tmp_path):
    def fail():
        raise build.SiteError("npm stopped")

    npm.meanwhile = fail
    with pytest.raises(build.SiteError):
        build.packages(out=tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert build.packages(out=tmp_path).is_dir()


@pytest.mark.parametrize(
    "command, reason", [(["no-such-tool"], "no-such-tool is not here"), (["false"], "stopped with code 1")]
)
def test_a_step_that_fails_says_what_to_do(command, reason):
    with pytest.raises(build.SiteError, match=f"npm.*{reason}.*; install it"):
        build.run(command, what="npm", remedy="install it")
