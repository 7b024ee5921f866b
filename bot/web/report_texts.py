"""The words of the page “Reports”."""

from __future__ import annotations

from typing import Final

from bot.web.texts import Texts

REPORTS: Final[Texts] = {
    "title": ("Báo cáo", "Reports"),
    "lead": ("Các lần đánh giá trong {folder}, mới nhất trước.", "Evaluations in {folder}, newest first."),
    "empty": ("Chưa có báo cáo nào trong {folder}.", "There are no reports in {folder} yet."),
    "empty.how": (
        "Chạy một trong hai lệnh này rồi tải lại trang:",
        "Run one of these commands, then load the page again:",
    ),
    "back": ("Tất cả báo cáo", "All reports"),
    "of.digits": ("nghe chữ số", "digits heard"),
    "of.calls": ("cả cuộc gọi", "whole calls"),
    "of.other": ("khác", "other"),
    "made": ("Lúc", "Made"),
    "summary": ("Số liệu", "Figures"),
    "channel": ("Đường", "Line"),
    "engine": ("Máy nghe", "Engine"),
    "strings": ("Mã số", "Codes"),
    "whole": ("Cả mã đúng", "Whole code right"),
    "errors": ("Lỗi chữ số", "Digit errors"),
    "slow": ("Có kết quả, p95", "Result after, p95"),
    "completed": ("{n} trong {calls} cuộc đi đúng kịch bản", "{n} of {calls} calls went as scripted"),
    "interval": ("khoảng tin cậy 95 %: {span}", "95 % interval: {span}"),
    "duration": ("Cuộc gọi dài, p50", "Length of a call, p50"),
    "latency": ("Dứt lời → tiếng đầu của trợ lý, p50 / p95", "End of speech → first sound, p50 / p95"),
    "wrong.digits": ("Nghe sai", "Heard wrong"),
    "wrong.calls": ("Khác kịch bản", "Not as scripted"),
    "wrong.more": ("Còn nữa; đây là {n} lần đầu.", "There are more; these are the first {n}."),
    "wrong.none": ("Không có gì sai.", "Nothing went wrong."),
    "sounds.inside": (
        "Lần nào có tệp trong audio/ thì nghe ngay ở đây; trang đầy đủ bên dưới cũng có tiếng.",
        "What has a file in audio/ can be listened to here; the full page below has sounds too.",
    ),
    "said": ("Đã nói", "Said"),
    "heard": ("Nghe thành", "Heard as"),
    "nothing": ("không có gì", "nothing"),
    "listen": ("Nghe", "Listen"),
    "kind.code": ("mã số", "code"),
    "kind.digit": ("chữ số rời", "single digit"),
    "kind.answer": ("đúng, không, trở lại", "yes, no, back"),
    "kind.words": ("lời không có số", "words without digits"),
    "kind.noise": ("không ai nói", "nobody speaks"),
    "full": ("Trang đầy đủ", "The full page"),
    "full.open": ("Mở riêng", "Open by itself"),
    "full.none": ("Báo cáo này không có index.html.", "This report has no index.html."),
}
