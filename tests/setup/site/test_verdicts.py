"""The page of verdicts: in the order of the claims, each row with the place where it is decided."""

from helpers.setup.ledger import Verdict
from helpers.setup.site import verdicts


def test_the_page_leads_to_the_deciding_cells():
    rows = [
        Verdict("C08", "open", "0.5", "Nobody knows.", "05_x.ipynb", "2 · B"),
        Verdict("C07", "holds", "0.42", "It does.", "05_x.ipynb", "1 · A | B"),
    ]
    said = {"told_by": [{"who": "A. Author", "where": "A page", "url": "https://a.page"}], "rests_on": "Tinytown"}
    printed = {"number": "0.9", "what": "So many were right.", "source": "Author, A. (2020). A paper. Table 1"}
    page = verdicts.verdict_page(
        rows,
        {
            "C07": {"as_told": "Few-shot needs a decoder", "published": printed, "overturned_by": "One case.", **said},
            "C08": {"as_told": "Good and bad", "published": None, "overturned_by": None, **said},
        },
    )
    told, below = page.split("## Where each is told")
    assert told.splitlines()[-3:-1] == [
        r"| C07 | Few-shot needs a decoder | ✓ holds | 0.42 | It does. | [05 1 · A \| B](#verdict-c07) |",
        r"| C08 | Good and bad | ? open | 0.5 | Nobody knows. | [05 2 · B](#verdict-c08) |",
    ]
    assert below.splitlines()[2:4] == [
        "- **C07** Told by A. Author, [A page](https://a.page). In print: 0.9. So many were right. (Author, A. (2020). "
        "A paper. Table 1) Rests on Tinytown. It would be overturned by this: One case.",
        "- **C08** Told by A. Author, [A page](https://a.page). Rests on Tinytown.",
    ]
