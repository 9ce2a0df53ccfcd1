// SortableJS for boards only; pages without a board never load it.
import Sortable from "sortablejs";

window.Sortable = Sortable;
