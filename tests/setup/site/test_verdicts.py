"""The page of verdicts: in the order of the claims, each row with the place where it is decided."""

from helpers.setup.ledger import Verdict
from helpers.setup.site import verdicts


def test_the_page_leads_to_the_deciding_cells():
    rows = [
        Verdict("C08", "open", "0.5", "Nobody knows.", "05_x.ipynb", "2 · B"),
        Verdict("C07", "holds", "0.42", "It does.", "05_x.ipynb", "1 · A | B"),
    ]
    page = verdicts.verdict_page(rows, as_told={"C07": "Few-shot needs a decoder", "C08": "Good and bad"})
    assert page.splitlines()[-2:] == [
        r"| C07 | Few-shot needs a decoder | ✓ holds | 0.42 | It does. | [05 1 · A \| B](#verdict-c07) |",
        r"| C08 | Good and bad | ? open | 0.5 | Nobody knows. | [05 2 · B](#verdict-c08) |",
    ]
