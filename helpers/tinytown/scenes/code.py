"""Tiny code: assignments, copies, sums, brackets; <nl> ends a line."""

from helpers.tinytown.grammar import Scene, Template, words

DIGITS = "0 1 2 3 4 5 6 7 8 9"
CODE = Scene(
    "code",
    facts={"var": words("x y z n i j"), "target": words("total result count value size last"), "num": words(DIGITS), "step": words(DIGITS)},
    tables={
        "plus": words("+*3 -"),
        "double": {digit: words(str(2 * int(digit))) for digit in DIGITS.split()},
        "sum": {f"{one},{two}": words(str(int(one) + int(two))) for one in DIGITS.split() for two in DIGITS.split()},
        "function": words("run main test build solve"),
    },
    kinds={
        "def": ["def {function} ( {var} ) : <nl>", "def {function} ( {var} , {target} ) : <nl>"],
        "assign": [Template("{var} = {num} <nl>", 3), "{var} = ( {num} ) <nl>", "{var} = [ {num} , {step} ] <nl>"],
        "copy": [Template("{target} = {var} {plus} {step} <nl>", 2), "{target} = {var} <nl>", "{target} = [ {var} , {var} ] <nl>"],
        "loop": ["for {var} in range ( {num} ) : <nl>", "if {var} == {num} : <nl>", "while {var} < {num} : <nl>"],
        "print": [Template("print ( {target} ) <nl>", 2), "return {target} <nl>", "return ( {target} , {var} ) <nl>"],
        "comment": ["# {num} + {num} is {double(num)} <nl>", "# {num} + {step} is {sum(num,step)} <nl>"],
    },
    orders=[
        (3, "assign copy?0.8 print?0.8"), (2, "def assign?0.6 copy?0.7 print?0.8"), (2, "loop copy?0.6 print?0.6"),
        (1, "comment assign?0.5"), (1, "assign loop?0.6 copy?0.4 print?0.4"),
    ],
    weight=1.2,
)

SCENES = [CODE]
