"""News of the room.

`batch_moved(batch, place, done, total)`: how far a file has come; sent outside transactions, so a receiver must write
nothing that has to happen. Places: received, checking (done and total are bytes), checked, admitted, absorbing (done is
the number of chunks), absorbed, done.

`day_loaded(business_date, feeds, actor, at)`: every file of a feed day has been dealt with and something was new.
"""

from django.dispatch import Signal

batch_moved = Signal()
day_loaded = Signal()
