"""The configuration of a test's Asterisk: the files of deploy/asterisk as they are, and the little around them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tests.e2e.telephone.ports import LOOPBACK

DEPLOY = Path(__file__).parents[3] / "deploy" / "asterisk"

TRUSTED_HOST, UNTRUSTED_HOST, STRANGER_HOST = LOOPBACK, "127.0.0.2", "127.0.0.3"

LIBRARIES = "usr/lib/x86_64-linux-gnu"

MODULES = """
    app_dial app_exec app_playtones app_stack app_verbose bridge_builtin_features bridge_simple chan_audiosocket
    chan_pjsip chan_websocket codec_alaw codec_ulaw func_callerid func_channel func_curl func_cut func_dialplan
    func_groupcount func_logic func_strings func_uri func_uuid pbx_config res_audiosocket res_curl res_http_websocket
    res_pjproject res_pjsip res_pjsip_acl res_pjsip_authenticator_digest res_pjsip_caller_id res_pjsip_dtmf_info
    res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user res_pjsip_header_funcs res_pjsip_logger
    res_pjsip_messaging res_pjsip_nat res_pjsip_pubsub res_pjsip_refer res_pjsip_registrar res_pjsip_rfc3326
    res_pjsip_sdp_rtp res_pjsip_session res_rtp_asterisk res_security_log res_sorcery_astdb res_sorcery_config
    res_sorcery_memory res_timing_timerfd res_websocket_client
"""

# A telephone that asserts no number calls through a carrier, as people do: this Asterisk again, a leg before the trunk.
CARRIER = """
[global]
type=global
endpoint_identifier_order=header,ip,username,anonymous
user_agent=PBX

[carrier-subscriber]
type=endpoint
context=carrier
identify_by=header
disallow=all
allow=alaw
direct_media=no
media_address=127.0.0.1
bind_rtp_to_media_address=yes

[carrier-subscriber]
type=identify
endpoint=carrier-subscriber
match_header=User-Agent: /^baresip/

[carrier-trunk]
type=endpoint
identify_by=header
aors=carrier-trunk
send_pai=yes
disallow=all
allow=alaw
direct_media=no
media_address=127.0.0.1
bind_rtp_to_media_address=yes

[carrier-trunk]
type=aor
contact={itself}
"""

# Asterisk waits 64 T1 for the ACK to an answer: 6.4 s here, 32 s with its own T1 of 500 ms.
TIMERS = """
[system]
type=system
timer_t1=100
timer_b=6400
"""

LOGGER = f"""
[general]
dateformat=%T.%3q

[logfiles]
full => notice,warning,error,verbose(3),dtmf
#include "{DEPLOY}/logger_nhanh8.conf"
"""

AFTER = """
[carrier]
exten => _X.,1,Dial(PJSIP/${EXTEN}@carrier-trunk)

[after-test]
exten => agent,1,Gosub(told,s,1)
 same => n,PlayTones(1000/3000)
 same => n,Wait(30)
exten => busy,1,Gosub(told,s,1)
 same => n,Answer()
 same => n,PlayTones(1400/3000)
 same => n,Wait(30)
exten => down,1,Gosub(told,s,1)
 same => n,Answer()
 same => n,PlayTones(600/3000)
 same => n,Wait(30)
exten => other,1,Gosub(told,s,1)
 same => n,Hangup()

[told]
exten => s,1,Verbose(0,OUTCOME ${NHANH8_UUID} ${NHANH8_OUTCOME})
 same => n,Return()
"""


@dataclass(frozen=True)
class BotAddress:
    """Where the bot is, and how Asterisk reaches it."""

    audiosocket_port: int
    http_port: int
    token: str
    transport: str = "audiosocket"

    def over(self, transport: str) -> BotAddress:
        return replace(self, transport=transport)


def write_configuration(folder: Path, root: Path, sip_port: int, rtp_ports: range, bot: BotAddress) -> None:
    """Write every file of `folder/etc`; `root` is Asterisk's own tree."""
    etc = folder / "etc"
    for name in ("etc", "db", "spool", "run", "log"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    files = {
        "asterisk.conf": _directories(folder, root),
        "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in MODULES.split()),
        "logger.conf": LOGGER,
        "rtp.conf": f"[general]\nrtpstart={rtp_ports.start}\nrtpend={rtp_ports.stop - 1}\n",
        "pjsip.conf": _pjsip(sip_port),
        "extensions.conf": _extensions(bot),
        "websocket_client.conf": _websocket(bot),
    }
    for name, text in files.items():
        (etc / name).write_text(text, encoding="utf-8")
    for name in ("features.conf", "cdr.conf", "cel.conf", "indications.conf", "http.conf", "udptl.conf", "acl.conf"):
        (etc / name).write_text("[general]\n", encoding="utf-8")


def _directories(folder: Path, root: Path) -> str:
    places = {
        "astetcdir": folder / "etc",
        "astmoddir": root / LIBRARIES / "asterisk/modules",
        "astdatadir": root / "usr/share/asterisk",
        "astvarlibdir": folder / "db",
        "astdbdir": folder / "db",
        "astkeydir": folder / "db",
        "astagidir": folder / "db",
        "astspooldir": folder / "spool",
        "astrundir": folder / "run",
        "astlogdir": folder / "log",
        "astsbindir": root / "usr/sbin",
    }
    return "[directories]\n" + "".join(f"{name} => {place}\n" for name, place in places.items())


def _pjsip(sip_port: int) -> str:
    lines = f"""
#include "{DEPLOY}/pjsip_nhanh8.conf"

[loopback]
type=transport
protocol=udp
bind={LOOPBACK}:{sip_port}
"""
    for name, host in (("trusted", TRUSTED_HOST), ("untrusted", UNTRUSTED_HOST)):
        lines += f"""
[trunk-{name}](nhanh8-{name})
media_address={LOOPBACK}
bind_rtp_to_media_address=yes

[trunk-{name}]
type=identify
endpoint=trunk-{name}
match={host}
"""
    return lines + TIMERS + CARRIER.format(itself=f"sip:{LOOPBACK}:{sip_port}")


def _extensions(bot: BotAddress) -> str:
    return f"""
#include "{DEPLOY}/extensions_nhanh8.conf"

[globals](+)
NHANH8_TRANSPORT={bot.transport}
NHANH8_AUDIOSOCKET={LOOPBACK}:{bot.audiosocket_port}
NHANH8_HTTP=http://{LOOPBACK}:{bot.http_port}
NHANH8_TOKEN={bot.token}
NHANH8_AFTER=after-test
{AFTER}"""


def _websocket(bot: BotAddress) -> str:
    return f"""
#include "{DEPLOY}/websocket_client_nhanh8.conf"

[nhanh8](+)
uri=ws://{LOOPBACK}:{bot.http_port}/media
password={bot.token}
"""
