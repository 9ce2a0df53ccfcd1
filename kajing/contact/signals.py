"""News this room sends, inside the transaction of the act; a receiver writes rows only."""

from django.dispatch import Signal

# A contact ended with an outcome, or one that happened was entered: interaction, actor (Person), at.
interaction_ended = Signal()

# The one who made a contact chose what follows: interaction, step (a name of `steps.STEPS`), due_at, actor, at.
# Receivers that cannot make it happen raise a DomainError, and nothing of the choice is kept.
next_step_chosen = Signal()

# The last outcome was taken back within the undo window: interaction, actor, at.
interaction_reopened = Signal()

# A message to a customer changed its state: message (models.Message), state, at. Inside the transaction of the act.
message_changed = Signal()

# A customer wrote: message (models.Message, direction IN), at. Inside the transaction that took it in.
message_received = Signal()

# A version of a template was laid before others: version (TemplateVersion), actor (Person), at. Who decides is the
# business of the receiver, which answers by `services.wordings.settle`, `take_back` or `ask_again`.
template_asked = Signal()

# Somebody voted on a version that waits: version, actor (Person), approve (bool), note, at. Raises DomainError.
template_voted = Signal()
