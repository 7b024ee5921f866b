"""“Try a call” in a real Chromium: spoken through its microphone, by keyboard alone, and when something fails."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from bot.accounts.demo import DEMO_PEOPLE
from bot.app import caller_voice
from bot.audio import join, silence, write_wav
from bot.transports.phone_line import PhoneLine, spaced
from bot.vietnamese.speech import digit_words
from tests.e2e.studio.conftest import CHROMIUM, MICROPHONE, Studio, launched, visiting

CODE = DEMO_PEOPLE[0].code
SPEAKER = DEMO_PEOPLE[5]  # whose code the synthetic caller says most clearly
MICROPHONE_HZ = 48_000
PHONE = {"width": 390, "height": 844}
DRAWN = """canvas => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set(new Uint32Array(pixels.buffer));
    return colours.size;
}"""  # of a waveform without sound: the ground and the line
FLAT = 3


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A caller who speaks over the greeting, and after the questions for the code and whether it was understood."""
    voice = caller_voice()
    try:
        service, confirmed = (voice.synthesize(words) for words in ("tôi muốn xin cấp lại mật khẩu", "đúng rồi"))
        digits = digit_words(SPEAKER.code)
        groups = [voice.synthesize(" ".join(each)) for each in (digits[:3], digits[3:6], digits[6:])]
    finally:
        voice.close()
    said = [silence(3000), service, silence(6000), spaced(groups, 600), silence(9000), confirmed, silence(1000)]
    path = tmp_path_factory.mktemp("caller") / "caller.wav"
    write_wav(path, PhoneLine().carry(join(said)).at(MICROPHONE_HZ))
    return path


class Spied:
    """What the studio sent a page as text, and how much speech, secret and other."""

    def __init__(self, page: Page) -> None:
        self.texts: list[str] = []
        self.secret_frames = self.frames = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._received))

    def _received(self, data: str | bytes) -> None:
        if isinstance(data, str):
            self.texts.append(data)
        else:
            self.frames += 1
            self.secret_frames += data[0]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in map(json.loads, self.texts) if event.get("event") == kind]


def turns(page: Page, words: str) -> Locator:
    return page.locator("#log li").filter(has_text=words)


def test_a_whole_call_is_spoken(studio: Studio, playwright: Playwright, caller: Path) -> None:
    browser = launched(playwright, f"--use-file-for-fake-audio-capture={caller}%noloop")
    with visiting(browser, studio) as page:
        spied = Spied(page)
        page.goto("/")
        page.get_by_label("Số gọi đến").fill(SPEAKER.phone)
        page.get_by_role("button", name="Gọi").click()
        expect(turns(page, "Bạn nói:").first).to_contain_text("cấp lại mật khẩu")
        expect(turns(page, "Bạn nói: • •")).to_be_visible()
        expect(turns(page, "Mã số là ••••••••••, đúng không ạ?")).to_contain_text(
            re.compile(r"give_code\s*sau [\d.]+ ms")
        )
        assert page.locator("#wave-you").evaluate(DRAWN) > FLAT
        assert page.locator("#wave-bot").evaluate(DRAWN) > FLAT
        expect(turns(page, "Mật khẩu mới là: ••••••••.")).to_be_visible()
        expect(turns(page, "mật khẩu mới có hiệu lực")).to_be_visible()
        expect(page.locator("#intent")).to_have_text(re.compile(r"affirm \(\d+\s%\)"))
        page.get_by_role("button", name="Gác máy").click()
        expect(turns(page, "Kết thúc: đã cấp mật khẩu mới")).to_be_visible()
        everything = page.locator("body").inner_text().replace(CODE, "").replace(DEMO_PEOPLE[0].phone, "")
    browser.close()
    assert spied.of("barge_in")
    assert spied.of("partial")
    assert "•" * 10 in {event["slots"].get("bhxh_code") for event in spied.of("decided")}
    assert spied.frames > spied.secret_frames > 100
    assert not re.search(r"\d{6}", everything)
    told = [(event.get("text"), event.get("slots"), event.get("caller")) for event in map(json.loads, spied.texts)]
    assert not re.search(r"\d{4}", str(told))


