"""Loads the engines once and forks the workers that hear with them: `python -m bot.asr.nursery SOCKET`.

A worker that is forked is there within some 20 ms and shares the memory of the models. Forking is safe because nothing
that is loaded here starts a thread, and because nothing is heard before.

Every message is one packet. The nursery is sent what loads the engines, then a socket for each worker. A worker says
its pid; after that it answers each request, in its order, with one JSON object.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pickle
import resource
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.audio import Audio
from bot.errors import Nhanh8Error
from bot.ports import Recognizer, RecognizerStream
from bot.replies import Expect

Load = Callable[[], Mapping[str, Recognizer]]

MESSAGE_BYTES: Final = 1 << 16
HEAD: Final = struct.Struct(">BQ")  # what is asked, the number of the stream; what follows depends on it
OPEN, ACCEPT, FINISH, FORGET = range(4)  # `engine expect`; 8 kHz samples; nothing; nothing


def main() -> None:
    """Until the bot closes the socket: what a terminal or an operator sends to all processes is for the bot to heed."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # callers' words pass through here
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    bot = socket.socket(fileno=int(sys.argv[1]))
    with contextlib.suppress(OSError):  # the bot is gone
        _nurse(bot)


def _nurse(bot: socket.socket) -> None:
    if not (sent := bot.recv(MESSAGE_BYTES)):
        return
    load: Load = pickle.loads(sent)  # noqa: S301 - the bot's own
    try:
        engines = load()
    except Nhanh8Error as error:
        bot.send(_packed({"error": type(error).__name__, "text": str(error)}))
        return
    gc.collect()
    gc.freeze()  # looking for garbage would write to what is shared
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that end
    bot.send(_packed({"loaded": True}))
    while sockets := socket.recv_fds(bot, 1, 1)[1]:
        line = socket.socket(fileno=sockets[0])
        if os.fork() == 0:
            bot.close()
            with contextlib.suppress(OSError):
                work(line, engines)
            os._exit(0)
        line.close()


def work(line: socket.socket, engines: Mapping[str, Recognizer]) -> None:
    """Hear what is asked until the other side closes the line. Raises OSError."""
    streams: dict[int, RecognizerStream] = {}
    line.send(_packed({"pid": os.getpid()}))
    while request := line.recv(MESSAGE_BYTES):
        began = time.perf_counter()
        what, number = HEAD.unpack_from(request)
        try:
            answer = _answer(engines, streams, what, number, request[HEAD.size :])
        except Exception as error:  # noqa: BLE001 - the boundary of one turn; the text may hold what was said
            streams.pop(number, None)
            answer = {"error": type(error).__name__}
        line.send(_packed({**answer, "took_s": time.perf_counter() - began}))


def _answer(
    engines: Mapping[str, Recognizer], streams: dict[int, RecognizerStream], what: int, number: int, body: bytes
) -> dict[str, Any]:
    if what == OPEN:
        engine, expect = body.decode().split()
        streams[number] = engines[engine].open(Expect(expect))
    elif what == ACCEPT:
        return {"words": streams[number].accept(Audio(body))}
    elif what == FINISH:
        found = streams.pop(number).finish().hypotheses
        return {"hypotheses": [(each.text, each.confidence) for each in found]}
    else:
        streams.pop(number, None)
    return {}


def _packed(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode()


if __name__ == "__main__":
    main()
