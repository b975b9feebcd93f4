"""Every message a form can give, in one place so that they do not drift. Keys of the English catalogue."""

from survey.wording import mark

CHOOSE_ONE_AT_LEAST = mark("Mời ông/bà chọn ít nhất một mức đánh giá.")
CHOOSE_ONE_ONLY = mark("Mời ông/bà chỉ chọn một mức cho câu này.")
NOT_OFFERED = mark("Lựa chọn này không có trong phiếu. Mời ông/bà chọn lại.")
COMMENT_TOO_LONG = mark("Ý kiến dài quá 2.000 ký tự. Mời ông/bà viết ngắn hơn.")
PAGE_EXPIRED = mark("Phiếu đã mở quá lâu. Các câu đã chọn vẫn còn, mời ông/bà bấm gửi lại.")

WRONG_SIGN_IN = mark("Tên đăng nhập hoặc mật khẩu không đúng.")
TOO_MANY_SIGN_INS = mark("Đã thử sai nhiều lần. Mời thử lại sau 15 phút.")
PASSWORD_TOO_SHORT = mark("Mật khẩu mới cần ít nhất 12 ký tự.")
PASSWORD_TOO_LONG = mark("Mật khẩu dài quá 200 ký tự.")
PASSWORDS_DIFFER = mark("Hai lần nhập mật khẩu mới không giống nhau.")
PASSWORD_UNCHANGED = mark("Mật khẩu mới phải khác mật khẩu cũ.")
FILL_IN = mark("Mời điền ô này.")
WRONG_OLD_PASSWORD = mark("Mật khẩu hiện nay không đúng.")
STAFF_PAGE_EXPIRED = mark("Trang này đã mở quá lâu hoặc phiên làm việc đã đổi. Mời mở lại trang rồi thử lại.")
