"""How large letters are and what room they need: on paper, and on a slide."""

from __future__ import annotations

from dataclasses import dataclass

from statesim.views.style import AXIS_PT, BAR_PT, LANE_PT, LEGEND_PT, TITLE_PT

BACK_ROW = 12.6  # points on the 7 inches of a slide's picture that are 24 points on the slide


@dataclass(frozen=True, slots=True)
class Sizes:
    """Points of letters, and inches of what holds them, from top to bottom.

    Attributes
    ----------
    picture_pt, heading_pt, lane_pt, bar_pt, told_pt, axis_pt, legend_pt
        Letters of: the picture's title, a panel's heading, names, words on bars, what stands under a
        curve's name, times, the legend.
    head, bare
        What stands over the panels with a title, and without one, beside what happened.
    faults
        A line of what happened.
    band, badges, line
        A panel's heading, room for the numbers of faults below it, a further line of the heading.
    lane, name, bar, wide, between, narrow
        A row; in it the middle of its name, where the wide bar begins, both bars and what parts them.
    strip, above, curve, label, told
        A row with a curve, what is over the curve, the curve; the middles of its name and of the line below.
    note
        A line of words above a curve.
    end, gap
        What is under a panel's last row, and between panels.
    key, line_of_key, foot
        From the axis to the middle of the legend's first line, a line of it, all under the panels without it.
    """

    picture_pt: float
    heading_pt: float
    lane_pt: float
    bar_pt: float
    told_pt: float
    axis_pt: float
    legend_pt: float
    head: float
    bare: float
    faults: float
    band: float
    badges: float
    line: float
    lane: float
    name: float
    bar: float
    wide: float
    between: float
    narrow: float
    strip: float
    above: float
    curve: float
    label: float
    told: float
    note: float
    end: float
    gap: float
    key: float
    line_of_key: float
    foot: float


PAPER = Sizes(
    picture_pt=TITLE_PT + 2, heading_pt=TITLE_PT, lane_pt=LANE_PT, bar_pt=BAR_PT, told_pt=BAR_PT - 1,
    axis_pt=AXIS_PT, legend_pt=LEGEND_PT,
    head=0.55, bare=0.2, faults=0.36, band=0.38, badges=0.17, line=0.36,
    lane=0.36, name=0.16, bar=0.02, wide=0.2, between=0.012, narrow=0.095,
    strip=0.64, above=0.1, curve=0.48, label=0.12, told=0.35, note=0.24,
    end=0.06, gap=0.24, key=0.68, line_of_key=0.27, foot=0.86,
)  # fmt: skip
# every letter can be read from the back row, and no inch is lost: two variants with their pods have to fit
SLIDE = Sizes(
    picture_pt=13.6, heading_pt=13.2, lane_pt=BACK_ROW, bar_pt=BACK_ROW, told_pt=BACK_ROW,
    axis_pt=BACK_ROW, legend_pt=BACK_ROW,
    head=0.29, bare=0.11, faults=0.225, band=0.24, badges=0.165, line=0.205,
    lane=0.25, name=0.11, bar=0.0, wide=0.192, between=0.004, narrow=0.046,
    strip=0.4, above=0.06, curve=0.32, label=0.055, told=0.245, note=0.22,
    end=0.02, gap=0.05, key=0.385, line_of_key=0.215, foot=0.31,
)  # fmt: skip
