//! Vietnamese names and prose of generated people and dossiers; all made up.

use super::ids::mixed;

const FAMILY: [&str; 20] = [
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Nông", "Lý", "Đàm", "Bế", "Triệu", "Đinh", "Hà", "Lục", "Mã",
    "Vi", "Sầm", "Đặng", "Bùi", "Chu", "Dương",
];
const MIDDLE: [&str; 12] = [
    "Văn", "Thị", "Đức", "Minh", "Ngọc", "Thanh", "Quốc", "Hữu", "Thu", "Xuân", "Bảo", "Gia",
];
const GIVEN: [&str; 48] = [
    "An", "Bình", "Châu", "Chiến", "Cường", "Dung", "Dũng", "Duyên", "Đạt", "Điệp", "Giang", "Hà", "Hải",
    "Hạnh", "Hiếu", "Hoa", "Hòa", "Hùng", "Huyền", "Hương", "Khánh", "Khoa", "Lan", "Liên", "Linh", "Long",
    "Mai", "Mạnh", "Minh", "Nam", "Nga", "Nhung", "Oanh", "Phong", "Phúc", "Phương", "Quang", "Quỳnh", "Sơn",
    "Tâm", "Thảo", "Thắng", "Thủy", "Trang", "Trung", "Tuấn", "Vân", "Yến",
];
const SENTENCES: [&str; 14] = [
    "Hoàn thành xuất sắc các nhiệm vụ được giao trong đợt thi đua, bảo đảm đúng tiến độ, chất lượng và hiệu quả cao.",
    "Chủ động tham mưu, triển khai thực hiện Kết luận của đồng chí Tổng Bí thư tại cơ quan, đơn vị theo đúng kế hoạch đã ban hành.",
    "Có nhiều sáng kiến, giải pháp, cách làm mới được áp dụng trong thực tiễn, rút ngắn thời gian giải quyết hồ sơ của người dân và doanh nghiệp.",
    "Gương mẫu chấp hành chủ trương của Đảng, chính sách, pháp luật của Nhà nước; giữ nghiêm kỷ luật, kỷ cương hành chính.",
    "Phối hợp chặt chẽ với các phòng chuyên môn trong việc tổng hợp, báo cáo, cung cấp thông tin đầy đủ và kịp thời theo yêu cầu.",
    "Tích cực ứng dụng công nghệ thông tin, chuyển đổi số trong xử lý công việc; tỷ lệ hồ sơ trực tuyến toàn trình đạt trên chín mươi phần trăm.",
    "Thực hiện tốt công tác lễ tân, hậu cần phục vụ các đoàn công tác của tỉnh và các đoàn khách nước ngoài đến làm việc tại địa phương.",
    "Nâng cao hiệu quả công tác quản lý nhà nước về biên giới lãnh thổ, kịp thời xử lý các vụ việc phát sinh trên địa bàn.",
    "Tham gia đầy đủ các lớp tập huấn, bồi dưỡng nghiệp vụ; hướng dẫn đồng nghiệp mới nắm vững quy trình công việc.",
    "Đoàn kết nội bộ, xây dựng môi trường làm việc văn minh, được tập thể ghi nhận và đánh giá cao qua bình xét hằng tháng.",
    "Hưởng ứng các phong trào đền ơn đáp nghĩa, ủng hộ đồng bào vùng thiên tai, giúp đỡ các hộ có hoàn cảnh khó khăn.",
    "Không có đơn thư khiếu nại, tố cáo; không vi phạm các quy định của ngành và quy chế làm việc của cơ quan.",
    "Kết quả công tác được cấp có thẩm quyền xác nhận bằng văn bản và công khai tại hội nghị công chức, viên chức.",
    "Đề xuất cải tiến quy trình tiếp nhận và trả kết quả, giảm bình quân hai ngày làm việc cho mỗi thủ tục hành chính.",
];

/// A name; the same for the same number.
pub fn name(number: u64) -> String {
    let bits = mixed(number) as usize;
    format!(
        "{} {} {}",
        FAMILY[bits % FAMILY.len()],
        MIDDLE[(bits >> 16) % MIDDLE.len()],
        GIVEN[(bits >> 32) % GIVEN.len()]
    )
}

/// Prose of at least this many bytes, cut at the end of a sentence.
pub fn prose(number: u64, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 240);
    let mut next = mixed(number) as usize;
    while text.len() < bytes {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(SENTENCES[next % SENTENCES.len()]);
        next += 1;
    }
    text
}
