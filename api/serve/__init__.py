"""The process supervisor behind ``twin up``: database, web processes, background worker."""
