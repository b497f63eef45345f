"""Versions that are not really installed: metadata in a folder that stands first on an interpreter's path."""

import os

from books import ROOT


def pretend(folder, versions, *, root=ROOT):
    """Environment variables under which Python finds these versions (name -> version), and the course at `root`."""
    for name, version in versions.items():
        place = folder / f"{name.replace('-', '_')}-{version}.dist-info"
        place.mkdir(parents=True)
        (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(root)])}