def test_a_call_by_keyboard_alone_on_a_phones_screen_in_english(studio: Studio, browser: Browser) -> None:
    with visiting(browser, studio, viewport=PHONE, color_scheme="dark") as page:
        page.goto("/")
        page.get_by_role("link", name="English").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Try a call")
        page.get_by_label("Speak by microphone").press("Space")
        page.get_by_label("Calling number").press("Enter")
        expect(page.get_by_role("button", name="1", exact=True)).to_be_focused()
        page.keyboard.press("8")
        expect(page.locator("#expected")).to_have_text("digits of the code")
        page.keyboard.press("ArrowDown")
        expect(page.get_by_role("button", name="4", exact=True)).to_be_focused()
        page.keyboard.type(CODE)
        expect(turns(page, "You pressed: ••••••••••")).to_be_visible()
        expect(page.locator("#expected")).to_have_text("yes, no, or a correction")
        page.get_by_label("Type instead of speaking").fill("Sai rồi")
        page.keyboard.press("Enter")
        expect(turns(page, "You typed: sai rồi")).to_be_visible()
        expect(page.locator("#intent")).to_contain_text("deny")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.get_by_role("button", name="Hang up").press("Enter")
        expect(turns(page, "Ended: the caller hung up")).to_be_visible()
        expect(page.get_by_role("button", name="Call", exact=True)).to_be_focused()


def test_a_number_that_is_none_and_a_lost_connection_are_told(page: Page) -> None:
    sockets: list[object] = []
    page.route_web_socket(re.compile("/call$"), lambda socket: sockets.append(socket.connect_to_server() and socket))
    page.goto("/")
    page.get_by_label("Số gọi đến").fill("12345")
    page.get_by_role("button", name="Gọi").click()
    expect(page.get_by_role("alert")).to_contain_text("không phải số điện thoại Việt Nam")
    page.get_by_label("Số gọi đến").fill("")
    page.get_by_role("button", name="Gọi").click()
    expect(turns(page, "Trợ lý:")).to_be_visible()
    sockets[-1].close()  # type: ignore[attr-defined]
    expect(page.get_by_role("alert")).to_contain_text("Mất kết nối với studio")
    expect(page.get_by_role("button", name="Gọi")).to_be_enabled()


def test_a_microphone_that_is_not_allowed_is_told_and_the_call_goes_on_by_keys(
    studio: Studio, playwright: Playwright
) -> None:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[MICROPHONE])
    with visiting(browser, studio) as page:
        page.context.grant_permissions([])  # and no other
        page.goto("/")
        page.get_by_role("button", name="Gọi").click()
        expect(page.get_by_role("alert")).to_contain_text("không cho dùng micrô")
        page.get_by_role("button", name="8", exact=True).click()
        expect(turns(page, "Bạn bấm: •")).to_be_visible()
    browser.close()


class OtherSite(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class TestStrangers:
    @pytest.mark.parametrize("path", ["/", "/dialogue", "/reports", "/static/call.js", "/?token=guessed"])
    def test_who_does_not_know_the_token_sees_no_page(self, studio: Studio, browser: Browser, path: str) -> None:
        stranger = browser.new_page()
        answer = stranger.goto(studio.url + path)
        assert answer is not None
        assert answer.status == 401
        assert stranger.locator("body").inner_text().startswith("Cần mã vào")
        stranger.context.close()

    def test_another_site_cannot_call(self, studio: Studio, page: Page) -> None:
        """Its visitor is one who was let in here, and sends our cookie along: cookies know no ports."""
        attempt = """url => new Promise(done => {
            const socket = new WebSocket(url);
            socket.onopen = () => done("open");
            socket.onerror = () => done("refused");
        })"""
        url = studio.url.replace("http", "ws") + "/call"
        with ThreadingHTTPServer(("127.0.0.1", 0), OtherSite) as other:
            threading.Thread(target=other.serve_forever).start()
            page.goto(f"http://127.0.0.1:{other.server_port}/")
            assert page.evaluate(attempt, url) == "refused"
            other.shutdown()
        page.goto("/reports")
        assert page.evaluate(attempt, url) == "open"

    def test_no_page_lists_an_account(self, page: Page) -> None:
        for path in ("/", "/dialogue", "/reports"):
            page.goto(path)
            content = page.content()
            for person in DEMO_PEOPLE:
                assert person.name not in content
                assert not person.email or person.email not in content
                if person is not DEMO_PEOPLE[0]:  # whose number and code the documentation shows
                    assert person.code not in content
                    assert person.phone not in content
