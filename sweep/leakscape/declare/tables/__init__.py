"""Tables of cells as people have them: text of any separator, workbooks, frames; into columns."""
