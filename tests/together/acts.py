"""Every act that decides something, as somebody begins it, gathered from the modules of its subjects.

A function there reads what a page would have shown, and returns the act itself. `covers` names the functions of
`survey` whose decision it tries; test_pairs.py finds those that nobody tries.
"""

from tests.together import answer_acts, follow_up_acts, registry_acts, round_acts, staff_acts
from tests.together.tries import TRIED, Act

SUBJECTS = (registry_acts, round_acts, staff_acts, answer_acts, follow_up_acts)

ACTS: dict[str, Act] = {name: TRIED[name] for subject in SUBJECTS for name in vars(subject) if name in TRIED}
