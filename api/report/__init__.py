"""The report of a run as a page and as a PDF: drawings made once, written for both."""
