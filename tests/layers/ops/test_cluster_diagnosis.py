from pathlib import Path

import pytest

from layers.ops.diagnosis import FailureContext, explain

CONTEXT = FailureContext(Path("/home/规划/pgdata"), 5433, Path("/home/规划/log"))


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ('FATAL:  could not write lock file "postmaster.pid": No space left on device', "pgdata is full"),
        ('LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', "port 5433 of 127.0.0.1 is taken"),
        ("FATAL:  database files are incompatible with server", "twin upgrade"),
        ('FATAL:  data directory "/x" has wrong ownership', "chown"),
        ("FATAL:  could not map anonymous shared memory: Cannot allocate memory", "too little memory"),
        ("PANIC:  could not locate a valid checkpoint record", "twin restore FILE"),
        ("LOG:  a\nFATAL:  something nobody has met yet.", "something nobody has met yet (see /home/规划/log)"),
        ("", "it gave no reason"),
    ],
)
def test_each_known_failure_becomes_one_sentence(printed: str, told: str) -> None:
    sentence = explain(printed, CONTEXT)

    assert told in sentence
    assert "\n" not in sentence
