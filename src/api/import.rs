//! Imported lists (M-32): JSON `{"atomic": true, "rows": […]}`, or CSV whose header row names the
//! members. Every line is held against the schema of one object; a faulty line is reported with the
//! others, not refused at the door.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer::FaultView;
use super::body;
use super::contract::Contract;
use super::problem::{Language, Problem};
use super::query;
use super::shell;
use crate::app::persons::{self, Line, MOST_LINES, Report};
use crate::domain::document;
use crate::domain::error::{Code, Error, Fault};
use crate::domain::json;

/// Largest list in bytes.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// An imported list of objects of one kind, and the room that its body took: the lines are as large, so it is kept until
/// they are stored.
pub struct Import<T>(pub persons::Import<T>, pub Option<shell::Taken>);

/// Parameters of an import.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameter; the extractor reads it")]
pub struct ImportParams {
    /// `false` stores the right lines even when others are refused; for CSV, or instead of the member.
    #[param(default = true, nullable = false)]
    atomic: Option<bool>,
}

/// What became of an imported list.
#[derive(Debug, serde::Serialize, ToSchema)]
pub struct ImportReport {
    /// True when nothing was kept (`dry_run=true`).
    pub dry_run: bool,
    /// Number of lines stored.
    #[schema(minimum = 0)]
    pub stored: usize,
    /// Number of lines refused.
    #[schema(minimum = 0)]
    pub rejected: usize,
    /// Every line, in order.
    pub rows: Vec<ImportRow>,
}

/// What became of one line.
#[derive(Debug, serde::Serialize, ToSchema)]
pub struct ImportRow {
    /// Its place in the list, from 1; a header row does not count.
    #[schema(minimum = 1)]
    pub row: usize,
    /// The line of the CSV file on which it begins, as an editor counts: the header is line 1. Absent for
    /// JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub line: Option<u64>,
    /// The object made of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<Uuid>,
    /// Why nothing was made of it.
    pub errors: Vec<FaultView>,
}

impl ImportReport {
    /// The report in one language.
    pub fn of(report: Report, dry_run: bool, language: Language) -> Self {
        Self {
            dry_run,
            stored: report.stored,
            rejected: report.rejected,
            rows: report
                .rows
                .into_iter()
                .map(|row| ImportRow {
                    row: row.row,
                    line: row.file_line,
                    id: row.id,
                    errors: row
                        .faults
                        .iter()
                        .map(|fault| FaultView::of(fault, language))
                        .collect(),
                })
                .collect(),
        }
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Import<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let media_type = body::check_media_type(request, &["application/json", "text/csv"]);
        let csv = is_csv(request);
        let atomic = atomic(request.query_string());
        let (payload, mut room) = (payload.take(), body::room(request));
        Box::pin(async move {
            media_type?;
            let atomic = atomic?;
            let bytes = body::collect(payload, MOST_BYTES, room.as_mut()).await?;
            let list = if csv {
                from_csv::<T>(&bytes).map(|lines| (None, lines))
            } else {
                from_json::<T>(&bytes)
            };
            let (own, lines) = list?;
            if lines.is_empty() {
                return Err(Problem(wrong_length()));
            }
            let list = persons::Import {
                atomic: own.or(atomic).unwrap_or(true),
                lines,
            };
            Ok(Self(list, room))
        })
    }
}

/// The refusal of a list without lines, or with more than it may have.
fn wrong_length() -> Error {
    let fault = Fault::at("/rows", Code::FieldLength)
        .with("minimum", 1)
        .with("maximum", MOST_LINES);
    Error::invalid(vec![fault])
}

fn is_csv(request: &HttpRequest) -> bool {
    let value = request.headers().get(header::CONTENT_TYPE);
    let parsed = value.and_then(|value| value.to_str().ok()?.parse::<mime::Mime>().ok());
    parsed.is_some_and(|parsed| parsed.essence_str().eq_ignore_ascii_case("text/csv"))
}

fn atomic(text: &str) -> Result<Option<bool>, Error> {
    let pairs = query::pairs(text)?;
    let Some((_, value)) = pairs.iter().find(|(name, _)| name == "atomic") else {
        return Ok(None);
    };
    value.parse().map(Some).map_err(|_| {
        let fault = Fault::parameter("atomic", Code::FieldChoice).with("choices", vec!["true", "false"]);
        Error::new(Code::QueryInvalid).fault(fault)
    })
}

