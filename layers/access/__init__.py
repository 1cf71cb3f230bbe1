"""Who may see what: principals, grades and the one decision function."""
