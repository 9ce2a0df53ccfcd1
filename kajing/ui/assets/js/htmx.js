// htmx as the global the library's own attributes expect; bundled, so that no source map reference is left behind.
import htmx from "htmx.org";

window.htmx = htmx;
