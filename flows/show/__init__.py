"""What does a person read on a terminal? What the current generation says, and nothing that was not published.

In: `published/current`. Out: the scorecard (`scorecard`), the packets behind one of its figures (`why`), and the
packets that were tidied up after the work had moved (`filled_later`), one `packet`, an account's `postmortem`,
`tickets`, and which handoffs are `not_judged`.
"""

from flows.show.drilling import why
from flows.show.figures import LEGEND, SIGNS, in_one_line, steps_table
from flows.show.filling import filled_later
from flows.show.generation import connect
from flows.show.overview import SHOWN, read, scorecard, scorecard_rows
from flows.show.postmortem import postmortem
from flows.show.questions import Question
from flows.show.tickets import tickets
from flows.show.timeline import packet
from flows.show.unjudged import not_judged

__all__ = [
    "LEGEND",
    "SHOWN",
    "SIGNS",
    "Question",
    "connect",
    "filled_later",
    "in_one_line",
    "not_judged",
    "packet",
    "postmortem",
    "read",
    "scorecard",
    "scorecard_rows",
    "steps_table",
    "tickets",
    "why",
]
