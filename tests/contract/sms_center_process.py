"""A real SMS centre in a process of its own: the SMPP 3.4 server of Jasmin, an SMS gateway (smpp.twisted).

Prints JSON lines: its port, then each message as it was taken apart. On its standard input it reads, a line each, what
to answer to the next messages: the name of an SMPP status, `silent` or `cut`.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from typing import Any

from smpp.pdu.pdu_types import CommandStatus
from smpp.twisted.config import SMPPServerConfig
from smpp.twisted.server import IAuthenticatedSMPP, SMPPServerFactory
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet import reactor, stdio
from twisted.internet.defer import Deferred
from twisted.protocols.basic import LineReceiver
from zope.interface import implementer

USER, PASSWORD = "nhanh8", "mat-khau"  # SMPP's has 8 characters at most


def tell(**event: Any) -> None:
    print(json.dumps(event), flush=True)


@implementer(IRealm)
class Realm:
    def requestAvatar(self, avatar_id: object, _mind: object, *_interfaces: object) -> tuple[object, object, object]:
        return IAuthenticatedSMPP, avatar_id, lambda: None


class Orders(LineReceiver):
    delimiter = b"\n"

    def __init__(self, answers: deque[str]) -> None:
        self._answers = answers

    def lineReceived(self, line: bytes) -> None:
        self._answers.append(line.decode())
        tell(ordered=line.decode())

    def connectionLost(self, _reason: object = None) -> None:
        reactor.stop()  # whoever started it is gone


class Center:
    def __init__(self) -> None:
        self.answers: deque[str] = deque()

    def take(self, _system_id: str, smpp: Any, pdu: Any) -> object:
        answer = self.answers.popleft() if self.answers else "ESME_ROK"
        if answer == "silent":
            return Deferred()
        if answer == "cut":
            smpp.transport.abortConnection()
            return Deferred()
        params = pdu.params
        tell(
            status=answer,
            source=params["source_addr"].decode(),
            source_ton=params["source_addr_ton"].name,
            to=params["destination_addr"].decode(),
            to_ton=params["dest_addr_ton"].name,
            to_npi=params["dest_addr_npi"].name,
            coding=str(params["data_coding"].schemeData.name),
            udhi="UDHI_INDICATOR_SET" in str(params["esm_class"]),
            content=params["short_message"].hex(),
        )
        return CommandStatus[answer]


def main() -> None:
    center = Center()
    portal = Portal(Realm())
    checker = InMemoryUsernamePasswordDatabaseDontUse()
    checker.addUser(USER, PASSWORD)
    portal.registerChecker(checker)
    config = SMPPServerConfig(msgHandler=center.take, systems={USER: {"max_bindings": 4}})
    port = reactor.listenTCP(0, SMPPServerFactory(config, portal), interface="127.0.0.1")
    stdio.StandardIO(Orders(center.answers))
    tell(port=port.getHost().port)
    reactor.run()


if __name__ == "__main__":
    sys.exit(main())
