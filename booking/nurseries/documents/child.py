"""The process in which one document is cleaned: a name and a file come in, a line and clean pages go out."""

import json
import resource
import sys

from booking.nurseries.documents.refusals import DocumentRefused

#: More than the largest honest photograph takes; seconds of the processor.
MOST_MEMORY, MOST_SECONDS = 1024 * 1024 * 1024, 10


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # After the limits, which hold for the readers of pictures and PDF as well.
    from booking.nurseries.documents.cleaning import clean

    name, _, data = sys.stdin.buffer.read().partition(b"\n")
    content = b""
    try:
        done = clean(data, json.loads(name))
    except DocumentRefused as refusal:
        problem = type(refusal.__cause__).__name__ if refusal.__cause__ else ""
        answer: dict[str, object] = {"refused": type(refusal).__name__, "problem": problem}
    else:
        content, answer = done.content, {"media_type": done.media_type, "pages": done.pages}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + content)


if __name__ == "__main__":
    main()
