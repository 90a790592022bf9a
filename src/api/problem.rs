//! Refusals as RFC 9457 problem documents. Handlers answer a bare status with the [`Error`] attached;
//! the outermost middleware writes the document, because only it knows language, path and request id.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Map, Value, json};

use super::step_up;
use crate::domain::error::{Class, Code, Error, Fault, Place, Sentence};

/// Most violations that one document lists (ERR-03).
pub(super) const MOST_FAULTS: usize = 100;

/// The language of an answer's texts (LNG-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Tiếng Việt, the default.
    Vi,
    /// English.
    En,
}

impl Language {
    /// The language that `Accept-Language` prefers among the two; Vietnamese for anything else.
    pub fn preferred(header: &str) -> Self {
        let mut best = (0_u32, Self::Vi);
        for (index, part) in header.split(',').enumerate().take(20) {
            // Tags and names of parameters have no case (RFC 4647 2, RFC 9110 5.6.6).
            let part = part.to_ascii_lowercase();
            let mut pieces = part.split(';').map(str::trim);
            let tag = pieces.next().unwrap_or_default();
            let language = match tag.split('-').next() {
                Some("en") => Self::En,
                Some("vi") => Self::Vi,
                _ => continue,
            };
            let weight = pieces
                .find_map(|piece| piece.strip_prefix("q="))
                .map_or(Some(1000), thousandths)
                .unwrap_or(0);
            // Earlier wins among equals: a little is taken off for each place behind.
            let rank = weight
                .saturating_mul(100)
                .saturating_sub(u32::try_from(index).unwrap_or(99));
            if weight > 0 && rank > best.0 {
                best = (rank, language);
            }
        }
        best.1
    }

    /// The tag for `Content-Language`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }

    /// A sentence in this language.
    pub fn of(self, sentence: &Sentence) -> &str {
        match self {
            Self::Vi => &sentence.vi,
            Self::En => &sentence.en,
        }
    }

    const fn title(self, code: Code) -> &'static str {
        match self {
            Self::Vi => code.title_vi(),
            Self::En => code.title_en(),
        }
    }
}

/// `0.8` → 800; nothing for a text that is no weight.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded = format!("{fraction:0<3}");
    let weight = whole
        .parse::<u32>()
        .ok()?
        .checked_mul(1000)?
        .checked_add(padded.parse().ok()?)?;
    (weight <= 1000).then_some(weight)
}

/// The status of a class (ERR-04).
pub const fn status(class: Class) -> StatusCode {
    match class {
        Class::Syntax => StatusCode::BAD_REQUEST,
        Class::Unauthenticated => StatusCode::UNAUTHORIZED,
        Class::Forbidden => StatusCode::FORBIDDEN,
        Class::NotFound => StatusCode::NOT_FOUND,
        Class::Method => StatusCode::METHOD_NOT_ALLOWED,
        Class::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Class::Timeout => StatusCode::REQUEST_TIMEOUT,
        Class::Conflict => StatusCode::CONFLICT,
        Class::Gone => StatusCode::GONE,
        Class::Precondition => StatusCode::PRECONDITION_FAILED,
        Class::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Class::UriTooLong => StatusCode::URI_TOO_LONG,
        Class::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Class::Range => StatusCode::RANGE_NOT_SATISFIABLE,
        Class::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Class::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
        Class::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Class::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Class::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Class::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// A refusal on its way out.
#[derive(Debug)]
pub struct Problem(pub Error);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, f)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        status(self.0.code.class())
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status_code());
        if self.0.code.class() == Class::Unauthenticated {
            let challenge = match self.0.code {
                Code::AuthStepUpRequired => Cow::Owned(step_up::challenge(&self.0)),
                code => Cow::Borrowed(challenge(code)),
            };
            if let Ok(value) = actix_web::http::header::HeaderValue::from_str(&challenge) {
                response
                    .headers_mut()
                    .insert(actix_web::http::header::WWW_AUTHENTICATE, value);
            }
        }
        // RFC 9110 15.5.17: how long the content is.
        if self.0.code == Code::RangeNotSatisfiable
            && let Some(size) = self.0.members.get("size_bytes")
            && let Ok(value) = actix_web::http::header::HeaderValue::from_str(&format!("bytes */{size}"))
        {
            response
                .headers_mut()
                .insert(actix_web::http::header::CONTENT_RANGE, value);
        }
        response.extensions_mut().insert(self.0.clone());
        response
    }
}

/// RFC 6750 3: the description names no key, claim value or library (TOK-01, TOK-02).
const fn challenge(code: Code) -> &'static str {
    match code {
        Code::TokenMissing => "Bearer realm=\"thidua\"",
        Code::TokenExpired => {
            "Bearer realm=\"thidua\", error=\"invalid_token\", error_description=\"The access token has expired\""
        }
        Code::TokenSubjectMissing => {
            "Bearer realm=\"thidua\", error=\"invalid_token\", error_description=\"The access token names no subject\""
        }
        _ => {
            "Bearer realm=\"thidua\", error=\"invalid_token\", error_description=\"The access token is not valid\""
        }
    }
}

/// The `type`: the registered one where there is one (RAT-01, OVL-01), the table of errors otherwise.
pub fn kind(code: Code) -> String {
    const REGISTERED: &str = "https://iana.org/assignments/http-problem-types";
    match code {
        Code::RateExceeded => format!("{REGISTERED}#quota-exceeded"),
        Code::ServiceOverloaded => format!("{REGISTERED}#temporary-reduced-capacity"),
        _ => format!("/v1/meta/errors#{}", code.as_str()),
    }
}

