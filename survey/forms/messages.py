"""Every message a form can give, in one place so that they do not drift. Each is a key of the English catalogue."""

from survey.wording import mark

CHOOSE_ONE_AT_LEAST = mark("Xin ông/bà chọn câu trả lời cho ít nhất một câu hỏi, rồi gửi lại.")
CHOOSE_ONE_ONLY = mark("Xin ông/bà chỉ chọn một mức cho câu này.")
NOT_OFFERED = mark("Lựa chọn này không có trong phiếu. Xin ông/bà chọn lại.")
COMMENT_TOO_LONG = mark("Ý kiến dài quá 2.000 ký tự. Xin ông/bà viết ngắn hơn.")
PAGE_EXPIRED = mark("Trang này mở đã lâu. Xin ông/bà gửi lại; các câu đã chọn vẫn còn.")

WRONG_SIGN_IN = mark("Tên đăng nhập hoặc mật khẩu không đúng.")
TOO_MANY_SIGN_INS = mark("Đã thử sai nhiều lần. Hãy thử lại sau 15 phút.")
ONE_TIME_EXPIRED = mark(
    "Mật khẩu dùng một lần này đã hết hạn. Hãy liên hệ người quản trị hệ thống để được cấp mật khẩu khác."
)
PASSWORD_TOO_SHORT = mark("Mật khẩu mới cần ít nhất 12 ký tự.")
PASSWORD_TOO_LONG = mark("Mật khẩu dài quá 200 ký tự.")
PASSWORDS_DIFFER = mark("Hai lần nhập mật khẩu mới không giống nhau.")
PASSWORD_UNCHANGED = mark("Mật khẩu mới phải khác mật khẩu cũ.")
FILL_IN = mark("Hãy điền ô này.")
WRONG_OLD_PASSWORD = mark("Mật khẩu hiện nay không đúng.")
HOST_CHANGED = mark(
    "Địa chỉ mà máy chủ nhận được khác với địa chỉ trên trình duyệt. Hãy báo người quản trị hệ thống: máy trung gian "
    "phía trước phải chuyển nguyên địa chỉ mà trình duyệt gửi."
)
STAFF_PAGE_EXPIRED = mark("Trang này đã mở quá lâu hoặc phiên làm việc đã đổi. Hãy mở lại trang rồi thử lại.")

SIGNED_OUT_KEPT = mark(
    "Phiên làm việc đã hết. Hãy đăng nhập lại; nội dung vừa nhập vẫn được giữ và sẽ gửi tiếp được sau khi đăng nhập."
)
ACCOUNT_CHANGED = mark(
    "Trong lúc đó tài khoản này đã được thay đổi (đặt lại mật khẩu hoặc xác thực hai bước, khóa tài khoản, "
    "hoặc kết thúc phiên làm việc) nên thao tác vừa rồi chưa được thực hiện. Hãy đăng nhập lại."
)
SENT_AT_WORK = mark(
    "Biểu mẫu này đã được gửi trước đó và còn đang được thực hiện. Hãy chờ ít phút rồi mở lại trang để xem "
    "kết quả; không cần gửi lần nữa."
)
SENT_NOT_KEPT = mark(
    "Biểu mẫu này đã được gửi trước đó và đã thực hiện xong, nhưng trang kết quả không còn hiện lại được. "
    "Hãy mở lại trang để xem; nếu cần thực hiện lần nữa, hãy gửi từ trang vừa mở lại."
)
SIGNED_OUT = mark("Phiên làm việc đã hết nên thao tác vừa rồi chưa được thực hiện. Hãy đăng nhập lại.")
KEPT_UNTIL_NOW = mark(
    "Đã đăng nhập lại. Nội dung vừa nhập chưa được lưu nhưng vẫn còn nguyên; hãy bấm “Tiếp tục” để gửi."
)
KEPT_OF_BEFORE = mark(
    "Phiên làm việc đã đổi sau khi mở trang này, nên nội dung vừa nhập chưa được lưu nhưng vẫn còn nguyên. "
    "Hãy bấm “Tiếp tục” để gửi bằng tài khoản đang đăng nhập."
)
NO_RIGHT = mark("Tài khoản này không có quyền thực hiện thao tác đó. Nếu cần, hãy liên hệ người quản trị hệ thống.")
NAME_TOO_LONG = mark("Tên đăng nhập dài quá 60 ký tự.")

CODE_OF_DIGITS = mark("Mã gồm đúng 6 chữ số.")
CODE_OR_RECOVERY = mark("Mã gồm đúng 6 chữ số; mã khôi phục gồm 12 chữ và số.")
CODES_SHUT = mark(
    "Đã nhập sai mã 20 lần liền nên tài khoản này không nhập mã được nữa. Hãy liên hệ người quản trị hệ thống để được "
    "cấp lại xác thực hai bước."
)
WRONG_NEW_CODE = mark("Mã trên điện thoại mới không đúng. Hãy quét lại mã QR rồi nhập mã đang hiện.")
CONFIRMED = mark("Đã xác nhận mật khẩu. Nội dung vừa nhập chưa được lưu; hãy bấm “Tiếp tục” để gửi.")
WRONG_CODE = mark(
    "Mã không đúng. Mã đổi sau mỗi 30 giây theo đồng hồ điện thoại: giờ của máy chủ là {time}; nếu giờ trên "
    "điện thoại lệch, hãy bật chế độ đặt giờ tự động rồi nhập mã mới."
)
CODE_USED = mark("Mã này đã được dùng. Hãy chờ mã tiếp theo (tối đa 30 giây) rồi nhập.")
SECRET_UNREADABLE = mark(
    "Máy chủ không đọc được khóa xác thực của tài khoản này nữa. Hãy liên hệ người quản trị hệ thống để được "
    "cấp lại xác thực hai bước."
)

USERNAME_RULE = mark(
    "Tên đăng nhập chỉ gồm chữ thường không dấu, chữ số, dấu chấm, gạch nối, gạch dưới; bắt đầu bằng chữ "
    "hoặc số, dài không quá 60 ký tự."
)
USERNAME_TAKEN = mark("Đã có tài khoản mang tên này. Hãy chọn tên khác.")
UNKNOWN_ROLE = mark("Hãy chọn một vai trò trong danh sách.")
AGENCY_NEEDED = mark("Vai trò này cần một cơ quan. Hãy chọn cơ quan.")
NO_AGENCY_HERE = mark("Vai trò này làm việc với mọi cơ quan. Hãy chọn “Không gắn với cơ quan nào”.")
UNKNOWN_AGENCY = mark("Không có cơ quan này trong danh mục. Hãy chọn lại.")
LAST_ADMINISTRATOR = mark(
    "Đây là người quản trị hệ thống cuối cùng còn đăng nhập được. Hãy giao quyền quản trị cho một người khác trước."
)
NOT_A_DAY = mark("Hãy ghi ngày theo dạng ngày/tháng/năm, ví dụ 01/07/2025.")
TOO_LARGE = mark("Số này quá lớn. Hãy xem lại.")
SEE_YEAR = mark("Hãy xem lại năm.")
