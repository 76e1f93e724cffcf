"""All that is told of why an object is as it is: its causes, what else led there, and how it stands now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.standing import standing
from statesim.analysis.telling import IN_ENGLISH
from statesim.analysis.why import chain, earlier_text, explain_text
from statesim.analysis.why_besides import besides
from statesim.analysis.why_in_vain import in_vain

if TYPE_CHECKING:
    from statesim.analysis.record import RunRecord
    from statesim.analysis.telling import Telling


def why_told(record: RunRecord, obj: str, at_us: int, say: Telling = IN_ENGLISH) -> str:
    """Return the chain of causes that led to an object's state, and what must be told beside it.

    Raises
    ------
    StatesimError
        See `statesim.analysis.why.chain`.
    """
    events = record.events
    found = chain(events, obj, at_us)
    now = standing(events, obj, at_us, say)
    kind, _, name = obj.partition("/")
    heard = in_vain(events, record.history, name, at_us, say) if now and kind == "Client" else ""
    told = (explain_text(found, say), earlier_text(events, found[-1], say), besides(events, found[-1], say))
    return "\n".join(text for text in (*told, now, heard) if text)
