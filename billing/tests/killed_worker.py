"""A worker that dies by SIGKILL after a mail is out and before that is written down.

Run as a process of its own: the directory that mails are written to is its argument.
"""

import os
import signal
import sys
from pathlib import Path

import django


def main(folder: Path) -> None:
    django.setup()
    from django.core.mail import EmailMultiAlternatives

    from outbox import queue

    def send(letter: EmailMultiAlternatives, *_rest: object, **_more: object) -> None:
        (folder / "first.eml").write_bytes(letter.message().as_bytes())
        os.kill(os.getpid(), signal.SIGKILL)

    EmailMultiAlternatives.send = send  # type: ignore[method-assign,assignment]
    queue.sweep()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