/// What is told of one line at most: thousands of lines wait for their turn with it (OVL-05).
const MOST_FAULTS_OF_A_LINE: usize = 10;

/// One line held against the schema of its object.
fn line<T: DeserializeOwned + ToSchema>(mut sent: Value) -> Result<Line<T>, Error> {
    match body::convert(&mut sent) {
        Ok(content) => Ok(Line {
            sent,
            content: Some(content),
            faults: Vec::new(),
            file_line: None,
        }),
        Err(mut error) if error.code == Code::BodyInvalid => {
            error.faults.truncate(MOST_FAULTS_OF_A_LINE);
            error.faults.shrink_to_fit();
            Ok(Line {
                sent,
                content: None,
                faults: error.faults,
                file_line: None,
            })
        }
        Err(error) => Err(error),
    }
}

type Lines<T> = (Option<bool>, Vec<Line<T>>);

fn from_json<T: DeserializeOwned + ToSchema>(bytes: &[u8]) -> Result<Lines<T>, Error> {
    let wrong = |pointer: &str, code| Error::invalid(vec![Fault::at(pointer, code)]);
    let Value::Object(mut members) = body::value(bytes)? else {
        return Err(wrong("", Code::FieldType));
    };
    let atomic = match members.remove("atomic") {
        None => None,
        Some(Value::Bool(atomic)) => Some(atomic),
        Some(_) => return Err(wrong("/atomic", Code::FieldType)),
    };
    let rows = match members.remove("rows") {
        None => return Err(wrong("/rows", Code::FieldRequired)),
        Some(Value::Array(rows)) => rows,
        Some(_) => return Err(wrong("/rows", Code::FieldType)),
    };
    if let Some(name) = members.keys().next() {
        return Err(wrong(&format!("/{}", json::escape(name)), Code::FieldUnknown));
    }
    if rows.len() > MOST_LINES {
        return Err(wrong_length());
    }
    let lines = rows.into_iter().map(line).collect::<Result<_, _>>()?;
    Ok((atomic, lines))
}

/// What a column holds, read from the published schema.
#[derive(Clone, Copy)]
enum Column {
    Text,
    Date,
    Number,
    Truth,
}

fn column(schema: &Value, name: &str) -> Option<Column> {
    let member = schema.get("properties")?.get(name)?;
    let text = |key: &str| member.get(key).and_then(Value::as_str);
    Some(match (text("type"), text("format")) {
        (_, Some("date")) => Column::Date,
        (Some("integer" | "number"), _) => Column::Number,
        (Some("boolean"), _) => Column::Truth,
        _ => Column::Text,
    })
}

fn from_csv<T: DeserializeOwned + ToSchema>(bytes: &[u8]) -> Result<Vec<Line<T>>, Error> {
    let syntax = |line: u64| Error::new(Code::BodySyntax).with("line", line);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let read = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = read.split(|byte| *byte == b'\n').count();
        let fault = Fault::at("", Code::FieldFormat).with("encoding", "UTF-8").says(
            "Không phải UTF-8; hãy lưu tệp dạng \u{201c}CSV UTF-8\u{201d} rồi gửi lại",
            "Not UTF-8; save the file as \u{201c}CSV UTF-8\u{201d} and send it again",
        );
        syntax(u64::try_from(line).unwrap_or(1)).fault(fault)
    })?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    // Spreadsheets write semicolons where the comma is the decimal sign, as in Vietnamese.
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') && !first.contains(',') {
        b';'
    } else {
        b','
    };
    let ended = format!("{text}\n{END}");
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(ended.as_bytes());
    let names: Vec<String> = reader
        .headers()
        .map_err(|_| syntax(1))?
        .iter()
        .map(str::to_owned)
        .collect();
    if names == [END] {
        return Ok(Vec::new());
    }
    if names.iter().any(|name| name.contains(END)) {
        return Err(unclosed(1));
    }
    let schema = Contract::get().schema(&T::name()).unwrap_or_default();
    let mut columns = Vec::new();
    for name in &names {
        let known = column(&schema, name)
            .ok_or_else(|| Fault::at(format!("/{}", json::escape(name)), Code::FieldUnknown))
            .map_err(|fault| Error::invalid(vec![fault]))?;
        if names.iter().filter(|other| *other == name).count() > 1 {
            let fault = Fault::at(format!("/{}", json::escape(name)), Code::BodyDuplicateMember);
            return Err(Error::new(Code::BodyDuplicateMember).fault(fault));
        }
        columns.push((name.as_str(), known));
    }
    let mut lines = Vec::new();
    let mut counted = Counted { upto: 0, line: 1 };
    for record in reader.records() {
        let record = record.map_err(|error| syntax(error.position().map_or(0, csv::Position::line)))?;
        if record.iter().eq([END]) {
            return Ok(lines);
        }
        if lines.len() >= MOST_LINES {
            return Err(wrong_length());
        }
        let mut line = record_line(&record, &columns)?;
        line.file_line = record
            .position()
            .and_then(|position| usize::try_from(position.byte()).ok())
            .map(|start| counted.line_at(text, start));
        lines.push(line);
    }
    // The mark went into the last cell: a spreadsheet's file that was cut off, or a quote too many.
    Err(unclosed(counted.line))
}

