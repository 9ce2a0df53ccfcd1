"""Acts on approvals: ask, vote, return, take back, hand on, send again; time-outs; versions of chains."""

from kajing.workflow.services.approvals.asking import CannotAsk, ask_approval, send_again, take_back
from kajing.workflow.services.approvals.chains import CannotPublish, draft_chain, publish_chain
from kajing.workflow.services.approvals.stages import sweep
from kajing.workflow.services.approvals.voting import CannotVote, approve, hand_on, reassign_seat, return_request

__all__ = [
    "CannotAsk",
    "CannotPublish",
    "CannotVote",
    "approve",
    "ask_approval",
    "draft_chain",
    "hand_on",
    "publish_chain",
    "reassign_seat",
    "return_request",
    "send_again",
    "sweep",
    "take_back",
]
