"""The words of the page “Dialogue”."""

from __future__ import annotations

from typing import Final

from bot.web.texts import Texts

DIALOGUE: Final[Texts] = {
    "title": ("Hội thoại", "Dialogue"),
    "lead": (
        "Chọn một câu ở danh sách hay trên sơ đồ, sửa rồi lưu: mọi thứ được kiểm tra trước khi ghi vào nlu_data/.",
        "Choose a sentence in the list or the graph, change it and save: all is checked before nlu_data/ is written.",
    ),
    "unreadable": (
        "Chưa đọc được lời thoại. Sửa tệp này rồi tải lại trang:",
        "The dialogue cannot be read. Mend this file, then load the page again:",
    ),
    # What is behind
    "standing": ("Tình trạng", "Where things stand"),
    "standing.current": (
        "Trợ lý đang chạy nói đúng như viết ở đây.",
        "The running bot says what is written here.",
    ),
    "standing.behind": (
        "Trợ lý đang chạy chưa biết những chỗ đã sửa.",
        "The running bot does not know the latest edits yet.",
    ),
    "standing.unread": (
        "{n} đoạn lời chưa có bản đọc: trong cuộc gọi, máy đọc ngay lúc đó.",
        "{n} pieces have no rendering yet: the voice reads them during the call.",
    ),
    "standing.old": (
        "{n} bản thu của người là của lời cũ nên máy đọc thay. Bản thu không bao giờ bị ghi đè: thu lại, hoặc xóa tệp "
        "WAV.",
        "{n} recordings by people are of older words, so the voice reads instead. They are never overwritten: record "
        "again, or delete the WAV.",
    ),
    "which": ("Những đoạn nào", "Which ones"),
    "train": ("Huấn luyện lại", "Retrain"),
    "train.hint": (
        "Khoảng một phút; cuộc gọi đang diễn ra không bị ngắt.",
        "About a minute; calls that are on are not cut off.",
    ),
    "render": ("Đọc sẵn {n} đoạn", "Render {n} pieces"),
    "js.try": ("Thử gọi ngay", "Try a call now"),
    "check": ("Kiểm tra tất cả", "Check everything"),
    # The list
    "list": ("Lời thoại", "Sentences"),
    "search": ("Tìm tên, lời nói hoặc ví dụ", "Search names, sentences, examples"),
    "search.hint": ("Mũi tên xuống để vào danh sách.", "Arrow down enters the list."),
    "bot_says": ("Trợ lý nói", "The bot says"),
    "caller_says": ("Người gọi nói", "Callers say"),
    "behind": ("bản đọc cũ", "old recording"),
    "back": ("Tất cả lời thoại", "All sentences"),
    # The graph
    "graph": ("Sơ đồ", "Graph"),
    "graph.hint": ("Bấm vào một câu hoặc ý định để sửa.", "Click a sentence or an intent to edit it."),
    "zoom.out": ("Thu nhỏ", "Zoom out"),
    "zoom.in": ("Phóng to", "Zoom in"),
    "zoom.fit": ("Vừa khung", "Fit"),
    "zoom.full": ("Cỡ thật", "Full size"),
    # One response
    "used": ("Dùng ở", "Used by"),
    "used.question": ("biểu mẫu {form} hỏi {slot}", "form {form} asks for {slot}"),
    "always": ("Cách nói thường", "Usual wording"),
    "when": ("Khi {slot} = {value}", "When {slot} = {value}"),
    "expects.menu": ("rồi chờ tên dịch vụ hoặc một phím", "then waits for a service or a key"),
    "expects.code": ("rồi chờ chữ số", "then waits for digits"),
    "expects.yes_no": ("rồi chờ đúng hay sai", "then waits for yes or no"),
    "expects.closing": ("rồi chờ việc khác", "then waits for anything else"),
    "expects.nothing": ("không chờ gì", "waits for nothing"),
    "hangs_up": ("gác máy: {outcome}", "hangs up: {outcome}"),
    "uninterruptible": ("không ngắt lời được", "cannot be interrupted"),
    "save": ("Lưu", "Save"),
    "undo": ("Bỏ sửa", "Undo"),
    "hear": ("Nghe thử", "Listen"),
    "hear.hint": ("Giọng của trợ lý đọc lời trong ô", "The bot's voice reads what is in the field"),
    "recording": ("Bản đọc", "Recording"),
    "state.recorded": ("người thu", "by a person"),
    "state.averaged": ("giọng trung bình", "average voice"),
    "state.rendered": ("máy đọc", "rendered"),
    "state.stale": ("cũ, lời đã đổi", "of older words"),
    "state.missing": ("chưa có", "missing"),
    # One intent
    "examples": ("Ví dụ, mỗi dòng một câu", "Examples, one a line"),
    "examples.count": ("{n} ví dụ", "{n} examples"),
    "no_examples": (
        "Chưa có ví dụ nào. Thêm vào một tệp trong nlu_data/nlu/.",
        "There are no examples. Add them to a file in nlu_data/nlu/.",
    ),
    "by_hand": (
        "Ví dụ ở đây không viết theo khối “examples: |” nên chỉ sửa được trong tệp.",
        "These examples are not written as an “examples: |” block, so only an editor can change them.",
    ),
    # For the script
    "js.save": ("Kiểm tra trước khi lưu", "Checking before saving"),
    "js.check": ("Đang kiểm tra", "Checking"),
    "js.render": ("Đang đọc sẵn", "Rendering"),
    "js.train": ("Đang huấn luyện", "Retraining"),
    "js.seconds": ("{n} giây", "{n} s"),
    "js.saved": ("Đã lưu vào {file}.", "Saved to {file}."),
    "js.unchanged": ("Không có gì khác để lưu.", "Nothing to save: it says the same."),
    "js.refused": ("Chưa lưu: sửa xong những chỗ này rồi lưu lại.", "Not saved: mend this, then save again."),
    "js.clean": ("Kiểm tra xong: không có gì phải sửa.", "Checked: nothing to mend."),
    "js.checked": (
        "Kiểm tra xong: {errors} lỗi, {warnings} điều nên xem.",
        "Checked: {errors} errors, {warnings} warnings.",
    ),
    "js.rendered": ("Đã đọc {n} đoạn. Huấn luyện lại để trợ lý dùng.", "{n} pieces rendered. Retrain to use them."),
    "js.trained": ("Trợ lý đã nói theo bản mới.", "The bot now says what is written."),
    "js.error": ("lỗi", "error"),
    "js.warning": ("nên xem", "warning"),
    "js.lost": ("Mất liên lạc với nhanh8 studio. Xem nó còn chạy không.", "nhanh8 studio is away. Is it running?"),
    "js.none": ("Không có lời nào như vậy.", "Nothing matches."),
}
