"""Every message a form can give, in one place so that they do not drift.

Those in `mark` are keys of the English catalogue; the others are read by staff only, who read Vietnamese.
"""

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

SIGNED_OUT_KEPT = (
    "Phiên làm việc đã hết. Mời đăng nhập lại; nội dung vừa nhập vẫn được giữ và sẽ gửi tiếp được sau khi đăng nhập."
)
ACCOUNT_CHANGED = (
    "Trong lúc đó tài khoản này đã được thay đổi (đặt lại mật khẩu hoặc xác thực hai bước, khóa tài khoản, hoặc kết "
    "thúc phiên làm việc) nên việc vừa rồi chưa được thực hiện. Mời đăng nhập lại."
)
SENT_AT_WORK = (
    "Biểu mẫu này đã được gửi trước đó và còn đang được thực hiện. Mời chờ ít phút rồi mở lại trang để xem kết quả; "
    "không cần gửi lần nữa."
)
SENT_NOT_KEPT = (
    "Biểu mẫu này đã được gửi trước đó và đã thực hiện xong, nhưng trang kết quả không còn hiện lại được. Mời mở lại "
    "trang để xem; nếu cần thực hiện lần nữa, mời gửi từ trang vừa mở lại."
)
SIGNED_OUT = "Phiên làm việc đã hết nên việc vừa rồi chưa được thực hiện. Mời đăng nhập lại."
KEPT_UNTIL_NOW = "Đã đăng nhập lại. Nội dung vừa nhập chưa được lưu nhưng vẫn còn nguyên; mời bấm “Tiếp tục” để gửi."
KEPT_OF_BEFORE = (
    "Phiên làm việc đã đổi sau khi mở trang này, nên nội dung vừa nhập chưa được lưu nhưng vẫn còn nguyên. "
    "Mời bấm “Tiếp tục” để gửi bằng tài khoản đang đăng nhập."
)
NO_RIGHT = "Tài khoản này không có quyền làm việc đó. Nếu cần, mời liên hệ người quản trị hệ thống."
NAME_TOO_LONG = "Tên đăng nhập dài quá 60 ký tự."

CODE_OF_DIGITS = "Mã gồm đúng 6 chữ số."
WRONG_CODE = (
    "Mã không đúng. Mã đổi sau mỗi 30 giây theo đồng hồ điện thoại: giờ của máy chủ là {time}; nếu giờ trên điện thoại "
    "lệch, mời bật chế độ đặt giờ tự động rồi nhập mã mới."
)
CODE_USED = "Mã này đã được dùng. Mời chờ mã tiếp theo (tối đa 30 giây) rồi nhập."
SECRET_UNREADABLE = (
    "Máy chủ không đọc được khóa xác thực của tài khoản này nữa. "
    "Mời liên hệ người quản trị hệ thống để cấp lại xác thực hai bước."
)

USERNAME_RULE = (
    "Tên đăng nhập chỉ gồm chữ thường không dấu, chữ số, dấu chấm, gạch nối, gạch dưới; bắt đầu bằng chữ hoặc số, "
    "dài không quá 60 ký tự."
)
USERNAME_TAKEN = "Đã có tài khoản mang tên này. Mời chọn tên khác."
UNKNOWN_ROLE = "Mời chọn một vai trò trong danh sách."
AGENCY_NEEDED = "Vai trò này cần một cơ quan. Mời chọn cơ quan."
NO_AGENCY_HERE = "Vai trò này làm việc với mọi cơ quan. Mời chọn “Không gắn với cơ quan nào”."
UNKNOWN_AGENCY = "Không có cơ quan này trong danh mục. Mời chọn lại."
LAST_ADMINISTRATOR = (
    "Đây là người quản trị cuối cùng còn đăng nhập được. Mời giao quyền quản trị cho một người khác trước."
)
NOT_A_DAY = "Mời ghi ngày theo dạng ngày/tháng/năm, ví dụ 01/07/2025."
SEE_YEAR = "Mời xem lại năm."