/// The body of a problem document.
pub fn document(error: &Error, language: Language, instance: &str, trace_id: &str) -> Value {
    let title = language.title(error.code);
    let detail = error
        .detail
        .as_ref()
        .map_or(title, |sentence| language.of(sentence));
    let mut members = Map::new();
    members.insert("type".to_owned(), json!(kind(error.code)));
    members.insert("title".to_owned(), json!(title));
    members.insert("status".to_owned(), json!(status(error.code.class()).as_u16()));
    members.insert("detail".to_owned(), json!(detail));
    members.insert("instance".to_owned(), json!(instance));
    members.insert("code".to_owned(), json!(error.code.as_str()));
    members.insert("trace_id".to_owned(), json!(trace_id));
    let places = error.places();
    if !places.is_empty() {
        let faults: Vec<Value> = places
            .iter()
            .take(MOST_FAULTS)
            .map(|fault| self::fault(fault, language))
            .collect();
        members.insert("errors".to_owned(), Value::Array(faults));
    }
    // A fault of the service tells nothing but its code (ERR-05).
    if error.code.class() != Class::Internal {
        members.extend(error.members.clone());
    }
    Value::Object(members)
}

/// One violation, warning or obstacle, in the one shape of C-20.
pub fn fault(fault: &Fault, language: Language) -> Value {
    let mut members = Map::new();
    match &fault.place {
        Some(Place::Pointer(pointer)) => members.insert("pointer".to_owned(), json!(pointer)),
        Some(Place::Parameter(name)) => members.insert("parameter".to_owned(), json!(name)),
        Some(Place::Header(name)) => members.insert("header".to_owned(), json!(name)),
        None => None,
    };
    members.insert("code".to_owned(), json!(fault.code.as_str()));
    members.insert("detail".to_owned(), json!(wording(fault, language)));
    if !fault.params.is_empty() {
        members.insert("params".to_owned(), Value::Object(fault.params.clone()));
    }
    Value::Object(members)
}

/// What a person reads of a fault: its own sentence, or the code's title with what would have been right.
fn wording(fault: &Fault, language: Language) -> Cow<'_, str> {
    if let Some(sentence) = &fault.detail {
        return Cow::Borrowed(language.of(sentence));
    }
    let title = language.title(fault.code);
    let said = |vi: &str, en: &str| match language {
        Language::Vi => vi.to_owned(),
        Language::En => en.to_owned(),
    };
    // The smallest before the largest: their names are in the order of the alphabet.
    let right = fault
        .params
        .iter()
        .rev()
        .filter_map(|(name, value)| match name.as_str() {
            // Days and times are texts.
            "maximum" if value.is_string() => Some(said("không sau", "not after") + " " + &plain(value)),
            "minimum" if value.is_string() => Some(said("không trước", "not before") + " " + &plain(value)),
            "maximum" => Some(said("nhiều nhất", "at most") + " " + &plain(value)),
            "minimum" => Some(said("ít nhất", "at least") + " " + &plain(value)),
            "choices" | "expected" | "pattern" => Some(plain(value)),
            "format" => Some(match value.as_str() {
                Some("date") => said(
                    "ngày viết như 2026-05-25, từ năm 1900 đến 2199",
                    "a date as 2026-05-25, from 1900 to 2199",
                ),
                Some("date-time") => said(
                    "thời điểm viết như 2026-05-25T17:00:00+07:00, từ năm 1900 đến 2199",
                    "a time as 2026-05-25T17:00:00+07:00, from 1900 to 2199",
                ),
                _ => plain(value),
            }),
            _ => None,
        });
    let right: Vec<String> = right.collect();
    if right.is_empty() || !fault.code.as_str().starts_with("field.") {
        return Cow::Borrowed(title);
    }
    Cow::Owned(format!("{title}: {}", right.join(", ")))
}

/// A parameter as it stands in a sentence.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_what_would_have_been_right() {
        for (fault, vi, en) in [
            (
                Fault::at("/a", Code::FieldLength).with("maximum", 200),
                "Độ dài không hợp lệ: nhiều nhất 200",
                "The length is not valid: at most 200",
            ),
            (
                Fault::at("/a", Code::FieldChoice).with("choices", vec!["X", "Y"]),
                "Giá trị không có trong danh sách: X, Y",
                "The value is not in the list: X, Y",
            ),
            (
                Fault::at("/a", Code::FieldFormat).with("format", "date"),
                "Định dạng không hợp lệ: ngày viết như 2026-05-25, từ năm 1900 đến 2199",
                "The format is not valid: a date as 2026-05-25, from 1900 to 2199",
            ),
            (
                Fault::at("/a", Code::FieldType).says("Không", "No"),
                "Không",
                "No",
            ),
            (
                Fault::new(Code::QuotaExceeded).with("maximum", 7),
                "Vượt tỷ lệ khen thưởng cho phép",
                "The quota is exceeded",
            ),
        ] {
            assert_eq!(wording(&fault, Language::Vi), vi);
            assert_eq!(wording(&fault, Language::En), en);
        }
    }

    #[test]
    fn vietnamese_unless_english_is_preferred() {
        for (header, expected) in [
            ("", Language::Vi),
            ("en", Language::En),
            ("en-US,en;q=0.9", Language::En),
            ("fr, de;q=0.5", Language::Vi),
            ("vi;q=0.4, en;q=0.5", Language::En),
            ("vi, en", Language::Vi),
            ("en;q=0", Language::Vi),
            ("EN;Q=0.3, VI;Q=0.4", Language::Vi),
            ("en;q=5", Language::Vi),
            (";;;,,,q=1", Language::Vi),
        ] {
            assert_eq!(Language::preferred(header), expected, "{header:?}");
        }
    }
}
