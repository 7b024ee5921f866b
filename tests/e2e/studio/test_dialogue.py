"""A conversation designer at work: what the bot says is found, changed, checked, retrained and heard in a call."""

from __future__ import annotations

import re
from difflib import ndiff

from playwright.sync_api import Browser, Page, expect

from tests.e2e.studio.conftest import Studio, visiting

WORK_MS = 180_000  # checking loads Rasa's checker once, retraining loads a bot


def changed(before: str, after: str) -> list[str]:
    return [line for line in ndiff(before.splitlines(), after.splitlines()) if line[:1] in "+-"]


def test_an_edit_with_a_mistake_is_refused_with_its_line_and_the_file_stays(page: Page, studio: Studio) -> None:
    file = studio.root / "nlu_data/nlu/questions.yml"
    before = file.read_text(encoding="utf-8")
    page.goto("/dialogue/at/ask_fee")
    save, examples = page.get_by_role("button", name="Lưu"), page.get_by_label("Ví dụ, mỗi dòng một câu")
    expect(save).to_be_hidden()
    examples.press("Control+Home")
    examples.press_sequentially("vâng đúng rồi\n")
    save.click()
    refusal = page.locator(".edit .notice.bad")
    expect(refusal).to_contain_text("Chưa lưu", timeout=WORK_MS)
    line = before[: before.index("- phí bao nhiêu")].count("\n") + 1
    expect(refusal).to_contain_text(f"nlu_data/nlu/questions.yml:{line}")
    expect(refusal).to_contain_text("Chỉ giữ ở một ý định")
    expect(examples).to_have_value(re.compile("^vâng đúng rồi\n"))
    assert file.read_text(encoding="utf-8") == before
    page.get_by_role("button", name="Bỏ sửa").click()
    expect(save).to_be_hidden()


def test_an_edit_changes_what_the_bot_says_in_the_next_call(page: Page, studio: Studio) -> None:
    domain = studio.root / "nlu_data/domain.yml"
    before = domain.read_text(encoding="utf-8")
    page.goto("/dialogue")
    expect(page.get_by_text("Trợ lý đang chạy nói đúng như viết ở đây.")).to_be_visible()
    search = page.get_by_label("Tìm tên, lời nói hoặc ví dụ")
    search.fill("bao hiem xa hoi viet nam xin chao")
    search.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/dialogue/at/utter_greeting$"))
    page.get_by_label("Cách nói thường").fill("Nhánh tám xin nghe.")
    page.get_by_role("button", name="Lưu").click()
    saved = page.locator(".edit .notice")
    expect(saved).to_contain_text("Đã lưu vào domain.yml", timeout=WORK_MS)
    expect(saved).to_contain_text("utter_greeting.wav do máy đọc là của lời cũ")
    expect(page.locator(".pieces")).to_have_text(re.compile("cũ, lời đã đổi"))
    assert changed(before, domain.read_text(encoding="utf-8")) == [
        '-     - text: "Bảo hiểm xã hội Việt Nam xin chào."',
        '+     - text: "Nhánh tám xin nghe."',
    ]
    saved.get_by_role("button", name="Đọc sẵn 1 đoạn").click()
    expect(saved).to_contain_text("Đã đọc 1 đoạn.", timeout=WORK_MS)
    expect(page.locator(".pieces")).to_have_text(re.compile("máy đọc"))
    saved.get_by_role("button", name="Huấn luyện lại").click()
    expect(saved).to_contain_text("Trợ lý đã nói theo bản mới.", timeout=WORK_MS)
    saved.get_by_role("link", name="Thử gọi ngay").click()
    page.get_by_role("button", name="Gọi", exact=True).click()
    expect(page.locator("#log")).to_contain_text("Nhánh tám xin nghe.")


def test_the_graph_leads_to_words_that_can_be_heard_before_they_are_saved(page: Page) -> None:
    page.goto("/dialogue")
    picture = page.locator(".picture")
    picture.get_by_text("utter_vneid", exact=True).click()
    expect(page).to_have_url(re.compile("/dialogue/at/utter_vneid$"))
    picture.scroll_into_view_if_needed()
    expect(picture.locator("a.here").first).to_be_in_viewport()
    page.get_by_label("Cách nói thường").fill("Có VNeID thì không cần mật khẩu.")
    with page.expect_response("**/dialogue/hear") as heard:
        page.get_by_role("button", name="Nghe thử").click()
    assert heard.value.headers["content-type"] == "audio/wav"
    assert int(heard.value.headers["content-length"]) > 2 * 16_000  # more than a second
    widths = []
    for button in ("Vừa khung", "Phóng to", "Cỡ thật"):
        page.get_by_role("button", name=button).click()
        widths.append(picture.locator("svg").evaluate("drawing => drawing.clientWidth"))
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]


def test_nothing_is_wider_than_a_phone(studio: Studio, browser: Browser) -> None:
    with visiting(browser, studio, viewport={"width": 390, "height": 844}) as page:
        page.goto("/dialogue")
        page.get_by_role("link", name="utter_ask_reset_form_bhxh_code").click()
        expect(page.locator(".list")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.get_by_role("link", name="Tất cả lời thoại").click()
        expect(page.locator(".list")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