/// A record of its own behind the last one, so that a quote that is never closed is seen: the reader takes all
/// that follows for the cell's text, and says nothing.
const END: &str = "\u{1}end";

fn unclosed(line: u64) -> Error {
    Error::new(Code::BodySyntax).with("line", line).says(
        format!("Dấu nháy kép mở ra ở bản ghi từ dòng {line} mà không đóng lại"),
        format!("A quote that opens in the record of line {line} is never closed"),
    )
}

/// Lines of a text counted up to a place. The reader's own count is another: its records begin with the
/// empty lines before them and with the second half of a `\r\n`.
struct Counted {
    upto: usize,
    line: u64,
}

impl Counted {
    /// The line on which the record begins that the reader found at `start`.
    fn line_at(&mut self, text: &str, start: usize) -> u64 {
        let found = text.get(start..).unwrap_or_default();
        let record = found.trim_start_matches(['\r', '\n']);
        let begin = start + (found.len() - record.len());
        let passed = text.get(self.upto..begin).unwrap_or_default();
        let mut letters = passed.chars().peekable();
        while let Some(letter) = letters.next() {
            if letter == '\n' || (letter == '\r' && letters.peek() != Some(&'\n')) {
                self.line += 1;
            }
        }
        self.upto = begin;
        self.line
    }
}

fn record_line<T: DeserializeOwned + ToSchema>(
    record: &csv::StringRecord,
    columns: &[(&str, Column)],
) -> Result<Line<T>, Error> {
    let mut members = Map::new();
    for ((name, column), cell) in columns.iter().zip(record) {
        if !cell.is_empty() {
            members.insert((*name).to_owned(), value_of(*column, cell));
        }
    }
    let mut line = line(Value::Object(members))?;
    // A sheet writes days as people do.
    for fault in &mut line.faults {
        if fault.params.get("format").and_then(Value::as_str) == Some("date") {
            *fault = fault.clone().says(
                "Định dạng không hợp lệ: ngày viết như 2026-05-25 hoặc 25/05/2026, từ năm 1900 đến 2199",
                "The format is not valid: a date as 2026-05-25 or 25/05/2026, from 1900 to 2199",
            );
        }
    }
    if record.len() > columns.len() {
        line.content = None;
        line.faults.push(Fault::at("", Code::FieldUnknown));
    }
    Ok(line)
}

/// A cell as its column means it; what cannot be read stays text, so that the schema names the fault.
fn value_of(column: Column, cell: &str) -> Value {
    let text = || Value::String(cell.to_owned());
    match column {
        Column::Text => text(),
        Column::Date => document::parse_date(cell).map_or_else(text, |date| Value::String(date.to_string())),
        Column::Number => cell.parse::<i64>().map_or_else(|_| text(), Value::from),
        // As spreadsheets write it.
        Column::Truth => cell
            .to_ascii_lowercase()
            .parse::<bool>()
            .map_or_else(|_| text(), Value::from),
    }
}
