"""Maps of two gaps: one scale for all, rows beside their partners."""

from helpers.figures.pair_maps import by_partner, pair_maps

JOINT = {("aspirin", "pain"): 0.5, ("warfarin", "clots"): 0.5}


def test_all_maps_share_the_scale_of_the_largest_probability():
    rows, columns = by_partner(JOINT)
    product = {(a, b): 0.25 for a in rows for b in columns}
    maps = pair_maps({"product": product, "joint": JOINT}, rows=rows, columns=columns).axes[:2]
    assert [axis.images[0].get_clim() for axis in maps] == [(0, 0.5)] * 2
    assert maps[1].images[0].get_array().tolist() == [[0.5, 0.0], [0.0, 0.5]]


def test_partners_lie_on_the_diagonal():
    assert by_partner(JOINT) == (["warfarin", "aspirin"], ["clots", "pain"])
