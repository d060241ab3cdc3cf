"""Items: what a link carries, and which of the forms it has."""

import messages
import rows
from forms import Refused


def parse(item):
    """A message, a pair of a step and a row, or a pair of whether more follows and entries."""
    if len(item) not in range(1, messages.ITEM_MAX + 1):
        raise Refused("no item is so long")
    if item[0] < rows.ROW:
        return messages.parse(item)
    if item[0] == rows.ROW:
        return rows.parse_row(item)
    if item[0] == rows.SUMMARY:
        return rows.parse_summary(item)
    raise Refused("no such item")
