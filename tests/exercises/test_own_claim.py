"""The form of a test of one's own claim: a sound one passes, each fault has its sentence."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.exercises import own_claim
from helpers.exercises.claims_tested import OUTCOMES

PLAN = own_claim.Design(
    claim="Deeper models fill gaps better",
    prediction="excess of the shallow one minus excess of the deep one is above 0",
    allows=("above 0",),
    changed=("layers",),
    held=("steps", "texts"),
    floor="exact inference on the same texts",
    control="a wide model of equal parameters",
    seeds=(0, 1, 2),
)
MEASURED = replace(PLAN, differences=(0.04, 0.06, 0.05), verdict="holds")
UNCLEAR = (0.01, 0.05, 0.03)  # its interval includes 0


@pytest.mark.parametrize(
    "design",
    [
        PLAN,
        MEASURED,
        replace(MEASURED, verdict="holds with a caveat"),
        replace(MEASURED, verdict="open"),
        replace(MEASURED, differences=(-0.04, -0.06, -0.05), verdict="does not hold here"),
        replace(MEASURED, differences=UNCLEAR, verdict="open"),
        replace(MEASURED, differences=UNCLEAR, allows=("includes 0",)),
        replace(MEASURED, differences=np.array(MEASURED.differences), seeds=range(3), changed=["layers"]),
    ],
)
def test_a_sound_design_passes_before_and_after_the_measurement(design, capsys):
    assert own_claim.faults(design) == []
    assert own_claim.check_design(design)
    assert capsys.readouterr().out == "design: correct\n"


FAULTS = [
    ({"claim": "Depth"}, "no claim"),
    ({"prediction": " "}, "no prediction"),
    ({"allows": (), "verdict": "open"}, "no prediction"),
    ({"allows": ("better",), "verdict": "open"}, "unknown outcome 'better'"),
    ({"allows": OUTCOMES}, "no result could contradict the prediction"),
    ({"changed": ()}, "nothing is changed"),
    ({"changed": ("layers", "width")}, "2 things are changed at once (layers, width)"),
    ({"held": ("layers",)}, "layers is changed and held fixed"),
    ({"floor": ""}, "no floor"),
    ({"control": ""}, "no control"),
    ({"seeds": (0,), "differences": (), "verdict": "open"}, "1 different seed(s)"),
    ({"seeds": (0, 0, 0)}, "1 different seed(s)"),
    ({"differences": ()}, "a verdict before the measurement"),
    ({"differences": (0.04, 0.06)}, "2 differences for 3 seeds"),
    ({"verdict": "true"}, "unknown verdict 'true'"),
    ({"verdict": "does not hold here"}, "the verdict does not follow"),
    ({"differences": UNCLEAR}, "the verdict does not follow: the interval says 'includes 0'"),
    ({"differences": UNCLEAR, "verdict": "does not hold here"}, "what is not shown is not refuted either"),
    ({"differences": UNCLEAR, "verdict": "holds with a caveat"}, "the verdict stays 'open', until more seeds decide"),
    ({"changed": "layers"}, "`changed` is the text 'layers', not a tuple: write changed=('layers',)"),
    ({"held": "steps"}, "`held` is the text 'steps', not a tuple"),
    ({"allows": "above 0"}, "`allows` is the text 'above 0', not a tuple: write allows=('above 0',)"),
    ({"seeds": "012"}, "`seeds` is the text '012', not a tuple"),
    ({"seeds": 3}, "`seeds` is 3, not a tuple: write each single one, seeds=(0, 1, 2)"),
    ({"differences": 0.05}, "`differences` is 0.05, not a tuple"),
    ({"differences": (0.04, "0.06", 0.05)}, "`differences` holds '0.06'"),
    ({"differences": (0.04, float("nan"), 0.05)}, "`differences` holds a number that is not finite"),
    ({"seeds": (0, 1, ...)}, "`seeds` holds Ellipsis"),
    ({"claim": ("Deeper models fill gaps better",)}, "`claim` is a tuple: write a text in quotes"),
    *(({name: ...}, f"`{name}` is still empty: fill it in") for name in ("prediction", "floor", "control", "verdict")),
    *(({name: None}, f"`{name}` is still empty: fill it in, for example {name}=(") for name in own_claim.TUPLES),
]


@pytest.mark.parametrize("part, message", FAULTS)
def test_each_fault_has_its_sentence_and_is_the_only_one(part, message, capsys):
    (found,) = own_claim.faults(replace(MEASURED, **part))
    assert message in found
    assert not own_claim.check_design(replace(MEASURED, **part))
    assert f"1 fault(s): {found}" in capsys.readouterr().out


def test_all_fields_that_cannot_be_read_are_told_together_and_alone(capsys):
    assert not own_claim.check_design(replace(MEASURED, changed="layers", seeds=3, floor=..., control=""))
    line = capsys.readouterr().out
    assert "3 fault(s): `floor` is still empty" in line and "`changed` is the text" in line and "`seeds` is 3" in line


def test_several_faults_are_told_together(capsys):
    assert not own_claim.check_design(replace(MEASURED, floor="", control=""))
    assert "2 fault(s): no floor" in capsys.readouterr().out


def test_an_empty_form_is_not_attempted_and_anything_else_is_refused(capsys):
    fields = dict.fromkeys(("claim", "prediction", "allows", "changed", "held", "floor", "control", "seeds"), ...)
    assert own_claim.check_design(own_claim.Design(**fields)).status == "not attempted"
    assert not own_claim.check_design({"claim": "x"})
    assert "expected a Design" in capsys.readouterr().out
