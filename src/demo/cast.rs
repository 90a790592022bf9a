//! Who plays, and what the walk has made so far.

use std::collections::BTreeMap;

use serde_json::Value;

use super::stage::{Actor, Failure};

const fn person(subject: &'static str, title: &'static str) -> Actor {
    Actor {
        subject,
        title,
        machine: false,
    }
}

/// Quản trị hệ thống, named in the settings.
pub const ADMINISTRATOR: Actor = person("quan-tri", "Quản trị hệ thống");
/// Giám đốc Sở, Chủ tịch Hội đồng.
pub const DIRECTOR: Actor = person("giam-doc", "Giám đốc Sở");
/// Phó Giám đốc, signs for the Director.
pub const DEPUTY: Actor = person("pho-giam-doc", "Phó Giám đốc Sở");
/// Chánh Văn phòng.
pub const CHIEF: Actor = person("chanh-van-phong", "Chánh Văn phòng");
/// Chuyên viên Văn phòng, thư ký Hội đồng.
pub const REVIEWER: Actor = person("chuyen-vien-van-phong", "Chuyên viên Văn phòng");
/// Văn thư.
pub const CLERK: Actor = person("van-thu", "Văn thư");
/// Trưởng phòng, by division.
pub const HEADS: [Actor; 5] = [
    person("truong-phong-1", "Trưởng phòng Lãnh sự"),
    person("truong-phong-2", "Trưởng phòng Hợp tác quốc tế"),
    person("truong-phong-3", "Trưởng phòng Quản lý biên giới"),
    person("truong-phong-4", "Trưởng phòng Lễ tân"),
    person("truong-phong-5", "Trưởng phòng Thông tin đối ngoại"),
];
/// Chuyên viên of the first division, drafts.
pub const OFFICER: Actor = person("chuyen-vien-1", "Chuyên viên phòng Lãnh sự");
/// Ban Thi đua - Khen thưởng.
pub const BOARD: Actor = person("ban-tdkt", "Chuyên viên Ban TĐKT");
/// The Board's system.
pub const BOARD_SYSTEM: Actor = Actor {
    subject: "he-thong-ban-tdkt",
    title: "Hệ thống Ban TĐKT",
    machine: true,
};
/// Kiểm toán, thanh tra.
pub const AUDITOR: Actor = person("kiem-tra", "Người kiểm tra");

/// Everyone with a path worth asking for, printed at the end.
pub const ACTORS: &[(Actor, &str)] = &[
    (ADMINISTRATOR, "/v1/role-grants"),
    (OFFICER, "/v1/submissions"),
    (HEADS[0], "/v1/nominations"),
    (REVIEWER, "/v1/me"),
    (CHIEF, "/v1/campaigns"),
    (DIRECTOR, "/v1/decisions"),
    (CLERK, "/v1/forwardings"),
    (BOARD, "/v1/forwardings"),
    (BOARD_SYSTEM, "/v1/forwardings"),
    (AUDITOR, "/v1/audit-entries"),
];

/// Number of staff of the Sở in the walk (I of the quota).
pub const STAFF: usize = 28;

/// What the walk has made so far, by the names that later steps use.
#[derive(Debug, Default)]
pub struct Cast {
    ids: BTreeMap<String, String>,
    /// What people call it, by id.
    names: BTreeMap<String, String>,
}

impl Cast {
    /// Remembers the `id` of an answer.
    ///
    /// # Errors
    /// If the answer has none.
    pub fn keep(&mut self, name: &str, answer: &Value) -> Result<(), Failure> {
        let id = answer.get("id").and_then(Value::as_str);
        let id = id.ok_or_else(|| Failure(format!("the answer for {name} has no id: {answer}")))?;
        self.ids.insert(name.to_owned(), id.to_owned());
        Ok(())
    }

    /// Remembers an id.
    pub fn keep_id(&mut self, name: &str, id: &str) {
        self.ids.insert(name.to_owned(), id.to_owned());
    }

    /// Remembers the `id` of an answer and what people call it.
    ///
    /// # Errors
    /// If the answer has no id.
    pub fn keep_called(&mut self, name: &str, answer: &Value, called: &str) -> Result<(), Failure> {
        self.keep(name, answer)?;
        self.names.insert(self.id(name)?, called.to_owned());
        Ok(())
    }

    /// What people call that which was kept under this name.
    pub fn called(&self, name: &str) -> String {
        self.ids
            .get(name)
            .map_or_else(|| name.to_owned(), |id| self.called_by_id(id))
    }

    /// What people call the one with this id.
    pub fn called_by_id(&self, id: &str) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// The id that was kept under this name.
    ///
    /// # Errors
    /// If nothing was kept.
    pub fn id(&self, name: &str) -> Result<String, Failure> {
        self.ids
            .get(name)
            .cloned()
            .ok_or_else(|| Failure(format!("nothing is known of {name}")))
    }
}

/// Made-up names of the 28 people of the Sở.
pub fn name_of(number: usize) -> String {
    const FAMILY: [&str; 7] = [
        "Nguyễn Văn",
        "Nông Thị",
        "Hoàng Đức",
        "Lý Thị",
        "Đàm Văn",
        "Bế Thị",
        "Triệu Văn",
    ];
    const GIVEN: [&str; 4] = ["Mẫu", "Thử", "Ví", "Dụ"];
    const NUMBERS: [&str; 4] = ["Một", "Hai", "Ba", "Tư"];
    let pick =
        |list: &[&'static str], index: usize| list.get(index % list.len()).copied().unwrap_or_default();
    format!(
        "{} {} {}",
        pick(&FAMILY, number),
        pick(&GIVEN, number / 7),
        pick(&NUMBERS, number)
    )
}

/// Text of a member of an answer.
pub fn text<'v>(answer: &'v Value, pointer: &str) -> &'v str {
    answer.pointer(pointer).and_then(Value::as_str).unwrap_or("?")
}

/// Number of a member of an answer.
pub fn number(answer: &Value, pointer: &str) -> i64 {
    answer.pointer(pointer).and_then(Value::as_i64).unwrap_or(-1)
}

/// How many items an answer lists.
pub fn count(answer: &Value, pointer: &str) -> usize {
    answer
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(0, Vec::len)
}
